import type { Decision } from '../decision.ts'
import type { Snapshot } from '../snapshot.ts'
import { forgeSilent, LOOK_SOON_MS } from './build.ts'
import { judgeChecks } from './checks.ts'
import { judgeMergeNow, judgeMergeUnderWay } from './merge.ts'
import { judgeProblem, problemOf } from './problem.ts'
import { judgeOldNews } from './proposal.ts'
import { judgeDueReview, judgeReviews } from './reviews.ts'
import { judgeFailedSubtasks } from './subtasks.ts'

/** pr_opened: mend what is wrong, have it checked and reviewed, wait for what is open, merge what is proven. */
export function judgeOpenPullRequest(s: Snapshot): Decision {
  if (s.pullRequest.kind === 'none') {
    return forgeSilent({ message: 'it was not asked yet.', retryAt: s.now + LOOK_SOON_MS })
  }
  if (s.pullRequest.kind === 'unknown') return forgeSilent(s.pullRequest)
  const pr = s.pullRequest.observation
  const standing = judgeMergeUnderWay(s, pr) ?? judgeOldNews(s, pr)
  if (standing) return standing
  const problem = problemOf(s, pr)
  if (problem) return judgeProblem(s, pr, problem)
  const early = s.policy.review?.trigger === 'on_pr' ? judgeDueReview(s, pr) : null
  return (
    early ??
    judgeChecks(s, pr) ??
    judgeDueReview(s, pr) ??
    judgeReviews(s, pr) ??
    judgeFailedSubtasks(s) ??
    judgeMergeNow(s, pr)
  )
}
