import type { ReviewVerdict } from './definitions.ts'
import type { CheckObservation, ReviewObservation, ReviewThread } from './pull-request.ts'
import type { AttemptReason, RunState, StopReason } from './run-state.ts'
import type { AttentionCode } from './snapshot.ts'

/** What the engine is to do with a run now, why, and (for people) what would have to change for another outcome. */
export interface Decision {
  readonly action: Action
  /** Stable machine-readable reason; stored as the event's trigger. */
  readonly reason: string
  readonly explain: Explanation
  /** Milliseconds since the epoch at which to look again even if nothing is heard; null when only a fact can change it. */
  readonly wakeAt: number | null
}

export interface Explanation {
  /** One sentence: what is the case. */
  readonly summary: string
  /** What would change it, each a sentence a person can act on. */
  readonly wouldChange: readonly string[]
}

/** Whom or what a waiting run waits for. */
export type WaitingOn =
  | 'nothing'
  | 'agent'
  | 'capacity'
  | 'backoff'
  | 'dependency'
  | 'subtask'
  | 'review'
  | 'effect'
  | 'check'
  | 'forge'
  | 'person'

export type Action =
  | { readonly type: 'wait'; readonly on: WaitingOn }
  | {
      readonly type: 'transition'
      readonly to: Exclude<RunState, 'needs_attention' | 'queued'>
      readonly message: string
      readonly error: RunError | null
      /** What is to be done to the outside because of it; recorded with it, and never waited for. */
      readonly effects?: readonly EffectRequest[]
    }
  | { readonly type: 'enqueue' }
  | { readonly type: 'needs_attention'; readonly code: AttentionCode; readonly message: string }
  | { readonly type: 'queue_attempt'; readonly next: NextAttempt }
  | { readonly type: 'stop_attempt'; readonly stop: StopReason }
  | { readonly type: 'stop_checks' }
  | { readonly type: 'redo' }
  /** Makes a run of kind `review` that reads exactly this head. */
  | { readonly type: 'start_review'; readonly headSha: string; readonly baseSha: string }
  | { readonly type: 'effect'; readonly effect: EffectRequest }

export interface RunError {
  readonly category: 'agent' | 'infrastructure' | 'pull_request' | 'dependency'
  readonly message: string
}

/** The attempt a run is queued for. */
export interface NextAttempt {
  readonly reason: AttemptReason
  readonly purpose: 'commit' | null
  readonly counts: 'retry' | 'auto_resume' | null
  readonly notBefore: number | null
  /** True when it must not go on in the session of the attempt before. */
  readonly freshSession?: boolean
  /** True when it stands for the attempt before, which never began: it is made for all that one was made for. */
  readonly standsIn?: boolean
  /** Facts the prompt of the attempt is made from. */
  readonly context: AttemptContext
}

export interface AttemptContext {
  readonly failedChecks?: readonly CheckObservation[]
  readonly reviews?: readonly ReviewObservation[]
  readonly threads?: readonly ReviewThread[]
  /** The commit others have brought the branch to since Optio last did. */
  readonly othersHead?: string
  readonly conflictFiles?: readonly string[]
  readonly baseRef?: string
  readonly dirtyFiles?: readonly string[]
  readonly previousError?: string
  /** Words of the person who resumed or restarted the run. */
  readonly personPrompt?: string
}

/**
 * Something to be done to the outside world. Repeating an effect with the same key does nothing. Whoever carries one out
 * records its result (`publishedSha`, `prNumber`) together with `done`. Effects that were not begun are withdrawn when a run
 * ends or starts over, and a merge is judged anew by `mergeRefusal` right before it is carried out.
 */
export type EffectRequest =
  | { readonly kind: 'publish'; readonly key: string; readonly headSha: string }
  | {
      readonly kind: 'open_pull_request'
      readonly key: string
      readonly headSha: string
      readonly draft: boolean
    }
  | { readonly kind: 'run_checks'; readonly key: string; readonly headSha: string; readonly baseSha: string }
  | {
      readonly kind: 'post_review'
      readonly key: string
      readonly headSha: string
      readonly verdict: ReviewVerdict
    }
  | {
      readonly kind: 'merge'
      readonly key: string
      readonly headSha: string
      readonly baseSha: string
      readonly method: 'squash' | 'merge' | 'rebase'
    }
  | { readonly kind: 'close_pull_request'; readonly key: string; readonly prNumber: number }
  | CourtesyRequest

/**
 * What tells others of a run, or tidies up after it. A run neither waits for it nor fails with it: a failure is tried again, and shown.
 * It is carried out also when the run has ended.
 */
export type CourtesyRequest =
  | {
      readonly kind: 'delete_branch'
      readonly key: string
      readonly branch: string
      readonly headSha: string
    }
  /** Says in each thread what became of it. */
  | {
      readonly kind: 'answer_threads'
      readonly key: string
      readonly headSha: string
      readonly threadIds: readonly string[]
    }
  /** `assigned`: Optio works on it; `failed`: it gave up. */
  | {
      readonly kind: 'comment_issue'
      readonly key: string
      readonly issueNumber: number
      readonly about: 'assigned' | 'failed'
    }
  | { readonly kind: 'label_issue'; readonly key: string; readonly issueNumber: number }
  /** With a comment that links the pull request. */
  | {
      readonly kind: 'close_issue'
      readonly key: string
      readonly issueNumber: number
      readonly prNumber: number
    }

export const COURTESY_EFFECTS = [
  'delete_branch',
  'answer_threads',
  'comment_issue',
  'label_issue',
  'close_issue',
] as const satisfies readonly CourtesyRequest['kind'][]

/** Whether what is done is one of those that no run waits for. */
export function isCourtesy(kind: EffectRequest['kind']): boolean {
  return COURTESY_EFFECTS.some((each) => each === kind)
}
