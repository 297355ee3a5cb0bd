import type { TaskDetail } from '@optio/contract'

interface HistoryTabProps {
  readonly taskId: string
  readonly detail: TaskDetail
}

/** What happened to a task. */
export function HistoryTab({ detail }: HistoryTabProps) {
  return <p>{detail.task.createdAt}</p>
}
