import type { CheckObservation, ReviewComment, ReviewState } from '@optio/core'

/**
 * Where the local forge keeps its pull requests: on a plain repository there is nobody else who would. The server
 * implements it over its database; each method is one transaction.
 */
export interface LocalPullRequestStore {
  /** Inserts with the next number of the repository, or answers the open one with this head branch. */
  openOrFind(
    repositoryId: string,
    pullRequest: Pick<
      LocalPullRequest,
      'runId' | 'title' | 'body' | 'headRef' | 'headSha' | 'baseRef' | 'baseSha' | 'draft'
    >,
  ): Promise<LocalPullRequest>
  get(repositoryId: string, number: number): Promise<LocalPullRequest | null>
  /** Changes the given fields when the row is still in `expectedState`; answers whether it did. */
  update(
    repositoryId: string,
    number: number,
    expectedState: LocalPullRequest['state'],
    change: Partial<
      Pick<LocalPullRequest, 'state' | 'headSha' | 'baseSha' | 'mergedSha' | 'mergingSha' | 'closedBy'>
    >,
  ): Promise<boolean>
  /** Checks of exactly this head and base; `required` says whether the repository has any check at all. */
  checks(
    repositoryId: string,
    number: number,
    headSha: string,
    baseSha: string,
  ): Promise<{ required: boolean; items: CheckObservation[] }>
  reviews(repositoryId: string, number: number): Promise<LocalReview[]>
  /** Fails where there is one with this id already. */
  addReview(
    repositoryId: string,
    number: number,
    review: Omit<LocalReview, 'id' | 'submittedAt'> & { readonly id?: string },
  ): Promise<LocalReview>
  comments(
    repositoryId: string,
    number: number,
  ): Promise<{ id: string; author: string; body: string; createdAt: number }[]>
}

export interface LocalPullRequest {
  readonly number: number
  readonly runId: string
  readonly url: string
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly draft: boolean
  readonly headRef: string
  readonly headSha: string
  readonly baseRef: string
  readonly baseSha: string
  readonly mergedSha: string | null
  /**
   * The merge commit that is about to be pushed, recorded before the push: if Optio dies between the push and the record,
   * the repetition finds it in the base branch and knows that the merge happened.
   */
  readonly mergingSha: string | null
  readonly closedBy: string | null
}

export interface LocalReview {
  readonly id: string
  readonly author: string
  readonly state: Exclude<ReviewState, 'dismissed'>
  readonly body: string
  readonly headSha: string
  readonly comments: readonly ReviewComment[]
  readonly submittedAt: number
}
