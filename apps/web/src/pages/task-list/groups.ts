import type { TaskState, TaskStats, WaitingOn } from '@optio/contract'
import type { TaskListSearch } from '../../app/search.ts'

/** What people look for in a list of tasks, as filters of the address. */
export interface TaskGroup {
  readonly label: string
  readonly states: readonly TaskState[]
  readonly waitingOn: WaitingOn | null
  readonly count: (stats: TaskStats) => number
  /** What stands there when there are none. */
  readonly none: string
}

export const GROUPS: readonly TaskGroup[] = [
  {
    label: 'All',
    states: [],
    waitingOn: null,
    count: (stats) => stats.total,
    none: 'There are no tasks yet',
  },
  {
    label: 'Waiting for you',
    states: [],
    waitingOn: 'person',
    count: (stats) => stats.waitingForPerson,
    none: 'Nothing waits for you',
  },
  {
    label: 'Running',
    states: ['provisioning', 'running'],
    waitingOn: null,
    count: (stats) => stats.running,
    none: 'No agent works at the moment',
  },
  {
    label: 'Queued',
    states: ['pending', 'waiting_on_deps', 'queued'],
    waitingOn: null,
    count: (stats) => stats.queued,
    none: 'Nothing waits for a slot',
  },
  {
    label: 'Pull requests',
    states: ['pr_opened'],
    waitingOn: null,
    count: (stats) => stats.ci + stats.review,
    none: 'No pull request is open',
  },
  {
    label: 'Failed',
    states: ['failed'],
    waitingOn: null,
    count: (stats) => stats.failed,
    none: 'Nothing failed',
  },
  {
    label: 'Done',
    states: ['completed', 'cancelled'],
    waitingOn: null,
    // Whatever is in no other state: completed and cancelled.
    count: ({ total, queued, running, ci, review, needsAttention, failed }) =>
      Math.max(0, total - queued - running - ci - review - needsAttention - failed),
    none: 'Nothing is done yet',
  },
]

/** The group an address shows; null for a choice of states that is no group. */
export function groupOf({ state = [], waitingOn = undefined }: TaskListSearch): TaskGroup | null {
  const same = (states: readonly TaskState[]) =>
    states.length === state.length && states.every((each) => state.includes(each))
  return GROUPS.find((group) => group.waitingOn === (waitingOn ?? null) && same(group.states)) ?? null
}

/** The address of a group, with the rest of the filters as they are. */
export function searchOf(group: TaskGroup, rest: TaskListSearch): TaskListSearch {
  const { state: _, waitingOn: __, ...kept } = rest
  return {
    ...(group.states.length > 0 ? { state: group.states } : {}),
    ...(group.waitingOn === null ? {} : { waitingOn: group.waitingOn }),
    ...kept,
  }
}
