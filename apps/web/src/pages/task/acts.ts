import type { Task } from '@optio/contract'

/** A run of a standalone task: it has no repository, no branch and no pull request. */
export function isAlone({ type }: Pick<Task, 'type'>): boolean {
  return type === 'standalone-run'
}

/** A review by an agent: it reads a pull request, and changes nothing. */
export function isReview({ taskType }: Pick<Task, 'taskType'>): boolean {
  return taskType === 'review'
}

/** It writes code: what it does is on a branch of its own. */
export function hasBranch(task: Pick<Task, 'type' | 'taskType'>): boolean {
  return !isAlone(task) && !isReview(task)
}

/** What people call it. */
export function nounOf(task: Pick<Task, 'type' | 'taskType'>): 'run' | 'review' | 'task' {
  if (isReview(task)) return 'review'
  return isAlone(task) ? 'run' : 'task'
}

/** What a person can have done to a task. */
export type TaskAct =
  | 'cancel'
  | 'retry'
  | 'resume'
  | 'restart'
  | 'redo'
  | 'runNow'
  | 'priority'
  | 'budget'
  | 'remove'

const UNFINISHED: readonly Task['state'][] = [
  'pending',
  'waiting_on_deps',
  'queued',
  'provisioning',
  'running',
  'pr_opened',
  'needs_attention',
]

/** The states in which each is possible: as the server judges it, which has the last word. */
const POSSIBLE: Readonly<Record<TaskAct, (task: Task) => boolean>> = {
  cancel: ({ state }) => UNFINISHED.includes(state),
  retry: ({ state }) => state === 'failed' || state === 'cancelled',
  resume: ({ state }) => state === 'needs_attention' || state === 'failed',
  restart: ({ state }) => state === 'pr_opened' || state === 'needs_attention' || state === 'failed',
  redo: ({ state }) => !['completed', 'pending', 'waiting_on_deps'].includes(state),
  runNow: ({ state, waitingOn, held }) =>
    (state === 'queued' && waitingOn === 'backoff') || (state === 'pending' && held),
  priority: ({ state }) => UNFINISHED.includes(state),
  budget: ({ state }) => UNFINISHED.includes(state),
  remove: () => true,
}

/** What is possible now, in the order of the menu. */
export function actsFor(task: Task): readonly TaskAct[] {
  return (Object.keys(POSSIBLE) as TaskAct[]).filter((act) => POSSIBLE[act](task))
}

/** The one act that is most likely wanted; null when that is none. */
export function primaryAct(task: Task): TaskAct | null {
  switch (task.state) {
    case 'needs_attention':
      return task.attentionCode === 'budget_reached' ? 'budget' : 'resume'
    case 'failed':
    case 'cancelled':
      return 'retry'
    case 'queued':
      return task.waitingOn === 'backoff' ? 'runNow' : 'cancel'
    case 'pending':
      return task.held ? 'runNow' : 'cancel'
    case 'waiting_on_deps':
    case 'provisioning':
    case 'running':
      return 'cancel'
    default:
      return null
  }
}

/** Decimal USD as the API takes it; null when it is none. */
export function readBudget(given: string): string | null {
  const amount = given.trim().replace(/^\$/, '').replace(',', '.')
  return /^\d{1,7}(\.\d{1,6})?$/.test(amount) && Number(amount) > 0 ? amount : null
}

/** Share of the budget that is spent, 0 to 1; null without a budget. */
export function spentShare({ costUsd, budgetUsd }: Task): number | null {
  return budgetUsd === null || Number(budgetUsd) <= 0
    ? null
    : Math.min(1, Number(costUsd) / Number(budgetUsd))
}
