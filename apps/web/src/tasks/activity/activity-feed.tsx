import type { Activity } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Bot, User } from 'lucide-react'
import type { ReactNode } from 'react'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Moment } from '../../ui/moments.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { activityWords } from './activity-words.ts'

interface ActivityFeedProps {
  /** Null: everything that happened. */
  readonly taskId: string | null
  readonly onlyPeople: boolean
  /** Shown where nothing has happened. */
  readonly empty: ReactNode
}

/** What happened, newest first, as it happens. */
export function ActivityFeed({ taskId, onlyPeople, empty }: ActivityFeedProps) {
  const feed = useInfiniteQuery(queries.activity(taskId, onlyPeople))
  const activity = feed.data?.pages.flatMap((page) => page.activity) ?? []
  if (feed.isPending) return <Loading what="what happened" />
  if (feed.error && !feed.data) {
    return (
      <ErrorNotice
        error={feed.error}
        title="What happened could not be read"
        actions={<Button onClick={() => void feed.refetch()}>Try again</Button>}
      />
    )
  }
  if (activity.length === 0) return empty
  return (
    <div className="space-y-3">
      <ol
        aria-label="What happened, newest first"
        aria-busy={feed.isPlaceholderData}
        className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
      >
        {activity.map((each) => (
          <ActivityRow key={each.id} activity={each} isAboutHere={taskId !== null} />
        ))}
      </ol>
      {feed.hasNextPage ? (
        <Button busy={feed.isFetchingNextPage} onClick={() => void feed.fetchNextPage()}>
          Show older
        </Button>
      ) : null}
    </div>
  )
}

/** `isAboutHere`: its task is the one the page is about, which has not to be named again and again. */
function ActivityRow({ activity, isAboutHere }: { activity: Activity; isAboutHere: boolean }) {
  const { userId, message, at } = activity
  const Icon = userId === null ? Bot : User
  const words = activityWords(activity)
  return (
    <li className="flex gap-3 px-4 py-2">
      <Icon className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="wrap-anywhere">
          {isAboutHere ? null : <Subject activity={activity} />}{' '}
          <span className="text-ink-2">{isAboutHere ? capitalised(words) : words}</span>
        </p>
        {message ? (
          <p className="mt-0.5 line-clamp-3 text-xs wrap-anywhere text-ink-2">{plainLine(message)}</p>
        ) : null}
      </div>
      <p className="w-24 shrink-0 text-right text-xs text-ink-3">
        <Moment at={at} className="block" />
        <span className="block truncate">{userId === null ? 'Optio' : plainLine(userId)}</span>
      </p>
    </li>
  )
}

function Subject({ activity: { taskId, definitionId, title, type } }: { activity: Activity }) {
  const words = plainLine(title ?? '')
  const className = 'font-medium hover:underline'
  if (taskId !== null) {
    return (
      <Link to="/tasks/$taskId" params={{ taskId }} className={className}>
        {words || 'A task'}
      </Link>
    )
  }
  if (definitionId !== null && !type.endsWith(':deleted')) {
    return (
      <Link to="/automations/$automationId" params={{ automationId: definitionId }} className={className}>
        {words || 'An automation'}
      </Link>
    )
  }
  return words === '' ? null : <span className="font-medium">{words}</span>
}

function capitalised(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
