import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { queries } from '../../api/queries.ts'
import { plainLine } from '../../ui/plain-text.ts'

/** What a subtask is to its parent. */
export function roleOf({ taskType, subtaskOrder }: Pick<Task, 'taskType' | 'subtaskOrder'>): string {
  if (taskType === 'step') return subtaskOrder === null ? 'Step' : `Step ${subtaskOrder}`
  return taskType === 'review' ? 'Review' : 'Subtask'
}

/** The way to the task it is a part of. */
export function PartOf({ task }: { task: Task }) {
  if (task.parentTaskId === null) return null
  return <Parent id={task.parentTaskId} task={task} />
}

function Parent({ id, task }: { id: string; task: Task }) {
  const { data, error } = useQuery(queries.task(id))
  if (error && !data) return null
  return (
    <p className="mb-1 min-w-0">
      <Link
        to="/tasks/$taskId"
        params={{ taskId: id }}
        search={{ tab: task.taskType === 'review' ? 'changes' : 'related' }}
        className="inline-flex max-w-full items-center gap-1 text-ink-2 hover:text-ink hover:underline"
      >
        <ChevronLeft className="size-4 shrink-0" aria-hidden="true" />
        <span className="shrink-0">{roleOf(task)} of</span>
        <span className="truncate">{data ? plainLine(data.task.title) : '…'}</span>
      </Link>
    </p>
  )
}
