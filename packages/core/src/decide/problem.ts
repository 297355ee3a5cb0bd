import { failedChecks } from '../checks.ts'
import { isCapReached } from '../cost.ts'
import type { AttemptContext, Decision } from '../decision.ts'
import { REVIEW_AUTHOR } from '../definitions.ts'
import { askingOf } from '../merge-policy.ts'
import type { PullRequestObservation, ReviewObservation, ReviewThread } from '../pull-request.ts'
import { reviewStanding, standingChangeRequests } from '../reviews.ts'
import type { AttemptReason } from '../run-state.ts'
import type { AttentionCode, Snapshot } from '../snapshot.ts'
import { listed } from '../text.ts'
import { authorsOf, mayAsk, unansweredThreads } from '../threads.ts'
import { askPerson, budgetReached, queueAttempt } from './build.ts'

/** Something about the pull request that an agent can mend. */
interface Problem {
  readonly reason: Extract<AttemptReason, 'conflict' | 'review' | 'ci_failed'>
  readonly code: Extract<AttentionCode, 'conflict' | 'changes_requested' | 'checks_failing'>
  readonly summary: string
}

export function problemOf(s: Snapshot, pr: PullRequestObservation): Problem | null {
  if (pr.mergeable === false) {
    const files = pr.conflictFiles.length > 0 ? ` in ${listed(pr.conflictFiles)}` : ''
    return {
      reason: 'conflict',
      code: 'conflict',
      summary: `The pull request conflicts with ${pr.baseRef}${files}.`,
    }
  }
  const requests = unansweredRequests(s, pr)
  if (requests.length > 0) {
    const authors = listed(requests.map(({ author }) => author))
    return { reason: 'review', code: 'changes_requested', summary: `${authors} requested changes.` }
  }
  const threads = unansweredThreads(pr, askingOf(s))
  if (threads.length > 0) {
    const summary = `${listed(authorsOf(threads))} made remarks that nobody has answered.`
    return { reason: 'review', code: 'changes_requested', summary }
  }
  const failed = failedChecks(pr)
  if (failed.length > 0) {
    const names = listed(failed.map(({ name }) => name))
    return { reason: 'ci_failed', code: 'checks_failing', summary: `Checks failed: ${names}.` }
  }
  return null
}

/** The change requests that stand, of those who may ask: others hold the merge, and cause no work. */
function requestsToMeet(s: OpenFacts, pr: PullRequestObservation): readonly ReviewObservation[] {
  return standingChangeRequests(pr).filter((review) => mayAsk(askingOf(s), review))
}

/**
 * Change requests that no attempt was told of yet. One that was told of still blocks the merge until its author lifts it,
 * but is not worked on again: the commits since are the answer. Where it is not known what was told, a request on the
 * current head counts as news. What a reviewing agent said of an older head is not worked on while it is to say, or saying, what it
 * thinks of this one.
 */
function unansweredRequests(s: Snapshot, pr: PullRequestObservation): readonly ReviewObservation[] {
  const until = s.run.reviewsToldUntil
  const { kind } = reviewStanding(pr, s.reviews, s.policy.review)
  const isReadAnew = kind === 'due' || kind === 'open'
  return requestsToMeet(s, pr).filter(({ author, submittedAt, headSha }) => {
    if (isReadAnew && author === REVIEW_AUTHOR && headSha !== pr.headSha) return false
    return until === undefined ? headSha === pr.headSha : until === null || submittedAt > until
  })
}

type OpenFacts = { readonly run: Pick<Snapshot['run'], 'publishedSha' | 'threadsTold'> } & Pick<
  Snapshot,
  'policy'
>

/** An agent that is sent back is told everything that is wrong, not only what it is sent back for. */
function contextOf(s: OpenFacts, pr: PullRequestObservation): AttemptContext {
  return contextWith(s, pr, unansweredThreads(pr, askingOf(s)))
}

/**
 * What stands open on a pull request, for an agent a person resumes: also the remarks that an attempt was told of, as long as they have
 * the last word. Empty for one that has ended.
 */
export function openMatters(s: OpenFacts, pr: PullRequestObservation): AttemptContext {
  if (pr.state !== 'open') return {}
  const standing = unansweredThreads(pr, { ...askingOf(s), told: [] })
  return contextWith(
    s,
    pr,
    standing.filter(({ comments }) => comments.at(-1)?.isOwn === false),
  )
}

function contextWith(
  s: OpenFacts,
  pr: PullRequestObservation,
  threads: readonly ReviewThread[],
): AttemptContext {
  const failed = failedChecks(pr)
  const reviews = requestsToMeet(s, pr)
  return {
    baseRef: pr.baseRef,
    ...(isMovedByOthers(s, pr) ? { othersHead: pr.headSha } : {}),
    ...(pr.mergeable === false ? { conflictFiles: pr.conflictFiles } : {}),
    ...(reviews.length > 0 ? { reviews } : {}),
    ...(threads.length > 0 ? { threads } : {}),
    ...(failed.length > 0 ? { failedChecks: failed } : {}),
  }
}

/** Somebody has pushed to the branch since Optio did; what is there is the agent's to build on. */
function isMovedByOthers({ run }: OpenFacts, pr: PullRequestObservation): boolean {
  return run.publishedSha !== null && pr.headSha !== run.publishedSha
}

/** What stands against sending the agent back by itself; null when nothing does. */
function judgeLimits(s: Snapshot, problem: Problem): Decision | null {
  if (!s.policy.autoResume) {
    return askPerson(s, problem.code, `${problem.summary} autoResume is off.`)
  }
  if (s.run.autoResumeCount >= s.policy.maxAutoResumes) {
    const message = `${problem.summary} The agent was sent back ${s.run.autoResumeCount} times already.`
    return askPerson(s, problem.code, message)
  }
  return isCapReached(s.spent, s.run.budgetUsd) ? budgetReached(s) : null
}

/** Sends the agent back, as long as policy and budget let it. */
export function judgeProblem(s: Snapshot, pr: PullRequestObservation, problem: Problem): Decision {
  const limit = judgeLimits(s, problem)
  if (limit) return limit
  return queueAttempt(problem.reason, `${problem.summary} The agent is sent back.`, {
    reason: problem.reason,
    purpose: null,
    counts: 'auto_resume',
    notBefore: null,
    context: contextOf(s, pr),
  })
}
