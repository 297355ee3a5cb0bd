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
  /** The forge merges nothing without it; left out where it does not say. */
  readonly required?: boolean
  /** What the forge knows it by, so that its log is read once. */
  readonly id?: string
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
  /** False when its author may not write to the repository; left out where only those who may do review. */
  readonly byWriter?: boolean
  /** Optio posted it for an agent of its own: the verdict counts by Optio's record, and not by this. */
  readonly isOwn?: boolean
  /** Id of the run of an agent's review: this is Optio's record of it, and not what the forge says. */
  readonly recordOf?: string
  /** Milliseconds since the epoch. */
  readonly submittedAt: number
}

/** Remarks on one place of a pull request that nobody has resolved. */
export interface ReviewThread {
  readonly id: string
  readonly path: string | null
  readonly line: number | null
  /** In order. Those of Optio's own are among them (`isOwn`). */
  readonly comments: readonly {
    readonly author: string
    readonly body: string
    readonly byWriter: boolean
    readonly isOwn: boolean
    /** Milliseconds since the epoch. */
    readonly createdAt: number
  }[]
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
  /** Unresolved ones; left out where the forge has none. */
  readonly threads?: readonly ReviewThread[]
  readonly labels?: readonly string[]
  /** Who merged or closed it; null or left out while it is open, or when that is not known. */
  readonly endedBy?: string | null
  /** The forge's own mark of this state of it: the same again means that nothing of it changed. */
  readonly revision?: string
  /** Milliseconds since the epoch. */
  readonly observedAt: number
}

/** Summary of the checks of one head: `none` only where nothing is required; nothing reported yet is `pending`. */
export type ChecksStatus = 'none' | 'pending' | 'passing' | 'failing' | 'conflicts'

/** Summary of the reviews that count for one head. */
export type ReviewStatus = 'none' | 'pending' | 'approved' | 'changes_requested'
