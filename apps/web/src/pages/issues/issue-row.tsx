import { type Issue, OPTIO_LABEL } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleDot, ExternalLink, MessageSquare, User } from 'lucide-react'
import { Moment } from '../../ui/moments.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { AssignButton } from './assign-button.tsx'

/** Labels of one issue that are shown; the rest is counted. */
const MOST_LABELS = 6

/** One issue: what and where it is, who has it, and the task that works on it or the button that makes one. */
export function IssueRow({ issue }: { issue: Issue }) {
  const { title, url, externalId, author, assignee, commentCount, createdAt, notAssigned } = issue
  const isOpen = issue.state === 'open'
  const State = isOpen ? CircleDot : CircleCheck
  return (
    <div className="flex flex-col gap-2 px-4 py-2.5 hover:bg-sunken sm:flex-row sm:items-start sm:gap-4">
      <div className="flex min-w-0 flex-1 gap-2.5">
        <State
          className={isOpen ? 'mt-0.5 size-4 shrink-0 text-good' : 'mt-0.5 size-4 shrink-0 text-ink-3'}
          aria-label={isOpen ? 'Open' : 'Closed'}
          role="img"
        />
        <div className="min-w-0 flex-1">
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            data-row-link=""
            className="line-clamp-2 font-medium break-words hover:underline"
          >
            {plainLine(title)}
            <ExternalLink className="ml-1 inline size-3 text-ink-3" aria-label="(opens GitHub)" role="img" />
          </a>
          <p className="mt-0.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
            <span className="max-w-72 truncate">{plainLine(externalId)}</span>
            <span className="max-w-48 truncate">
              by {plainLine(author)} <Moment at={createdAt} />
            </span>
            <span className="flex items-center gap-1">
              <User className="size-3" aria-hidden="true" />
              {assignee === null ? 'nobody assigned' : plainLine(assignee)}
            </span>
            {commentCount > 0 ? (
              <span className="flex items-center gap-1">
                <MessageSquare className="size-3" aria-hidden="true" />
                {commentCount}
                <span className="sr-only"> comments</span>
              </span>
            ) : null}
          </p>
          <Labels labels={issue.labels} />
          {notAssigned === null ? null : (
            <p className="mt-1 text-xs break-words text-warn">{plainLine(notAssigned)}</p>
          )}
        </div>
      </div>
      <ItsTask issue={issue} />
    </div>
  )
}

function Labels({ labels }: { labels: readonly string[] }) {
  if (labels.length === 0) return null
  const rest = labels.length - MOST_LABELS
  return (
    <ul aria-label="Labels" className="mt-1 flex flex-wrap gap-1">
      {labels.slice(0, MOST_LABELS).map((label) => (
        <li
          key={label}
          className={
            label.toLowerCase() === OPTIO_LABEL.name
              ? 'max-w-48 truncate rounded-full bg-accent-soft px-2 py-0.5 text-xs text-accent'
              : 'max-w-48 truncate rounded-full border border-line px-2 py-0.5 text-xs text-ink-2'
          }
        >
          {plainLine(label)}
        </li>
      ))}
      {rest > 0 ? <li className="px-1 py-0.5 text-xs text-ink-3">{rest} more</li> : null}
    </ul>
  )
}

const FINISHED = ['completed', 'failed', 'cancelled']

function ItsTask({ issue }: { issue: Issue }) {
  const { optioTask, state } = issue
  const isAtWork = optioTask !== null && !FINISHED.includes(optioTask.state)
  return (
    <div className="flex shrink-0 flex-wrap items-center gap-2 max-sm:pl-6.5 sm:w-52 sm:justify-end">
      {optioTask === null ? null : (
        <Link
          to="/tasks/$taskId"
          params={{ taskId: optioTask.taskId }}
          className="rounded-full hover:underline"
          title={plainLine(optioTask.title)}
        >
          <span className="sr-only">Its task: </span>
          <StateBadge state={optioTask.state} />
        </Link>
      )}
      {isAtWork || state === 'closed' ? null : <AssignButton issue={issue} />}
    </div>
  )
}
