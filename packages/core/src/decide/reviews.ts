import type { Decision } from '../decision.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import { reviewStanding } from '../reviews.ts'
import type { Snapshot } from '../snapshot.ts'
import { askPerson, lookLater, wait } from './build.ts'

/** Reviews by agents of a run's own pull request. Requested changes are a problem of the pull request like any other. */

/** Starts the review that policy wants of this head; null when none is due. */
export function judgeDueReview(s: Snapshot, pr: PullRequestObservation): Decision | null {
  if (reviewStanding(pr, s.reviews, s.policy.review).kind !== 'due') return null
  return {
    action: { type: 'start_review', headSha: pr.headSha, baseSha: pr.baseSha },
    reason: 'review_due',
    explain: { summary: `An agent is to review commit ${pr.headSha.slice(0, 10)}.`, wouldChange: [] },
    wakeAt: null,
  }
}

/** Waits for the review of this head, or asks a person when there will be no verdict; null when nothing is missing. */
export function judgeReviews(s: Snapshot, pr: PullRequestObservation): Decision | null {
  const standing = reviewStanding(pr, s.reviews, s.policy.review)
  const head = pr.headSha.slice(0, 10)
  switch (standing.kind) {
    case 'open': {
      const stuck = standing.review.state === 'needs_attention'
      return wait(
        'review',
        'review_open',
        stuck
          ? `The review of commit ${head} by an agent waits for a person.`
          : `The review of commit ${head} by an agent is unfinished (${standing.review.state}).`,
        [
          stuck ? 'See to the review, which says what it needs.' : 'The review ends.',
          'A person merges or closes the pull request.',
        ],
        lookLater(s),
      )
    }
    case 'failed': {
      const { state } = standing.review
      const how =
        state === 'completed' ? 'ended without a verdict' : state === 'cancelled' ? 'was cancelled' : 'failed'
      return askPerson(s, 'review_failed', `The review of commit ${head} by an agent ${how}.`)
    }
    case 'rounds_used':
      return askPerson(
        s,
        'review_rounds',
        `There ${s.reviews.length === 1 ? 'was 1 review by an agent' : `were ${s.reviews.length} reviews by agents`}, and commit ${head} has none: that is as many as are started by themselves.`,
      )
    default:
      return null
  }
}
