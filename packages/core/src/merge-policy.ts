import {
  brokenChecks,
  checksStatus,
  currentChecks,
  type FirstCheckFacts,
  failedChecks,
  firstCheckAwaitedUntil,
} from './checks.ts'
import { REVIEW_AUTHOR } from './definitions.ts'
import type { PullRequestObservation } from './pull-request.ts'
import { isHeadApproved, reviewStanding, standingChangeRequests } from './reviews.ts'
import { isFinished } from './run-state.ts'
import type { ReviewFacts, RunPolicy, Snapshot, SubtaskFacts } from './snapshot.ts'
import { listed, oneLine } from './text.ts'
import { type Asking, authorsOf, unansweredThreads } from './threads.ts'

/**
 * Merge policy: may exactly this head be merged onto exactly this base, now? Invariant 4 of the design lives here:
 * "no checks yet" is not "checks passed", an approval counts for the head it was given on, a standing change request blocks.
 */

export type MergeObstacleCode =
  | 'not_open'
  | 'draft'
  | 'conflict'
  | 'mergeability_unknown'
  | 'checks_pending'
  | 'checks_failing'
  | 'changes_requested'
  | 'approval_missing'
  | 'threads_open'
  | 'review_required'
  | 'blocked'
  | 'review_pending'
  | 'review_failed'
  | 'subtasks_open'
  | 'subtask_failed'

export interface MergeObstacle {
  readonly code: MergeObstacleCode
  readonly message: string
}

/** The commit pair a merge is pinned to; empty `obstacles` means that policy allows merging exactly this pair. */
export interface MergeVerdict {
  readonly headSha: string
  readonly baseSha: string
  readonly obstacles: readonly MergeObstacle[]
}

/** What has a say in a merge besides the pull request: the run's own parts, and whether policy wants a review by an agent. */
export interface MergeFacts {
  readonly subtasks: readonly SubtaskFacts[]
  readonly reviews: readonly ReviewFacts[]
  readonly review: RunPolicy['review']
  /** Left out where a check that has not begun need not be waited for. */
  readonly firstCheck?: FirstCheckFacts
  /** Left out where remarks do not matter. */
  readonly asking?: Asking
}

const NOTHING_ELSE: MergeFacts = { subtasks: [], reviews: [], review: null }

export function mergeFactsOf(
  s: Pick<Snapshot, 'subtasks' | 'reviews' | 'policy' | 'now'> & {
    readonly run: Pick<Snapshot['run'], 'threadsTold'>
    readonly headSince?: number | undefined
  },
): MergeFacts {
  return {
    subtasks: s.subtasks,
    reviews: s.reviews,
    review: s.policy.review,
    firstCheck: { now: s.now, headSince: s.headSince, graceMs: s.policy.checksGraceMs },
    asking: askingOf(s),
  }
}

/** Who may ask for something at a pull request, and what was dealt with already. */
export function askingOf(s: {
  readonly policy: Pick<RunPolicy, 'requestsFrom'>
  readonly run: Pick<Snapshot['run'], 'threadsTold'>
}): Asking {
  return { requestsFrom: s.policy.requestsFrom ?? 'anyone', told: s.run.threadsTold ?? [] }
}

/** Subtasks that hold their parent's merge and completion until they are finished. */
export function openSubtasks(subtasks: readonly SubtaskFacts[]): readonly SubtaskFacts[] {
  return subtasks.filter(({ blocksParent, state }) => blocksParent && !isFinished(state))
}

/** Subtasks that were to be done before their parent is merged, and came to nothing. */
export function failedSubtasks(subtasks: readonly SubtaskFacts[]): readonly SubtaskFacts[] {
  return subtasks.filter(
    ({ blocksParent, state }) => blocksParent && (state === 'failed' || state === 'cancelled'),
  )
}

/** “First” (running), “Second” (queued): subtasks or dependencies, for a sentence. */
export function namesOf(runs: readonly { readonly title: string; readonly state: string }[]): string {
  return listed(runs.map(({ title, state }) => `“${oneLine(title, 80)}” (${state})`))
}

/** `facts` is left out only where there is no run whose parts could stand in the way. */
export function judgeMerge(pr: PullRequestObservation, facts: MergeFacts = NOTHING_ELSE): MergeVerdict {
  const obstacles: MergeObstacle[] = []
  const add = (code: MergeObstacleCode, message: string) => obstacles.push({ code, message })

  if (pr.state !== 'open') add('not_open', `The pull request is ${pr.state}.`)
  if (pr.draft) add('draft', 'The pull request is a draft; mark it ready to let it merge.')
  if (pr.mergeable === false) {
    const files = pr.conflictFiles.length > 0 ? ` in ${listed(pr.conflictFiles)}` : ''
    add('conflict', `It conflicts with ${pr.baseRef}${files}.`)
  }
  if (pr.mergeable === null)
    add('mergeability_unknown', 'The forge does not know yet whether it can be merged.')

  const spoke = pr.checks.required || currentChecks(pr).length > 0
  const checks = checksStatus(pr)
  if (checks === 'failing') {
    const names = [...failedChecks(pr), ...brokenChecks(pr)].map((check) => check.name)
    add('checks_failing', `Checks failed: ${listed(names)}.`)
  }
  const mayStillBegin =
    facts.firstCheck !== undefined && firstCheckAwaitedUntil(pr, facts.firstCheck) !== null
  if (checks === 'pending' || (checks === 'conflicts' && spoke)) {
    add('checks_pending', `The checks have not all passed on commit ${short(pr.headSha)} yet.`)
  } else if (mayStillBegin) {
    add('checks_pending', `No check has begun on commit ${short(pr.headSha)} yet; some may.`)
  }
  for (const review of standingChangeRequests(pr)) {
    add(
      'changes_requested',
      review.author === REVIEW_AUTHOR
        ? 'A review by an agent requested changes; one of this commit that does not, or an approval of it by a person, lifts it.'
        : `${listed([review.author])} requested changes; an approval by the same person lifts it.`,
    )
  }
  const threads = facts.asking === undefined ? [] : unansweredThreads(pr, facts.asking)
  if (threads.length > 0) {
    add('threads_open', `Remarks by ${listed(authorsOf(threads))} are not answered yet.`)
  }
  if (!spoke && !isHeadApproved(pr)) {
    add('approval_missing', `There is no check to rely on, so commit ${short(pr.headSha)} needs an approval.`)
  }
  if (pr.mergeBlocked) {
    add(
      pr.mergeBlocked.code === 'review_required' ? 'review_required' : 'blocked',
      oneLine(pr.mergeBlocked.message, 500) || 'The forge does not let it be merged now.',
    )
  }
  obstacles.push(...reviewObstacles(pr, facts), ...subtaskObstacles(facts))
  return { headSha: pr.headSha, baseSha: pr.baseSha, obstacles }
}

function reviewObstacles(pr: PullRequestObservation, facts: MergeFacts): readonly MergeObstacle[] {
  const head = short(pr.headSha)
  switch (reviewStanding(pr, facts.reviews, facts.review).kind) {
    case 'clear':
      return []
    case 'due':
      return [{ code: 'review_pending', message: `An agent is to review commit ${head} first.` }]
    case 'open':
      return [{ code: 'review_pending', message: `The review of commit ${head} by an agent is unfinished.` }]
    case 'failed':
      return [
        {
          code: 'review_failed',
          message: `The review of commit ${head} by an agent ended without a verdict.`,
        },
      ]
    case 'rounds_used':
      return [
        {
          code: 'review_failed',
          message: `There were as many reviews by agents as are allowed, and none of commit ${head}.`,
        },
      ]
  }
}

function subtaskObstacles({ subtasks }: MergeFacts): readonly MergeObstacle[] {
  const open = openSubtasks(subtasks)
  const failed = failedSubtasks(subtasks)
  return [
    ...(open.length > 0
      ? [{ code: 'subtasks_open' as const, message: `Subtasks are unfinished: ${namesOf(open)}.` }]
      : []),
    ...(failed.length > 0
      ? [{ code: 'subtask_failed' as const, message: `Subtasks were not completed: ${namesOf(failed)}.` }]
      : []),
  ]
}

/**
 * Why a merge that was decided earlier must not be carried out any more, or null. Between the decision and a try (or the
 * tenth try, when the forge was down) somebody may have pushed, requested changes, added a subtask or turned `autoMerge` off:
 * whoever carries the merge out asks this about a fresh observation and fresh facts first.
 */
export function mergeRefusal(
  pr: PullRequestObservation,
  policy: Pick<RunPolicy, 'autoMerge' | 'cautiousMode'>,
  pair: { readonly headSha: string; readonly baseSha: string },
  facts: MergeFacts = NOTHING_ELSE,
): { readonly code: string; readonly message: string } | null {
  if (!policy.autoMerge || policy.cautiousMode) {
    return { code: 'policy', message: 'Merging by itself was turned off meanwhile.' }
  }
  if (pr.headSha !== pair.headSha) {
    return { code: 'head_moved', message: `The pull request is at ${short(pr.headSha)} now.` }
  }
  // Where checks speak about the head alone, another base changes nothing of what they said.
  if (pr.checks.baseSha !== null && pr.baseSha !== pair.baseSha) {
    return { code: 'base_moved', message: `${pr.baseRef} is at ${short(pr.baseSha)} now.` }
  }
  const [first] = judgeMerge(pr, facts).obstacles
  return first ?? null
}

/**
 * Obstacles that remain when a person merges by hand: `force` passes failing checks and unfinished subtasks, never a moved head
 * or a conflict.
 */
export function obstaclesForPerson(
  verdict: MergeVerdict,
  options: { force: boolean },
): readonly MergeObstacle[] {
  return verdict.obstacles.filter(({ code }) => {
    if (HARD.includes(code)) return true
    return !options.force && !PASSED_BY_PERSON.includes(code)
  })
}

const HARD: readonly MergeObstacleCode[] = [
  'not_open',
  'conflict',
  'mergeability_unknown',
  'review_required',
  'blocked',
]

/** A person who merges by hand is the approval and the review, and may merge a draft. */
const PASSED_BY_PERSON: readonly MergeObstacleCode[] = [
  'approval_missing',
  'threads_open',
  'draft',
  'review_pending',
  'review_failed',
]

function short(sha: string): string {
  return sha.slice(0, 10)
}
