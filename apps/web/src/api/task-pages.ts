import { type AnyTask, type CallInput, executedOnly, type Routes, type Task } from '@optio/contract'

/** What the list of tasks can be narrowed by. */
export type TaskFilter = Omit<
  NonNullable<CallInput<Routes['tasks']['list']>['query']>,
  'cursor' | 'offset' | 'limit'
>

/** What waits for a person is not only tasks on repositories. */
export function ofAllKinds(filter: TaskFilter): TaskFilter {
  return filter.waitingOn === 'person' ? { ...filter, type: 'all' } : filter
}

/** Where a page begins, and how long it is. */
export function pageFrom(cursor: string | null, limit: number): { limit: number; cursor?: string } {
  return { limit, ...(cursor === null ? {} : { cursor }) }
}

/** A page of tasks without definitions. */
export function onlyExecuted<P extends { tasks: readonly AnyTask[] }>(
  page: P,
): Omit<P, 'tasks'> & { tasks: Task[] } {
  return { ...page, tasks: executedOnly(page.tasks) }
}
