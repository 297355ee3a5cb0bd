import type { Decision } from '../decision.ts'
import type { Snapshot } from '../snapshot.ts'
import { forgeSilent, LOOK_SOON_MS } from './build.ts'
import { judgeChecks } from './checks.ts'
import { judgeMergeNow, judgeMergeUnderWay } from './merge.ts'
import { judgeProblem, problemOf } from './problem.ts'
import { judgeOldNews } from './proposal.ts'

/** pr_opened: mend what is wrong, wait for what is open, merge what is proven. */
export function judgeOpenPullRequest(s: Snapshot): Decision {
  if (s.pullRequest.kind === 'none') return forgeSilent('it was not asked yet.', s.now + LOOK_SOON_MS)
  if (s.pullRequest.kind === 'unknown') return forgeSilent(s.pullRequest.message, s.pullRequest.retryAt)
  const pr = s.pullRequest.observation
  const standing = judgeMergeUnderWay(s, pr) ?? judgeOldNews(s, pr)
  if (standing) return standing
  const problem = problemOf(s, pr)
  if (problem) return judgeProblem(s, pr, problem)
  return judgeChecks(s, pr) ?? judgeMergeNow(s, pr)
}
