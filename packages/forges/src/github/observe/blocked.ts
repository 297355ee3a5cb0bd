import type { CheckObservation, PullRequestObservation } from '@optio/core'
import { decidedWell } from './checks.ts'
import type { FoundPullRequest } from './found.ts'
import type { BranchRules } from './rules.ts'

/**
 * What GitHub holds a merge back for although the checks would not, or null. While checks stand in the way GitHub says “blocked” for
 * those, too, and they say it themselves.
 */
export function mergeBlocked(
  found: FoundPullRequest,
  items: readonly CheckObservation[],
  rules: BranchRules,
): PullRequestObservation['mergeBlocked'] {
  if (found.isArchived) {
    return { code: 'protected', message: 'The repository is archived: nothing can be merged there.' }
  }
  if (rules.mergeQueue) {
    return {
      code: 'protected',
      message: `${found.baseRef} is merged into by a merge queue, which Optio does not use: add the pull request to it on GitHub.`,
    }
  }
  if (found.mergeState !== 'blocked' && found.mergeState !== 'behind') return null
  if (!decidedWell(items)) return null
  if (found.mergeState === 'behind') {
    return {
      code: 'protected',
      message: `The rules for ${found.baseRef} want the branch up to date with it: bring ${found.baseRef} into ${found.headRef}.`,
    }
  }
  if (wantsReview(found, rules)) {
    return {
      code: 'review_required',
      message: `The rules for ${found.baseRef} want an approving review by somebody with write access.`,
    }
  }
  const open = found.threads.length
  if (rules.resolvedConversations && open > 0) {
    return {
      code: 'protected',
      message: `The rules for ${found.baseRef} want every conversation resolved: ${open} ${open === 1 ? 'is' : 'are'} not.`,
    }
  }
  return {
    code: 'protected',
    message: `The rules for ${found.baseRef} do not let it be merged; the pull request on GitHub says which.`,
  }
}

function wantsReview({ reviewDecision, reviews }: FoundPullRequest, rules: BranchRules): boolean {
  if (reviewDecision !== null) return reviewDecision === 'review_required'
  return reviews.filter(({ state }) => state === 'approved').length < rules.requiredReviews
}
