import { brokenChecks } from '../checks.ts'
import type { Decision } from '../decision.ts'
import { failedSubtasks } from '../merge-policy.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import { reviewStanding } from '../reviews.ts'
import type { AttentionCode, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { adviceFor, PERSON_CAN } from './advice.ts'
import { transition, wait } from './build.ts'
import { judgeDependencyMended } from './dependencies.ts'
import { problemOf } from './problem.ts'

/** Reasons for attention that lie in the pull request and can vanish there, by a push or a review, without Optio. */
const MENDED_ON_FORGE: readonly AttentionCode[] = [
  'checks_failing',
  'changes_requested',
  'conflict',
  'no_progress',
]

/** needs_attention: a person's turn, unless what needed it has become good meanwhile. */
export function judgeNeedsAttention(s: Snapshot): Decision {
  const { attention, kind } = s.run
  return (
    judgeDependencyMended(s) ??
    (kind === 'repo' ? judgePullRequestMended(s) : null) ??
    wait(
      'person',
      attention ?? 'person',
      s.run.attentionMessage ? oneLine(s.run.attentionMessage, 500) : 'Waits for a person.',
      attention === null ? [PERSON_CAN] : adviceFor(attention, kind),
    )
  )
}

function judgePullRequestMended(s: Snapshot): Decision | null {
  const { pullRequest } = s
  if (pullRequest.kind === 'unknown') {
    return wait(
      'person',
      s.run.attention ?? 'person',
      `Waits for a person. The forge gives no answer: ${oneLine(pullRequest.message, 500)}`,
      [PERSON_CAN],
      pullRequest.retryAt,
    )
  }
  if (pullRequest.kind === 'none' || !isMended(s, pullRequest.observation)) return null
  const { number } = pullRequest.observation
  return transition('pr_opened', 'mended', `What needed attention on pull request #${number} is mended.`)
}

function isMended(s: Snapshot, pr: PullRequestObservation): boolean {
  switch (s.run.attention) {
    case 'subtask_failed':
      return failedSubtasks(s.subtasks).length === 0
    case 'review_failed':
      return reviewStanding(pr, s.reviews, s.policy.review).kind !== 'failed'
    case 'review_rounds':
      return reviewStanding(pr, s.reviews, s.policy.review).kind !== 'rounds_used'
    default:
      return liesInPullRequest(s) && isGood(s, pr)
  }
}

/** While the forge does not know whether it can be merged, a conflict is not taken for mended. */
function isGood(s: Snapshot, pr: PullRequestObservation): boolean {
  return pr.mergeable === true && problemOf(s, pr) === null && brokenChecks(pr).length === 0
}

/**
 * The budget lies in the pull request only when it stopped no agent: everything the last attempt made is published, and only
 * the next one could not be paid. Then a person who mends the pull request by hand needs no further attempt.
 */
function liesInPullRequest({ run, attempt }: Snapshot): boolean {
  if (run.attention === null) return false
  if (MENDED_ON_FORGE.includes(run.attention)) return true
  if (run.attention !== 'budget_reached' || attempt?.state !== 'succeeded' || !attempt.outcome) return false
  return attempt.outcome.headSha === run.publishedSha && attempt.outcome.dirtyTotal === 0
}
