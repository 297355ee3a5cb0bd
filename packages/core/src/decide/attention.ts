import type { Decision } from '../decision.ts'
import { brokenChecks } from '../merge-policy.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import type { AttentionCode, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { adviceFor } from './advice.ts'
import { PERSON_CAN, transition, wait } from './build.ts'
import { problemOf } from './problem.ts'

/** Reasons for attention that lie in the pull request and can vanish there, by a push or a review, without Optio. */
const MENDED_ON_FORGE: readonly AttentionCode[] = [
  'checks_failing',
  'changes_requested',
  'conflict',
  'no_progress',
]

/** needs_attention: a person's turn, unless the pull request has become good meanwhile. */
export function judgeNeedsAttention(s: Snapshot): Decision {
  const { attention } = s.run
  if (s.pullRequest.kind === 'unknown') {
    const { message, retryAt } = s.pullRequest
    return wait(
      'person',
      attention ?? 'person',
      `Waits for a person. The forge gives no answer: ${oneLine(message, 500)}`,
      [PERSON_CAN],
      retryAt,
    )
  }
  if (s.pullRequest.kind === 'known' && isMended(s, s.pullRequest.observation)) {
    const { number } = s.pullRequest.observation
    return transition('pr_opened', 'mended', `What needed attention on pull request #${number} is mended.`)
  }
  const advice = attention === null ? [PERSON_CAN] : adviceFor(attention)
  const summary = s.run.attentionMessage ? oneLine(s.run.attentionMessage, 500) : 'Waits for a person.'
  return wait('person', attention ?? 'person', summary, advice)
}

/** While the forge does not know whether it can be merged, a conflict is not taken for mended. */
function isMended(s: Snapshot, pr: PullRequestObservation): boolean {
  if (!liesInPullRequest(s)) return false
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
