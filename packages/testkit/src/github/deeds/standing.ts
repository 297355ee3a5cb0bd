import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import type { Review } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { outcomesOf } from './check-states.ts'
import { distanceOf, liveBase, mergeableOf } from './relations.ts'
import { rulesFor } from './rules.ts'

/** The review of each reviewer that counts: the latest that approves, asks for changes, or was dismissed. Oldest first. */
export function opinionatedReviews(
  world: World,
  repository: Repository,
  issue: PullIssue,
  writersOnly: boolean,
): Review[] {
  const latest = new Map<number, Review>()
  for (const review of issue.pull.reviews) {
    if (review.state === 'COMMENTED' || review.state === 'PENDING') continue
    if (writersOnly && !world.canWrite(review.author, repository)) continue
    latest.set(review.author.id, review)
  }
  return [...latest.values()].sort((a, b) => a.id - b.id)
}

/** Null where no review is required, whatever reviewers said. */
export function reviewDecision(
  world: World,
  repository: Repository,
  issue: PullIssue,
): 'APPROVED' | 'CHANGES_REQUESTED' | 'REVIEW_REQUIRED' | null {
  const { requiredReviews } = rulesFor(repository, issue.pull.baseRef)
  if (requiredReviews === 0) return null
  const reviews = opinionatedReviews(world, repository, issue, true)
  if (reviews.some(({ state }) => state === 'CHANGES_REQUESTED')) return 'CHANGES_REQUESTED'
  const approvals = reviews.filter(({ state }) => state === 'APPROVED').length
  return approvals >= requiredReviews ? 'APPROVED' : 'REVIEW_REQUIRED'
}

/** What forbids merging although there is no conflict, in GitHub's words; empty when nothing does. */
export async function blockersOf(
  world: World,
  repository: Repository,
  issue: PullIssue,
  merger: User | null,
): Promise<string[]> {
  const rules = rulesFor(repository, issue.pull.baseRef)
  const isAdmin = merger !== null && world.permissionOf(merger, repository) === 'admin'
  if (!rules.any || (isAdmin && !rules.enforceAdmins)) return []
  const blockers: string[] = []
  const decision = reviewDecision(world, repository, issue)
  if (decision === 'CHANGES_REQUESTED') blockers.push('Changes have been requested.')
  if (decision === 'REVIEW_REQUIRED') {
    const count = rules.requiredReviews
    blockers.push(
      `At least ${count} approving review${count === 1 ? ' is' : 's are'} required by reviewers with write access.`,
    )
  }
  const outcomes = outcomesOf(repository, issue.pull.headSha)
  for (const name of rules.requiredChecks) {
    const own = outcomes.filter((each) => each.name === name).map(({ outcome }) => outcome)
    if (own.length === 0) blockers.push(`Required status check "${name}" is expected.`)
    else if (own.some((outcome) => outcome === 'failure' || outcome === 'error')) {
      blockers.push(`Required status check "${name}" is failing.`)
    } else if (own.includes('pending')) blockers.push(`Required status check "${name}" is in progress.`)
  }
  if (
    rules.requireConversationResolution &&
    issue.pull.threads.some(({ resolvedBy }) => resolvedBy === null)
  ) {
    blockers.push('A conversation must be resolved before this pull request can be merged.')
  }
  return blockers
}

export async function isBehind(repository: Repository, issue: PullIssue): Promise<boolean> {
  if (!rulesFor(repository, issue.pull.baseRef).strict) return false
  return (await distanceOf(repository, liveBase(repository, issue), issue.pull.headSha)).behind > 0
}

export type MergeState = 'BEHIND' | 'BLOCKED' | 'CLEAN' | 'DIRTY' | 'DRAFT' | 'UNKNOWN' | 'UNSTABLE'

export interface Standing {
  readonly mergeable: boolean | null
  readonly state: MergeState
}

/** Mergeability, and the word for all that stands in the way; one look, where looks count. */
export async function standingOf(world: World, repository: Repository, issue: PullIssue): Promise<Standing> {
  const mergeable = await mergeableOf(repository, issue)
  return { mergeable, state: await mergeState(world, repository, issue, mergeable) }
}

async function mergeState(
  world: World,
  repository: Repository,
  issue: PullIssue,
  mergeable: boolean | null,
): Promise<MergeState> {
  if (mergeable === null) return 'UNKNOWN'
  if (!mergeable) return 'DIRTY'
  if (issue.pull.draft) return 'DRAFT'
  if ((await blockersOf(world, repository, issue, null)).length > 0) return 'BLOCKED'
  if (await isBehind(repository, issue)) return 'BEHIND'
  const outcomes = outcomesOf(repository, issue.pull.headSha)
  return outcomes.every(({ outcome }) => outcome === 'success') ? 'CLEAN' : 'UNSTABLE'
}
