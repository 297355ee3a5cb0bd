import type { RepoBlueprint, Standalone } from './definitions.ts'
import type { AnyTask, Task, TaskDetail } from './tasks.ts'

/** What is known of a task that is executed. */
export type ExecutedDetail = Omit<TaskDetail, 'task'> & { readonly task: Task }

/** A definition, not something that is executed. */
export function isDefinition(given: AnyTask): given is RepoBlueprint | Standalone {
  return given.type === 'repo-blueprint' || given.type === 'standalone'
}

/** Those of some tasks that are executed. */
export function executedOnly(given: readonly AnyTask[]): Task[] {
  return given.filter((task): task is Task => !isDefinition(task))
}

/** What has a task that is executed, as that. Throws a TypeError where it is a definition. */
export function executed<T extends { readonly task: AnyTask }>(
  given: T,
): Omit<T, 'task'> & { readonly task: Task } {
  const { task } = given
  if (!isDefinition(task)) return { ...given, task }
  throw new TypeError(`${task.id} is a definition (${task.type}) and is not executed itself.`)
}
