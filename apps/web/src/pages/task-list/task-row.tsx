import type { Task } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { PullRequestChips } from '../../tasks/pull-request-chips.tsx'
import { waitingWords } from '../../tasks/waiting-words.ts'
import { agentName } from '../../ui/agent-name.ts'
import { cx } from '../../ui/class-names.ts'
import { Moment } from '../../ui/moments.tsx'
import { Money } from '../../ui/money.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'

interface TaskRowProps {
  readonly task: Task
  readonly repoName: string
  readonly paused: boolean
}

/** One task: what it is, where it stands, why it waits. All of it can be clicked; the title is the link. */
export function TaskRow({ task, repoName, paused }: TaskRowProps) {
  const waiting = waitingWords(task, { paused })
  const model = task.modelUsed ?? task.model
  return (
    <div className="relative flex flex-col gap-1 px-4 py-2.5 hover:bg-sunken sm:flex-row sm:items-start sm:gap-4">
      <div className="w-36 shrink-0 sm:pt-px">
        <StateBadge state={task.state} />
      </div>
      <div className="min-w-0 flex-1">
        <Link
          to="/tasks/$taskId"
          params={{ taskId: task.id }}
          data-row-link=""
          className="line-clamp-2 font-medium break-words after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent sm:line-clamp-1"
        >
          {plainLine(task.title)}
        </Link>
        <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-xs text-ink-3">
          <span className="max-w-64 truncate">{repoName}</span>
          <span className="max-w-64 truncate">
            {agentName(task.agentType)}
            {model === null ? '' : ` · ${plainLine(model)}`}
          </span>
          <PullRequestChips task={task} />
        </p>
        {task.state === 'failed' && task.errorMessage !== null ? (
          <p className="mt-0.5 line-clamp-1 text-xs break-words text-bad">{plainLine(task.errorMessage)}</p>
        ) : null}
        {waiting ? (
          <p
            className={cx(
              'mt-0.5 line-clamp-1 text-xs break-words',
              waiting.act === null ? 'text-ink-2' : 'text-warn',
            )}
          >
            {waiting.why}
          </p>
        ) : null}
      </div>
      <div className="flex shrink-0 items-baseline gap-3 text-xs text-ink-3 sm:w-32 sm:flex-col sm:items-end sm:gap-0.5">
        <Moment at={task.createdAt} />
        <Money amount={task.costUsd} />
      </div>
    </div>
  )
}
