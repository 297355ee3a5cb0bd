import type { ReviewTrigger, Verdict } from './definitions.ts'
import type { NanoUsd } from './money.ts'
import type { PullRequestObservation } from './pull-request.ts'
import type { AttemptReason, AttemptState, RunKind, RunState, StopReason, TaskType } from './run-state.ts'

/**
 * Everything `decide` may know about a run at one moment. It holds facts, never changes ("the checks are failing", not "the
 * checks began to fail"), so a lost event costs only time. All times are milliseconds since the epoch.
 */
export interface Snapshot {
  readonly now: number
  readonly run: RunFacts
  readonly policy: RunPolicy
  /** The last attempt, null before the first. */
  readonly attempt: AttemptFacts | null
  /** Attempts at the end of the history, in a row, that a fault of the machine ended (`isMachineFault`). */
  readonly lostInARow: number
  /** Attempts at the end of the history, in a row, whose agents failed for the same reason as the last; 0 when it did not. */
  readonly sameFailureInARow: number
  readonly spent: NanoUsd
  readonly pullRequest: PullRequestFacts
  readonly effects: readonly EffectFacts[]
  /** Check processes of this run that are queued or running; they are stopped before the run ends. */
  readonly liveChecks: { readonly count: number; readonly stopRequested: boolean }
  readonly dependencies: readonly DependencyFacts[]
  /** Its steps and children; reviews are `reviews`. */
  readonly subtasks: readonly SubtaskFacts[]
  /** Reviews by agents of its pull request, oldest first. */
  readonly reviews: readonly ReviewFacts[]
  readonly capacity: CapacityFacts
}

export interface RunFacts {
  readonly id: string
  readonly kind: RunKind
  /** What it is to its parent. */
  readonly taskType: TaskType
  /** It is not queued before a person runs it. */
  readonly held: boolean
  /** The commits a review reads; null for every other kind. */
  readonly review: { readonly headSha: string; readonly baseSha: string } | null
  readonly state: RunState
  readonly branch: string | null
  readonly retryCount: number
  readonly maxRetries: number
  /** Attempts Optio started by itself on the pull request since a person last stepped in. */
  readonly autoResumeCount: number
  readonly budgetUsd: string | null
  /** What a person asked for and is not done yet. */
  readonly intent: 'cancel' | 'redo' | null
  /** A queued run does not start before this time (backoff); null means at once. */
  readonly notBefore: number | null
  readonly attention: AttentionCode | null
  /** What was said when a person was first asked; left out where that is not known. */
  readonly attentionMessage?: string | null
  /** Commit the upstream's branch was last brought to by Optio; null before the first publication. */
  readonly publishedSha: string | null
  readonly prNumber: number | null
  /** The issue of its repository it was made of; left out or null for none. */
  readonly issueNumber?: number | null
  /** When anything about it was last changed, by a decision or by a person; left out where that is not known. */
  readonly changedAt?: number
  /**
   * When the newest review was submitted that was in the context of any attempt so far; null when none was told of any.
   * Left out where that is not known.
   */
  readonly reviewsToldUntil?: number | null
  /** Threads that attempts were told of; left out for none. */
  readonly threadsTold?: readonly ToldThread[]
}

export interface ToldThread {
  readonly id: string
  /** When the newest remark in it was made that an attempt was told of, in milliseconds since the epoch. */
  readonly until: number
}

/** Why a run waits for a person. Stable codes, documented. */
export type AttentionCode =
  | 'no_changes'
  | 'uncommitted_changes'
  | 'budget_reached'
  | 'deadline_reached'
  | 'output_limit_reached'
  | 'machine_faults'
  | 'checks_failing'
  | 'changes_requested'
  | 'conflict'
  | 'no_progress'
  | 'secret_in_changes'
  | 'branch_moved'
  | 'effect_failed'
  | 'dependency_failed'
  | 'environment_failed'
  | 'agent_login'
  | 'agent_not_available'
  | 'agent_request'
  | 'max_turns_reached'
  | 'provider_failing'
  | 'tools_denied'
  | 'subtask_failed'
  | 'review_failed'
  | 'review_rounds'
  | 'publish_refused'

export interface RunPolicy {
  readonly autoMerge: boolean
  readonly mergeMethod: 'squash' | 'merge' | 'rebase'
  /** Opens drafts and never merges by itself. */
  readonly cautiousMode: boolean
  readonly autoResume: boolean
  readonly maxAutoResumes: number
  readonly stallThresholdMs: number
  readonly retryBaseMs: number
  /** What becomes of it when a run it depends on fails, is cancelled or is deleted: it fails, or a person is asked. */
  readonly onDependencyFailure: 'fail' | 'wait'
  /** Reviews by agents; null where they are off. `manual`: only a person starts one. */
  readonly review: { readonly trigger: ReviewTrigger; readonly maxRounds: number } | null
  /** A head without any check may be about to get some: for so long it counts as not checked yet. */
  readonly checksGraceMs?: number
  readonly deleteBranchOnMerge?: boolean
  readonly closeOnCancel?: boolean
  readonly closeIssueOnMerge?: boolean
  /** Whose reviews, comments and labels cause work; left out: everybody's. */
  readonly requestsFrom?: 'writers' | 'anyone'
}

export interface AttemptFacts {
  readonly number: number
  readonly reason: AttemptReason
  /** `commit` when the attempt was made only to have left-over files committed. */
  readonly purpose: 'commit' | null
  readonly state: AttemptState
  readonly exitCode: number | null
  readonly stopReason: StopReason | null
  /** A stop was asked for and is not carried out yet. */
  readonly stopRequested: StopReason | null
  readonly errorMessage: string | null
  /** What it said at its end: a review's verdict is in it. Null when it said nothing. */
  readonly result: string | null
  /** Why it failed, as the agent reported it, or as Optio knew before it launched one; null when nothing did. */
  readonly failure: AgentFailure | ForgeFailure | null
  /** True when it failed before the agent ran: the environment could not be made, a setup command failed. */
  readonly environmentFault: boolean
  readonly startedAt: number | null
  readonly endedAt: number | null
  readonly deadlineAt: number | null
  readonly lastOutputAt: number | null
  /** Head of the pull request when the attempt was made, null when there was none. */
  readonly pullRequestHead: string | null
  /** What was found in the clone after the agent ended; null while it runs and when it was lost. */
  readonly outcome: AttemptOutcome | null
}

/** No fault of an agent: a forge gave no answer while the attempt's environment was made, before there was one. */
export interface ForgeFailure {
  readonly kind: 'forge'
  readonly why: SilenceReason
  readonly message: string
  /** Milliseconds since the epoch at which the forge is to be asked again; null when it did not say. */
  readonly retryAt: number | null
}

/** Why an agent failed, as it reported itself in its stream; never guessed from words. */
export interface AgentFailure {
  readonly kind: AgentFailureKind
  readonly message: string
  /** Milliseconds since the epoch at which the provider takes requests again; null when it did not say. */
  readonly retryAt: number | null
}

/**
 * - `login`: the provider refused the credential, or there is none;
 * - `unavailable`: its program is not on this machine;
 * - `rate_limit`: the provider takes no requests for a while (a quota, too many requests, overload);
 * - `provider`: the provider answered with an error of its own, or could not be reached;
 * - `request`: the provider refused the request as such (an unknown model, a context too long, no credit);
 * - `max_turns`: the agent used up the turns it was given;
 * - `budget`: the agent reached a cap it was given;
 * - `denied`: tools it asked for were denied;
 * - `session`: the session to go on with is not there;
 * - `interrupted`: it was interrupted and says so;
 * - `agent`: any other error it reported.
 */
export const AGENT_FAILURE_KINDS = [
  'login',
  'unavailable',
  'rate_limit',
  'provider',
  'request',
  'max_turns',
  'budget',
  'denied',
  'session',
  'interrupted',
  'agent',
] as const
export type AgentFailureKind = (typeof AGENT_FAILURE_KINDS)[number]

export interface AttemptOutcome {
  readonly headSha: string | null
  readonly baseSha: string
  readonly commitsAhead: number
  readonly dirtyFiles: readonly string[]
  readonly dirtyTotal: number
  /**
   * Credentials that were found in what publishing the head would add, a few; empty when none were. Left out where that was
   * not searched, as by an Optio that did not do it yet: publishing searches once more in any case.
   */
  readonly leaks?: readonly CredentialLeak[]
}

/** A credential in something that is about to be published. Never holds its value. */
export interface CredentialLeak {
  /** Name of the credential: its variable, or what it is in a login. */
  readonly credential: string
  /** Words for the file and the commit, such as “.env in commit 1a2b3c4d5e”. */
  readonly where: string
}

export type PullRequestFacts =
  | { readonly kind: 'none' }
  /** The forge gave no answer: never read as a negative one. */
  | {
      readonly kind: 'unknown'
      readonly message: string
      readonly retryAt: number
      readonly why?: SilenceReason
    }
  /** `watched`: what could make it another is watched, and wakes the run. */
  | {
      readonly kind: 'known'
      readonly observation: PullRequestObservation
      readonly watched?: boolean
      /** When its head was first seen, in milliseconds since the epoch; left out where that does not matter. */
      readonly headSince?: number
    }

/**
 * Why a forge gave no answer; `credential`, and `replaced` (another repository has the name of the connected one), are a person's to mend.
 */
export type SilenceReason = 'credential' | 'replaced' | 'limited' | 'unreachable' | 'failing'

export type EffectKind =
  | 'publish'
  | 'open_pull_request'
  | 'merge'
  | 'close_pull_request'
  | 'run_checks'
  | 'post_review'
  | 'delete_branch'
  | 'answer_threads'
  | 'comment_issue'
  | 'label_issue'
  | 'close_issue'

export interface EffectFacts {
  readonly kind: EffectKind
  readonly key: string
  readonly state: 'pending' | 'executing' | 'done' | 'dead'
  readonly lastError: string | null
  /** The last try came to nothing because the forge gave no answer; null or left out when it gave one. */
  readonly silence?: SilenceReason | null
  /** For a merge or a publication the other side refused: why, and when. */
  readonly refusal: { readonly code: string; readonly message: string; readonly at: number } | null
  /** When it was done, in milliseconds since the epoch; null or left out while it is not. */
  readonly doneAt?: number | null
}

export interface DependencyFacts {
  readonly runId: string
  readonly title: string
  /** `cancelled` for one that was deleted. */
  readonly state: RunState
}

export interface SubtaskFacts {
  readonly runId: string
  readonly title: string
  readonly taskType: TaskType
  readonly state: RunState
  /** It holds its parent's merge and completion. */
  readonly blocksParent: boolean
}

/** A review of this run's pull request. It counts only for the head it read. */
export interface ReviewFacts {
  readonly runId: string
  readonly headSha: string
  readonly state: RunState
  /** Null until it is completed. */
  readonly verdict: Verdict | null
}

export interface CapacityFacts {
  /** Why nothing at all is started now (the disk is full), in words; left out when nothing stands in the way. */
  readonly blocked?: string
  /** Nothing new starts anywhere since then (milliseconds since the epoch); left out while Optio is not paused. */
  readonly paused?: { readonly since: number; readonly by: string; readonly reason: string | null }
  readonly globalLimit: number
  readonly globalUsed: number
  /** Of what it counts against: its repository, or the definition of a standalone run. */
  readonly groupLimit: number
  readonly groupUsed: number
  /** Waiting runs that go first: smaller priority number, or the same and older. Counted up to a thousand. */
  readonly ahead: number
}
