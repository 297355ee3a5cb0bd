import type {
  CheckObservation,
  ChecksStatus,
  PullRequestObservation,
  ReviewObservation,
  ReviewStatus,
} from './pull-request.ts'
import type { RunPolicy } from './snapshot.ts'
import { listed, oneLine } from './text.ts'

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
  | 'blocked'

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

/** Checks that spoke about the head (and base) the pull request has now; anything older is as if it had not spoken. */
export function currentChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  const speaks =
    pr.checks.headSha === pr.headSha && (pr.checks.baseSha === null || pr.checks.baseSha === pr.baseSha)
  return speaks ? pr.checks.items : []
}

/** Checks that said no to the commit: something an agent can mend. */
export function failedChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  return currentChecks(pr).filter(
    ({ status, conclusion }) =>
      status === 'completed' && (conclusion === 'failure' || conclusion === 'timed_out'),
  )
}

/** Checks that ended without saying anything about the commit (cancelled, or they could not run): nothing an agent can mend. */
export function brokenChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  return currentChecks(pr).filter(
    ({ status, conclusion }) =>
      status === 'completed' && (conclusion === null || conclusion === 'cancelled' || conclusion === 'error'),
  )
}

/** A check that has reported counts, required or not: `required` only says whether one is waited for that has not. */
export function checksStatus(pr: PullRequestObservation): ChecksStatus {
  if (pr.mergeable === false) return 'conflicts'
  if (failedChecks(pr).length > 0 || brokenChecks(pr).length > 0) return 'failing'
  const items = currentChecks(pr)
  if (items.length === 0) return pr.checks.required ? 'pending' : 'none'
  const done = items.every((check) => check.status === 'completed')
  return done && items.some((check) => check.conclusion === 'success') ? 'passing' : 'pending'
}

/** For each reviewer the last review that was an approval, a change request or a dismissal. */
function verdicts(pr: PullRequestObservation): readonly ReviewObservation[] {
  const latest = new Map<string, ReviewObservation>()
  const inOrder = [...pr.reviews].sort((a, b) => a.submittedAt - b.submittedAt)
  for (const review of inOrder) if (review.state !== 'commented') latest.set(review.author, review)
  return [...latest.values()]
}

/**
 * The change requests that stand: a reviewer's last verdict decides, whatever commit it was about. Another reviewer's
 * approval does not lift it.
 */
export function standingChangeRequests(pr: PullRequestObservation): readonly ReviewObservation[] {
  return verdicts(pr).filter((review) => review.state === 'changes_requested')
}

/** True when somebody approved exactly the current head and has not taken it back since. */
export function isHeadApproved(pr: PullRequestObservation): boolean {
  return verdicts(pr).some((review) => review.state === 'approved' && review.headSha === pr.headSha)
}

export function reviewStatus(pr: PullRequestObservation): ReviewStatus {
  if (standingChangeRequests(pr).length > 0) return 'changes_requested'
  if (isHeadApproved(pr)) return 'approved'
  return pr.reviews.some((review) => review.state === 'approved') ? 'pending' : 'none'
}

export function judgeMerge(pr: PullRequestObservation): MergeVerdict {
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
  if (checks === 'pending' || (checks === 'conflicts' && spoke)) {
    add('checks_pending', `The checks have not all passed on commit ${short(pr.headSha)} yet.`)
  }
  for (const review of standingChangeRequests(pr)) {
    add(
      'changes_requested',
      `${listed([review.author])} requested changes; an approval by the same person lifts it.`,
    )
  }
  if (!spoke && !isHeadApproved(pr)) {
    add('approval_missing', `There is no check to rely on, so commit ${short(pr.headSha)} needs an approval.`)
  }
  if (pr.mergeBlocked) {
    add('blocked', oneLine(pr.mergeBlocked.message, 500) || 'The forge does not let it be merged now.')
  }
  return { headSha: pr.headSha, baseSha: pr.baseSha, obstacles }
}

/**
 * Why a merge that was decided earlier must not be carried out any more, or null. Between the decision and a try (or the
 * tenth try, when the forge was down) somebody may have pushed, requested changes or turned `autoMerge` off: whoever
 * carries the merge out asks this about a fresh observation first.
 */
export function mergeRefusal(
  pr: PullRequestObservation,
  policy: Pick<RunPolicy, 'autoMerge' | 'cautiousMode'>,
  pair: { readonly headSha: string; readonly baseSha: string },
): { readonly code: string; readonly message: string } | null {
  if (!policy.autoMerge || policy.cautiousMode) {
    return { code: 'policy', message: 'Merging by itself was turned off meanwhile.' }
  }
  if (pr.headSha !== pair.headSha) {
    return { code: 'head_moved', message: `The pull request is at ${short(pr.headSha)} now.` }
  }
  if (pr.baseSha !== pair.baseSha) {
    return { code: 'base_moved', message: `${pr.baseRef} is at ${short(pr.baseSha)} now.` }
  }
  const [first] = judgeMerge(pr).obstacles
  return first ?? null
}

/** Obstacles that remain when a person merges by hand: `force` passes failing checks, never a moved head or a conflict. */
export function obstaclesForPerson(
  verdict: MergeVerdict,
  options: { force: boolean },
): readonly MergeObstacle[] {
  const hard: readonly MergeObstacleCode[] = ['not_open', 'conflict', 'mergeability_unknown', 'blocked']
  return verdict.obstacles.filter(({ code }) => {
    if (hard.includes(code)) return true
    if (options.force) return false
    // A person who merges by hand is the approval, and may merge a draft.
    return code !== 'approval_missing' && code !== 'draft'
  })
}

function short(sha: string): string {
  return sha.slice(0, 10)
}
