/** States of a run and the transitions that are legal between them. */

export const RUN_STATES = [
  'pending',
  'waiting_on_deps',
  'queued',
  'provisioning',
  'running',
  'pr_opened',
  'needs_attention',
  'completed',
  'failed',
  'cancelled',
] as const

export type RunState = (typeof RUN_STATES)[number]

/** What a run is: work on a repository, work without one, or the review of another run's pull request. */
export const RUN_KINDS = ['repo', 'standalone', 'review'] as const
export type RunKind = (typeof RUN_KINDS)[number]

/** What a run is to its parent; `coding` for one without a parent. */
export const TASK_TYPES = ['coding', 'review', 'step', 'child'] as const
export type TaskType = (typeof TASK_TYPES)[number]

/** States in which nothing happens any more unless a person asks for it. */
export const FINISHED_STATES = ['completed', 'failed', 'cancelled'] as const satisfies readonly RunState[]

/**
 * `failed` and `cancelled` may be queued again by a person; `completed` is final. Every unfinished state can end in
 * `completed` or `failed`, because a person can merge or close the pull request at any time.
 */
const LEGAL: Readonly<Record<RunState, readonly RunState[]>> = {
  pending: ['waiting_on_deps', 'queued', 'completed', 'failed', 'cancelled'],
  waiting_on_deps: ['queued', 'needs_attention', 'completed', 'failed', 'cancelled'],
  queued: ['provisioning', 'waiting_on_deps', 'needs_attention', 'completed', 'failed', 'cancelled'],
  provisioning: ['running', 'queued', 'needs_attention', 'completed', 'failed', 'cancelled'],
  running: ['pr_opened', 'queued', 'needs_attention', 'completed', 'failed', 'cancelled'],
  pr_opened: ['queued', 'needs_attention', 'completed', 'failed', 'cancelled'],
  needs_attention: ['waiting_on_deps', 'queued', 'pr_opened', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['queued'],
  cancelled: ['queued'],
}

export function legalNextStates(from: RunState): readonly RunState[] {
  return LEGAL[from]
}

export function isLegalTransition(from: RunState, to: RunState): boolean {
  return LEGAL[from].includes(to)
}

export function isFinished(state: RunState): boolean {
  return (FINISHED_STATES as readonly RunState[]).includes(state)
}

/** Why an attempt is made; told to the agent as `OPTIO_REASON`. */
export const ATTEMPT_REASONS = [
  'first',
  'ci_failed',
  'review',
  'conflict',
  'retry',
  'resume',
  'restart',
] as const
export type AttemptReason = (typeof ATTEMPT_REASONS)[number]

/** `starting` and `running` are live: an agent may exist. The rest are ended, and nothing of the attempt is left. */
export const ATTEMPT_STATES = ['starting', 'running', 'succeeded', 'failed', 'stopped', 'lost'] as const
export type AttemptState = (typeof ATTEMPT_STATES)[number]

export function isLive(state: AttemptState): boolean {
  return state === 'starting' || state === 'running'
}

/**
 * True when a fault of the machine ended the attempt and not the agent: it was lost, its supervisor gave it up while no Optio
 * was running, or its environment could not be made. `Snapshot.lostInARow` counts these at the end of the history.
 */
export function isMachineFault(attempt: {
  readonly state: AttemptState
  readonly stopReason: StopReason | null
  readonly environmentFault: boolean
}): boolean {
  if (attempt.state === 'failed') return attempt.environmentFault
  return attempt.state === 'lost' || (attempt.state === 'stopped' && attempt.stopReason === 'orphaned')
}

/** Why Optio or the supervisor ended an attempt. */
export const STOP_REASONS = [
  'cancel',
  'redo',
  'budget',
  'deadline',
  'output_limit',
  'orphaned',
  'operator',
  'pull_request_ended',
] as const
export type StopReason = (typeof STOP_REASONS)[number]
