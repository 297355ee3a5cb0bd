import {
  type PullRequestObservation,
  REVIEW_AUTHOR,
  type ReviewObservation,
  type ReviewVerdict,
  type Verdict,
} from '@optio/core'
import type { Forge } from '@optio/forges'

/**
 * Verdicts of Optio's own agents on a forge where they cannot review under a name of their own: what the forge shows of them is a
 * comment, and what counts is Optio's record of their runs.
 */

/** What a review by an agent came to, as its run has it. */
export interface OwnReview {
  readonly runId: string
  readonly headSha: string
  readonly verdict: ReviewVerdict
  /** When its run was completed, in milliseconds since the epoch. */
  readonly submittedAt: number
}

const STATES: Readonly<Record<Verdict, Exclude<ReviewObservation['state'], 'dismissed'>>> = {
  approve: 'approved',
  request_changes: 'changes_requested',
  comment: 'commented',
}

export function stateOfVerdict(verdict: Verdict): (typeof STATES)[Verdict] {
  return STATES[verdict]
}

/** The observation with these verdicts among its reviews, in place of those it was given before: doing it again changes nothing. */
export function withOwnVerdicts(
  observation: PullRequestObservation,
  reviews: readonly OwnReview[],
): PullRequestObservation {
  const own = reviews.map(
    ({ runId, headSha, verdict, submittedAt }): ReviewObservation => ({
      author: REVIEW_AUTHOR,
      state: STATES[verdict.verdict],
      body: verdict.summary,
      headSha,
      comments: verdict.comments,
      submittedAt,
      recordOf: runId,
    }),
  )
  const said = withoutOwnVerdicts(observation).reviews.map(underItsName)
  return { ...observation, reviews: [...said, ...own] }
}

/** What the forge says now, with the verdicts that are on record of `before`: whoever decides reads them anew. */
export function withRecordsOf(
  before: PullRequestObservation | null,
  observation: PullRequestObservation,
): PullRequestObservation {
  const records = (before?.reviews ?? []).filter(({ recordOf }) => recordOf !== undefined)
  return records.length === 0
    ? observation
    : { ...observation, reviews: [...observation.reviews, ...records] }
}

/** As the forge said it. */
export function withoutOwnVerdicts(observation: PullRequestObservation): PullRequestObservation {
  const reviews = observation.reviews.filter(({ recordOf }) => recordOf === undefined)
  return reviews.length === observation.reviews.length ? observation : { ...observation, reviews }
}

/** Whatever somebody calls themselves on the forge, they do not speak for Optio's agents. */
function underItsName(review: ReviewObservation): ReviewObservation {
  return review.author === REVIEW_AUTHOR ? { ...review, author: `${REVIEW_AUTHOR} (of the forge)` } : review
}

/** What the reviews of a pull request are, wherever its agents' verdicts are kept. */
export function asReviewed(
  forge: Pick<Forge, 'verdictsAreOurs'>,
  observation: PullRequestObservation,
  reviews: readonly OwnReview[],
): PullRequestObservation {
  return forge.verdictsAreOurs ? withOwnVerdicts(observation, reviews) : observation
}
