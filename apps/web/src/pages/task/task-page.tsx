import { ApiError, type ExecutedDetail, executed, isDefinition } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate, useParams, useSearch } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { useTabTitle } from '../../ui/tab-title.ts'
import { isReview } from './acts.ts'
import { AskedFor } from './asked-for.tsx'
import { TaskHeader } from './header.tsx'
import { HistoryTab } from './history/history-tab.tsx'
import { LogTab } from './log/log-tab.tsx'
import { MadeFrom } from './made-from.tsx'
import { OutputTab } from './output-tab.tsx'
import { PartOf } from './part-of.tsx'
import { ChangesTab } from './pull-request/changes-tab.tsx'
import { chosenTab, TaskTabs } from './tabs.tsx'
import { WhyItWaits } from './why-it-waits.tsx'

// What a task has besides itself is read by few of those who look at its log.
const RelatedTab = lazy(async () => ({ default: (await import('./related/related-tab.tsx')).RelatedTab }))
const TalkTab = lazy(async () => ({ default: (await import('./talk/talk-tab.tsx')).TalkTab }))
const VerdictTab = lazy(async () => ({ default: (await import('./reviews/verdict-tab.tsx')).VerdictTab }))

/** One task: what it is, why it waits, what can be done; its log, its changes, its history. */
export function TaskPage() {
  const { taskId } = useParams({ from: '/tasks/$taskId' })
  const { data: detail, error, refetch } = useQuery(queries.anyTask(taskId))
  if (detail && isDefinition(detail.task)) {
    return <Navigate to="/automations/$automationId" params={{ automationId: taskId }} replace />
  }
  if (detail) return <KnownTask key={taskId} taskId={taskId} detail={executed(detail)} />
  if (error === null) return <Waiting />
  return <NoTask error={error} again={() => void refetch()} />
}

function KnownTask({ taskId, detail }: { taskId: string; detail: ExecutedDetail }) {
  const search = useSearch({ from: '/tasks/$taskId' })
  const tab = chosenTab(search.tab, search.line, detail.task)
  useTabTitle(detail.task.title)
  return (
    <div className="mx-auto flex min-h-[calc(100dvh-3.5rem)] w-full max-w-6xl flex-col px-4 pt-6 pb-4 sm:px-6">
      <MadeFrom task={detail.task} />
      <PartOf task={detail.task} />
      <TaskHeader detail={detail} />
      <WhyItWaits detail={detail} />
      <AskedFor task={detail.task} />
      <TaskTabs taskId={taskId} task={detail.task} tab={tab} />
      <div
        id="tab-content"
        role="tabpanel"
        aria-labelledby={`tab-${tab}`}
        className="flex flex-1 flex-col pt-4"
      >
        <Suspense fallback={<Loading what="this part" />}>
          {tab === 'output' ? <Result detail={detail} /> : null}
          {tab === 'log' ? <LogTab taskId={taskId} detail={detail} line={search.line ?? null} /> : null}
          {tab === 'changes' ? <ChangesTab taskId={taskId} detail={detail} /> : null}
          {tab === 'related' ? <RelatedTab task={detail.task} /> : null}
          {tab === 'talk' ? <TalkTab task={detail.task} /> : null}
          {tab === 'history' ? <HistoryTab taskId={taskId} detail={detail} show={search.show} /> : null}
        </Suspense>
      </div>
    </div>
  )
}

function Result({ detail }: { detail: ExecutedDetail }) {
  return isReview(detail.task) ? <VerdictTab detail={detail} /> : <OutputTab detail={detail} />
}

function Waiting() {
  useTabTitle('Task')
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
      <h1 className="sr-only">Task</h1>
      <Loading what="the task" />
    </div>
  )
}

function NoTask({ error, again }: { error: Error; again: () => void }) {
  useTabTitle('Task')
  const isUnknown = error instanceof ApiError && (error.status === 404 || error.status === 400)
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
      <h1 className="mb-5 text-xl font-semibold">{isUnknown ? 'No such task' : 'Task'}</h1>
      {isUnknown ? (
        <Empty
          icon={Compass}
          title="There is no task at this address"
          actions={
            <Button asChild look="primary">
              <Link to="/tasks">See all tasks</Link>
            </Button>
          }
        >
          It may have been deleted, or the link is not complete.
        </Empty>
      ) : (
        <ErrorNotice
          title="The task cannot be read"
          error={error}
          actions={<Button onClick={again}>Try again</Button>}
        />
      )}
    </div>
  )
}
