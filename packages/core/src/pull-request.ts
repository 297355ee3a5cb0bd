/**
 * What a forge says about a pull request, in the one form that policies read. A forge fills it in; nothing here is
 * inferred. "Unknown" is always spelled out (`mergeable: null`, checks `pending`), never turned into "good".
 */

export type CheckConclusion =
  | 'success'
  | 'failure'
  | 'timed_out'
  | 'cancelled'
  | 'neutral'
  | 'skipped'
  | 'error'

export interface CheckObservation {
  readonly name: string
  readonly status: 'queued' | 'running' | 'completed'
  readonly conclusion: CheckConclusion | null
  readonly summary: string
  readonly url: string | null
  /** The last useful part of the check's log, for the agent that has to fix it; null when the forge has none. */
  readonly log: string | null
}

export type ReviewState = 'approved' | 'changes_requested' | 'commented' | 'dismissed'

export interface ReviewComment {
  readonly path: string | null
  readonly line: number | null
  readonly body: string
}

export interface ReviewObservation {
  readonly author: string
  readonly state: ReviewState
  readonly body: string
  /** The head the reviewer looked at. An approval counts for this commit only. */
  readonly headSha: string
  readonly comments: readonly ReviewComment[]
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
}

export interface PullRequestObservation {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly draft: boolean
  readonly headSha: string
  readonly baseRef: string
  readonly baseSha: string
  /** False when head and base conflict; null while the forge does not know. */
  readonly mergeable: boolean | null
  readonly conflictFiles: readonly string[]
  /**
   * What checks said about exactly this head (and, where the forge checks the merge, this base).
   * `required` says whether there is any check to wait for; with `required: true` an empty `items` means "not yet".
   */
  readonly checks: {
    readonly required: boolean
    readonly headSha: string
    readonly baseSha: string | null
    readonly items: readonly CheckObservation[]
  }
  readonly reviews: readonly ReviewObservation[]
  /** Something outside the pull request that stops a merge now (a dirty checkout of the base branch), in words. */
  readonly mergeBlocked: { readonly code: string; readonly message: string } | null
  readonly mergedSha: string | null
  /** Milliseconds since the epoch. */
  readonly observedAt: number
}

/** Summary of the checks of one head: `none` only where nothing is required; nothing reported yet is `pending`. */
export type ChecksStatus = 'none' | 'pending' | 'passing' | 'failing' | 'conflicts'

/** Summary of the reviews that count for one head. */
export type ReviewStatus = 'none' | 'pending' | 'approved' | 'changes_requested'
