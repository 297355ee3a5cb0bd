import type { Task } from '@optio/contract'
import { WindowRows } from '../../ui/window-rows.tsx'
import { TaskRow } from './task-row.tsx'

interface TaskRowsProps {
  readonly tasks: readonly Task[]
  readonly nameOf: (repoUrl: string | null) => string
  readonly paused: boolean
  /** How many there are in all; -1 while that is not known. */
  readonly total: number
  readonly onNearEnd: () => void
}

/** Height of most rows, before they are measured, in pixels. */
const ROW = 65

export function TaskRows({ tasks, nameOf, paused, total, onNearEnd }: TaskRowsProps) {
  return (
    <WindowRows
      items={tasks}
      keyOf={({ id }) => id}
      row={(task) => <TaskRow task={task} repoName={nameOf(task.repoUrl)} paused={paused} />}
      height={ROW}
      total={total}
      onNearEnd={onNearEnd}
      noun="task"
    />
  )
}
