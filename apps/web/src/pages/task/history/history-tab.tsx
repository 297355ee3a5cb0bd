import type { ExecutedDetail } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { queries } from '../../../api/queries.ts'
import type { TaskSearch } from '../../../app/search.ts'
import { ActivityFeed } from '../../../tasks/activity/activity-feed.tsx'
import { Button } from '../../../ui/button.tsx'
import { LinkTab, LinkTabs } from '../../../ui/link-tabs.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { AttemptCard } from './attempt-card.tsx'
import { CostSummary } from './cost-summary.tsx'
import { EventRow } from './event-row.tsx'
import { timelineOf } from './timeline.ts'

/** Things shown at first, and more with each press of the button. */
const PAGE = 100

interface HistoryTabProps {
  readonly taskId: string
  readonly detail: ExecutedDetail
  /** Left out: attempts and states. */
  readonly show: TaskSearch['show']
}

/** What happened to a task, the newest first: its attempts and states with what they cost, or everything. */
export function HistoryTab({ taskId, detail, show }: HistoryTabProps) {
  return (
    <div className="space-y-4">
      <Choice taskId={taskId} chosen={show} />
      {show === undefined ? (
        <AttemptsAndStates taskId={taskId} detail={detail} />
      ) : (
        <ActivityFeed
          taskId={taskId}
          onlyPeople={show === 'people'}
          empty={<p className="text-ink-2">Nobody has done anything about it yet.</p>}
        />
      )}
    </div>
  )
}

const CHOICES = [
  { show: undefined, words: 'Attempts and states' },
  { show: 'all', words: 'Everything' },
  { show: 'people', words: 'By people' },
] as const

function Choice({ taskId, chosen }: { taskId: string; chosen: TaskSearch['show'] }) {
  return (
    <LinkTabs label="What is shown of its history">
      {CHOICES.map(({ show, words }) => (
        <LinkTab
          key={words}
          to="/tasks/$taskId"
          params={{ taskId }}
          search={{ tab: 'history', ...(show === undefined ? {} : { show }) }}
          resetScroll={false}
          replace
          isChosen={show === chosen}
        >
          {words}
        </LinkTab>
      ))}
    </LinkTabs>
  )
}

function AttemptsAndStates({ taskId, detail }: Omit<HistoryTabProps, 'show'>) {
  const events = useQuery(queries.events(taskId))
  const attempts = useQuery(queries.attempts(taskId))
  const [shown, setShown] = useState(PAGE)
  const items = useMemo(
    () => timelineOf(events.data ?? [], attempts.data ?? []),
    [events.data, attempts.data],
  )
  const error = (events.data ? null : events.error) ?? (attempts.data ? null : attempts.error)
  if (error) {
    const again = () => void Promise.all([events.refetch(), attempts.refetch()])
    return (
      <ErrorNotice
        error={error}
        title="The history could not be read"
        actions={<Button onClick={again}>Try again</Button>}
      />
    )
  }
  if (events.data === undefined || attempts.data === undefined) return <Loading what="the history" />
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <section aria-label="What happened, the newest first" className="max-lg:order-2">
        <ol className="border-l-2 border-line">
          {items.slice(0, shown).map((item) => (
            <li key={item.key} className="relative pb-4 pl-5">
              <span
                aria-hidden="true"
                className="absolute top-2 -left-[5px] size-2 rounded-full bg-line-strong ring-4 ring-page"
              />
              {item.type === 'event' ? (
                <EventRow event={item.event} lastedMs={item.lastedMs} />
              ) : (
                <AttemptCard taskId={taskId} attempt={item.attempt} />
              )}
            </li>
          ))}
        </ol>
        {items.length > shown ? (
          <Button onClick={() => setShown(shown + PAGE)}>
            Show {Math.min(PAGE, items.length - shown)} older ones
          </Button>
        ) : null}
      </section>
      <CostSummary task={detail.task} attempts={attempts.data} />
    </div>
  )
}
