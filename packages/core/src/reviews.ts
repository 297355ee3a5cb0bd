import { REVIEW_AUTHOR } from './definitions.ts'
import type { PullRequestObservation, ReviewObservation, ReviewStatus } from './pull-request.ts'
import { isFinished } from './run-state.ts'
import type { ReviewFacts, RunPolicy } from './snapshot.ts'

/** What the reviews say of a pull request: those it shows, and those that agents of Optio's are at work on. */

/**
 * For each reviewer the last review that was an approval, a change request or a dismissal. Agents may review two heads at the
 * same time, so what they said of the head there is now goes before what they said later of an older one; and an agent that has
 * only remarks on this head no longer asks for what it asked of an older one. Nor does it where a person has approved this head since:
 * nobody else could lift what an agent asked for.
 */
function verdicts(pr: PullRequestObservation): readonly ReviewObservation[] {
  const latest = new Map<string, ReviewObservation>()
  const isOfHead = ({ author, headSha }: ReviewObservation) =>
    author === REVIEW_AUTHOR && headSha === pr.headSha ? 1 : 0
  const inOrder = reviewsThatCount(pr).sort(
    (a, b) => isOfHead(a) - isOfHead(b) || a.submittedAt - b.submittedAt,
  )
  for (const review of inOrder) {
    const before = latest.get(review.author)
    const lifts = isOfHead(review) === 1 && before !== undefined && before.headSha !== pr.headSha
    if (review.state !== 'commented' || lifts) latest.set(review.author, review)
  }
  const byAgent = latest.get(REVIEW_AUTHOR)
  if (byAgent?.state !== 'changes_requested') return [...latest.values()]
  const byPeople = [...latest.values()].filter(({ author }) => author !== REVIEW_AUTHOR)
  const overruled = byPeople.some(
    (review) => approves(review, pr.headSha) && review.submittedAt > byAgent.submittedAt,
  )
  return overruled ? byPeople : [...latest.values()]
}

/** Anybody can approve what is public: only the word of those who may write there counts. */
function approves({ state, headSha, byWriter }: ReviewObservation, head: string): boolean {
  return state === 'approved' && headSha === head && byWriter !== false
}

/** What Optio posted for an agent of its own counts by Optio's record, which is among the reviews too. */
function reviewsThatCount(pr: PullRequestObservation): ReviewObservation[] {
  return pr.reviews.filter(({ isOwn }) => isOwn !== true)
}

/**
 * The change requests that stand: a reviewer's last verdict decides, whatever commit it was about. Another reviewer's
 * approval does not lift it, but a person's does what an agent asked for.
 */
export function standingChangeRequests(pr: PullRequestObservation): readonly ReviewObservation[] {
  return verdicts(pr).filter((review) => review.state === 'changes_requested')
}

/** True when somebody who may write there approved exactly the current head and has not taken it back since. */
export function isHeadApproved(pr: PullRequestObservation): boolean {
  return verdicts(pr).some((review) => approves(review, pr.headSha))
}

/** A person's word on the head stands in for that of a reviewing agent that has none. */
function isHeadApprovedByPerson(pr: PullRequestObservation): boolean {
  return isHeadApproved({ ...pr, reviews: pr.reviews.filter(({ author }) => author !== REVIEW_AUTHOR) })
}

export function reviewStatus(pr: PullRequestObservation): ReviewStatus {
  if (standingChangeRequests(pr).length > 0) return 'changes_requested'
  if (isHeadApproved(pr)) return 'approved'
  return reviewsThatCount(pr).some(({ state }) => state === 'approved') ? 'pending' : 'none'
}

/**
 * What the reviews by agents come to for the head there is now; those of other heads say nothing.
 * - `clear`: none is wanted, or the last one ended with a verdict, which the pull request shows;
 * - `due`: policy wants one of this head and there is none yet;
 * - `open`: one is unfinished;
 * - `failed`: the last one ended without a verdict (a crash is no approval), and no person approved the head;
 * - `rounds_used`: one is due, but there were as many as policy allows.
 */
export type ReviewStanding =
  | { readonly kind: 'clear' | 'due' | 'rounds_used' }
  | { readonly kind: 'open' | 'failed'; readonly review: ReviewFacts }

export function reviewStanding(
  pr: PullRequestObservation,
  reviews: readonly ReviewFacts[],
  policy: RunPolicy['review'],
): ReviewStanding {
  const ofHead = reviews.filter(({ headSha }) => headSha === pr.headSha)
  const open = ofHead.find(({ state }) => !isFinished(state))
  if (open) return { kind: 'open', review: open }
  const last = ofHead.at(-1)
  if (last) {
    const spoke = last.state === 'completed' && last.verdict !== null
    return spoke || isHeadApprovedByPerson(pr) ? { kind: 'clear' } : { kind: 'failed', review: last }
  }
  if (policy === null || policy.trigger === 'manual') return { kind: 'clear' }
  if (reviews.length < policy.maxRounds) return { kind: 'due' }
  return isHeadApprovedByPerson(pr) ? { kind: 'clear' } : { kind: 'rounds_used' }
}
