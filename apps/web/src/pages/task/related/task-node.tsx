import type { Task, TaskState } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { Lock, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { PullRequestChips } from '../../../tasks/pull-request-chips.tsx'
import { waitingWords } from '../../../tasks/waiting-words.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { plainLine } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { roleOf } from '../part-of.tsx'
import { useTaskAct } from '../use-task-act.ts'

interface NodeProps {
  readonly id: string
  readonly title: string
  readonly state: TaskState
  /** What it is here; left out where the list it stands in says so. */
  readonly part?: string
  /** The task the page is about: no link. */
  readonly isHere?: boolean
  /** There is nothing left to go to. */
  readonly isGone?: boolean
  readonly children?: ReactNode
}

/** A task in the graph: what it is, its state in words, and the way to it. */
export function TaskNode({ id, title, state, part, isHere = false, isGone = false, children }: NodeProps) {
  return (
    <div
      data-node={id}
      className={cx(
        'relative rounded-lg border bg-surface px-3 py-2',
        isHere ? 'border-2 border-accent' : 'border-line',
      )}
    >
      <div className="flex flex-wrap items-center justify-between gap-x-2 gap-y-1">
        {part === undefined ? null : <span className="text-xs text-ink-3">{part}</span>}
        {isGone ? <span className="text-xs text-ink-3">Deleted</span> : <StateBadge state={state} />}
      </div>
      {isHere || isGone ? (
        <p className="mt-1 line-clamp-2 font-medium wrap-anywhere">{plainLine(title)}</p>
      ) : (
        <Link
          to="/tasks/$taskId"
          params={{ taskId: id }}
          className="mt-1 line-clamp-2 font-medium wrap-anywhere hover:underline"
        >
          {plainLine(title)}
        </Link>
      )}
      {children}
    </div>
  )
}

/** A subtask with what a person wants to know of it without going there. */
export function SubtaskNode({ task, parentId }: { task: Task; parentId: string }) {
  const { act, isBusy } = useTaskAct(parentId)
  const waiting = waitingWords(task, { paused: false })
  const isFinished = ['completed', 'failed', 'cancelled'].includes(task.state)
  return (
    <TaskNode id={task.id} title={task.title} state={task.state} part={roleOf(task)}>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
        {task.blocksParent && !isFinished ? (
          <span className="inline-flex items-center gap-1">
            <Lock className="size-3" aria-hidden="true" />
            its parent waits for it
          </span>
        ) : null}
        <PullRequestChips task={task} />
      </p>
      {task.state === 'failed' && task.errorMessage !== null ? (
        <p className="mt-0.5 line-clamp-2 text-xs wrap-anywhere text-bad">{plainLine(task.errorMessage)}</p>
      ) : waiting === null ? null : (
        <p className={cx('mt-0.5 text-xs', waiting.act === null ? 'text-ink-2' : 'text-warn')}>
          {waiting.why}
        </p>
      )}
      {task.held && task.state === 'pending' ? (
        <Button
          small
          className="mt-1.5"
          busy={isBusy}
          aria-label={`Start “${plainLine(task.title)}” now`}
          onClick={() =>
            act((api) => api.tasks.runNow({ params: { id: task.id } }), {
              done: 'It is not held any longer',
              next: 'It starts as soon as nothing stands before it and there is a free slot.',
              failed: 'It could not be started',
            })
          }
        >
          Start it
        </Button>
      ) : null}
    </TaskNode>
  )
}

interface DependencyNodeProps {
  readonly taskId: string
  readonly dependency: { readonly id: string; title: string; state: TaskState; deleted: boolean }
  readonly canRemove: boolean
}

/** A task that has to be completed first. */
export function DependencyNode({ taskId, dependency, canRemove }: DependencyNodeProps) {
  const { act, isBusy } = useTaskAct(taskId)
  const { id, title, state, deleted } = dependency
  return (
    <TaskNode id={id} title={title} state={state} isGone={deleted}>
      {canRemove ? (
        <Button
          small
          look="quiet"
          className="mt-1 -ml-2"
          busy={isBusy}
          aria-label={`No longer wait for “${plainLine(title)}”`}
          onClick={() =>
            act((api) => api.dependencies.remove({ params: { id: taskId, depId: id } }), {
              done: 'It no longer waits for that task',
              failed: 'It goes on waiting for that task',
            })
          }
        >
          <X className="size-3.5" aria-hidden="true" />
          No longer wait for it
        </Button>
      ) : null}
    </TaskNode>
  )
}
