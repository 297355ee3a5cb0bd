import type { TaskDetail } from '@optio/contract'

interface ChangesTabProps {
  readonly taskId: string
  readonly detail: TaskDetail
}

/** The pull request of a task. */
export function ChangesTab({ detail }: ChangesTabProps) {
  return <p>{detail.task.prNumber === null ? 'There is no pull request yet.' : 'Pull request'}</p>
}
