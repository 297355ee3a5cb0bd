import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { TaskLink } from '../../tasks/task-link.tsx'
import { agentName } from '../../ui/agent-name.ts'
import { duration, Moment, useNow } from '../../ui/moments.tsx'
import { Money } from '../../ui/money.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TaskCard } from './task-card.tsx'

const SHOWN = 8
const STATES = ['provisioning', 'running'] as const

/** Agents at work: how long, when they were last heard of, what they cost so far. */
export function RunningCard({ count }: { count: number }) {
  const { data } = useQuery(queries.tasksHead({ state: [...STATES] }, SHOWN))
  const { nameOf } = useRepos()
  return (
    <TaskCard
      title="Running"
      count={count}
      search={{ state: STATES }}
      tasks={data?.tasks}
      none="No agent works at the moment."
      row={(task) => <RunningTask task={task} repoName={nameOf(task.repoUrl)} />}
    />
  )
}

function RunningTask({ task, repoName }: { task: Task; repoName: string }) {
  const now = useNow(1_000)
  const model = task.modelUsed ?? task.model
  return (
    <div className="flex items-start gap-3 px-4 py-2.5">
      <div className="min-w-0 flex-1">
        <TaskLink task={task} tab="log" />
        <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
          <StateBadge state={task.state} />
          <span className="truncate">{repoName}</span>
          <span className="truncate">
            {agentName(task.agentType)}
            {model === null ? '' : ` · ${plainLine(model)}`}
          </span>
        </p>
      </div>
      <dl className="shrink-0 text-right text-xs text-ink-3">
        {task.startedAt === null ? null : (
          <div>
            <dt className="sr-only">Since it began</dt>
            <dd className="text-sm text-ink tabular-nums">{duration(now - Date.parse(task.startedAt))}</dd>
          </div>
        )}
        {task.lastActivityAt === null ? null : (
          <div>
            <dt className="sr-only">Last heard of</dt>
            <dd>
              active <Moment at={task.lastActivityAt} />
            </dd>
          </div>
        )}
        <div>
          <dt className="sr-only">Cost</dt>
          <dd>
            <Money amount={task.costUsd} />
          </dd>
        </div>
      </dl>
    </div>
  )
}
