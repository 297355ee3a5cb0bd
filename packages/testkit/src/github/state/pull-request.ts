import type { User } from './account.ts'

export interface PullRequest {
  readonly id: number
  readonly headRef: string
  /** Of a closed one: what it was when it was closed. */
  headSha: string
  baseRef: string
  /** Of a closed one: what it was when it was closed. */
  baseSha: string
  draft: boolean
  mergedAt: string | null
  mergedBy: User | null
  mergedSha: string | null
  requestedReviewers: User[]
  readonly reviews: Review[]
  readonly threads: ReviewThread[]
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'DISMISSED' | 'PENDING'

export interface Review {
  readonly id: number
  readonly author: User
  state: ReviewState
  body: string
  readonly sha: string
  submittedAt: string | null
  updatedAt: string
}

export interface ReviewComment {
  readonly id: number
  readonly reviewId: number
  readonly author: User
  body: string
  readonly createdAt: string
  updatedAt: string
  readonly replyTo: number | null
}

export interface ReviewThread {
  readonly id: number
  readonly path: string
  /** Line of the new (`RIGHT`) or old (`LEFT`) version; null: the whole file. */
  readonly originalLine: number | null
  readonly originalStartLine: number | null
  readonly side: 'LEFT' | 'RIGHT'
  readonly originalSha: string
  readonly diffHunk: string
  /** Where it is now; null when outdated. */
  line: number | null
  outdated: boolean
  resolvedBy: User | null
  readonly comments: ReviewComment[]
}
