/** Shapes of saved definitions (blueprints), of what triggers them, and of the words they are made from. */

/** What the environment of a run without a repository is like. */
export interface EnvironmentSpec {
  /** Run by `sh -c` in the empty directory before the agent is launched for the first time. */
  readonly setupCommands?: string
  /** Variables the agent is given. No place for secrets: they are stored and shown as they are. */
  readonly env?: Readonly<Record<string, string>>
  /** Longest time of one attempt, in milliseconds. */
  readonly maxAttemptMs?: number
  /** Silence after which an agent counts as stalled, in milliseconds. */
  readonly stallThresholdMs?: number
}

/** Where a run has neither a repository nor a specification that says otherwise. */
export const DEFAULT_MAX_ATTEMPT_MS = 7_200_000
export const DEFAULT_STALL_THRESHOLD_MS = 300_000

export const TRIGGER_TYPES = ['manual', 'schedule', 'webhook', 'ticket'] as const
export type TriggerType = (typeof TRIGGER_TYPES)[number]

/** What happens when a trigger fires while a run it started before is unfinished. */
export const OVERLAPS = ['skip', 'queue', 'allow'] as const
export type Overlap = (typeof OVERLAPS)[number]

export interface ScheduleConfig {
  readonly cronExpression: string
  /** IANA name; UTC where it is not given. */
  readonly timezone?: string
  /** Left out: `skip`. */
  readonly overlap?: Overlap
  /** Whether a firing that was missed while no Optio ran is made up for, once; left out: `once`. */
  readonly missed?: 'once' | 'skip'
}

export interface WebhookConfig {
  readonly path: string
  /** Left out: `allow`. */
  readonly overlap?: Overlap
}

export interface TicketConfig {
  readonly source: string
  readonly labels?: readonly string[]
}

export type TriggerConfig = ScheduleConfig | WebhookConfig | TicketConfig | Readonly<Record<string, never>>

/**
 * `started`: there is a run; `waiting`: it is queued behind a run that is unfinished, or a forge has not said yet whether whoever asks
 * may; `skipped`: by the settings of the trigger or the repository; `failed`: no run could be started.
 */
export const FIRING_STATES = ['started', 'waiting', 'skipped', 'failed'] as const
export type FiringState = (typeof FIRING_STATES)[number]

/**
 * What the words of a template are for: `prompt` for coding, `ci_fix`, `review_fix` and `conflict_fix` for an agent that is sent back to
 * its pull request, `review` for a reviewer, `job` for a run without a repository, `task` for the text of a task.
 */
export const PROMPT_TEMPLATE_KINDS = [
  'prompt',
  'ci_fix',
  'review_fix',
  'conflict_fix',
  'review',
  'job',
  'task',
] as const
export type PromptTemplateKind = (typeof PROMPT_TEMPLATE_KINDS)[number]

/** When a review of a pull request is started. */
export const REVIEW_TRIGGERS = ['manual', 'on_pr', 'on_ci_pass'] as const
export type ReviewTrigger = (typeof REVIEW_TRIGGERS)[number]

export const VERDICTS = ['approve', 'request_changes', 'comment'] as const
export type Verdict = (typeof VERDICTS)[number]

/** What a reviewing agent says of the one head it read. */
export interface ReviewVerdict {
  readonly verdict: Verdict
  readonly summary: string
  readonly comments: readonly { readonly path: string; readonly line: number | null; readonly body: string }[]
}

/** Who a reviewing agent is on a pull request: never the author of its commits. */
export const REVIEW_AUTHOR = 'optio-review'
