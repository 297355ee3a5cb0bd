import { fenced } from '../prompts/foreign.ts'

/** What Optio says in the issue a task was made of. Words of agents and people stand in fences, where they notify nobody. */

const ERROR_BYTES = 4 * 1024

/** Said when the task is made. `taskUrl` null: nobody can open it. */
export function assignedComment({ taskUrl }: { readonly taskUrl: string | null }): string {
  return `Optio is working on this issue${taskUrl === null ? '' : ` ([the task](${taskUrl}))`}. A pull request follows.`
}

/** Said when the task has failed for good. */
export function failedComment({
  taskUrl,
  error,
}: {
  readonly taskUrl: string | null
  readonly error: string | null
}): string {
  const parts = [
    `Optio could not finish this issue${taskUrl === null ? '' : ` ([the task](${taskUrl}))`}.`,
    ...(error?.trim() ? ['How it ended:', fenced(error, ERROR_BYTES)] : []),
    'Nobody works on it any more: a person can retry the task, or assign the issue once more.',
  ]
  return parts.join('\n\n')
}

/** Said when its pull request is merged, right before the issue is closed. */
export function resolvedComment({
  prNumber,
  prUrl,
}: {
  readonly prNumber: number
  readonly prUrl: string | null
}): string {
  const link = prUrl === null ? `#${prNumber}` : `[pull request #${prNumber}](${prUrl})`
  return `This is done: ${link} is merged.`
}
