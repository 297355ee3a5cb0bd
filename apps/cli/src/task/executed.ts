import type { AnyTask, Task } from '@optio/contract'
import { isDefinition } from '@optio/contract/task-kind'
import { CliError } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'

/** What has a task that is executed, as that. Throws what the server answers where it is a definition. */
export function executed<T extends { readonly task: AnyTask }>(
  given: T,
): Omit<T, 'task'> & { readonly task: Task } {
  const { task } = given
  if (!isDefinition(task)) return { ...given, task }
  throw new CliError(
    EXIT.REFUSED,
    'WRONG_TASK_TYPE',
    `${task.id} is a definition (${task.type}) and is not executed itself. \`optio run start\` makes a run of it, \`optio run list\` shows its runs.`,
  )
}
