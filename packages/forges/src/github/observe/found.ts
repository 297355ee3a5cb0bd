/** What GitHub said of a pull request, GraphQL and REST alike, before anything is made of it. */
export interface FoundPullRequest {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly draft: boolean
  readonly headRef: string
  readonly headSha: string
  /** First line and all of what the head's commit says; empty when that is not known. */
  readonly headMessage: string
  readonly baseRef: string
  readonly baseSha: string
  readonly mergeable: boolean | null
  readonly mergeState: MergeState
  readonly reviewDecision: 'approved' | 'changes_requested' | 'review_required' | null
  readonly mergedSha: string | null
  /** Who merged it; of a closed one nobody says so here. */
  readonly mergedBy: string | null
  readonly updatedAt: string
  readonly labels: readonly string[]
  /** Nothing can be merged in an archived repository. */
  readonly isArchived: boolean
  readonly checks: FoundChecks
  readonly reviews: readonly FoundReview[]
  /** Unresolved ones. */
  readonly threads: readonly FoundThread[]
}

export type MergeState = 'clean' | 'blocked' | 'behind' | 'other'

export interface FoundChecks {
  /** The commit they are of. */
  readonly sha: string
  /** What all of them come to, in GitHub's own words; null when there is none. */
  readonly combined: CombinedState | null
  /** The credential may not read some of them: then only `combined` tells of those. */
  readonly someHidden: boolean
  readonly all: readonly FoundCheck[]
}

export type CombinedState = 'success' | 'failure' | 'error' | 'pending' | 'expected'

export interface FoundCheck {
  readonly kind: 'run' | 'status'
  /** Unique among the checks of a repository. */
  readonly id: string
  /** Larger is later. */
  readonly order: number
  readonly name: string
  readonly status: 'queued' | 'running' | 'completed'
  /** In GitHub's words, in lower case; null until it is completed. */
  readonly conclusion: string | null
  readonly summary: string
  readonly url: string | null
  /** GitHub's word on whether this pull request needs it; null where it did not say. */
  readonly isRequired: boolean | null
  /** Number of the app that reported it; null for statuses and where that is not known. */
  readonly appId: number | null
  readonly appSlug: string | null
  /** Of a job of GitHub Actions. */
  readonly workflow: FoundWorkflowRun | null
}

export interface FoundWorkflowRun {
  readonly id: number
  readonly name: string
  readonly event: string
  /** False while jobs may follow that have not begun. */
  readonly isDone: boolean
}

export interface FoundReview {
  readonly author: string
  readonly state: 'approved' | 'changes_requested' | 'commented' | 'dismissed'
  readonly body: string
  readonly headSha: string
  readonly association: string
  readonly submittedAt: number
}

export interface FoundThread {
  readonly id: string
  readonly path: string | null
  readonly line: number | null
  /** Null where they are to be asked for. */
  readonly comments: readonly FoundComment[] | null
}

export interface FoundComment {
  readonly author: string
  readonly body: string
  readonly association: string
  readonly createdAt: number
}
