import type {
  CheckObservation,
  ChecksStatus,
  PullRequestObservation,
  ReviewObservation,
  ReviewStatus,
} from './pull-request.ts'

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

const GOOD: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped'])

/** Checks that spoke about the head (and base) the pull request has now; anything older is as if it had not spoken. */
export function currentChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  const speaks =
    pr.checks.headSha === pr.headSha && (pr.checks.baseSha === null || pr.checks.baseSha === pr.baseSha)
  return speaks ? pr.checks.items : []
}

export function failedChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  return currentChecks(pr).filter(
    (check) => check.status === 'completed' && !GOOD.has(check.conclusion ?? ''),
  )
}

export function checksStatus(pr: PullRequestObservation): ChecksStatus {
  if (pr.mergeable === false) return 'conflicts'
  if (!pr.checks.required) return 'none'
  if (failedChecks(pr).length > 0) return 'failing'
  const items = currentChecks(pr)
  const done = items.length > 0 && items.every((check) => check.status === 'completed')
  return done && items.some((check) => check.conclusion === 'success') ? 'passing' : 'pending'
}

/**
 * The change requests that stand: for each reviewer the last review that was an approval, a change request or a dismissal
 * decides, whatever commit it was about. Another reviewer's approval does not lift it.
 */
export function standingChangeRequests(pr: PullRequestObservation): readonly ReviewObservation[] {
  const latest = new Map<string, ReviewObservation>()
  const inOrder = [...pr.reviews].sort((a, b) => a.submittedAt - b.submittedAt)
  for (const review of inOrder) if (review.state !== 'commented') latest.set(review.author, review)
  return [...latest.values()].filter((review) => review.state === 'changes_requested')
}

/** True when somebody approved exactly the current head and has not taken it back since. */
export function isHeadApproved(pr: PullRequestObservation): boolean {
  const latest = new Map<string, ReviewObservation>()
  const inOrder = [...pr.reviews].sort((a, b) => a.submittedAt - b.submittedAt)
  for (const review of inOrder) if (review.state !== 'commented') latest.set(review.author, review)
  return [...latest.values()].some((review) => review.state === 'approved' && review.headSha === pr.headSha)
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
    const files = pr.conflictFiles.length > 0 ? ` in ${pr.conflictFiles.join(', ')}` : ''
    add('conflict', `It conflicts with ${pr.baseRef}${files}.`)
  }
  if (pr.mergeable === null)
    add('mergeability_unknown', 'The forge does not know yet whether it can be merged.')

  const checks = checksStatus(pr)
  if (checks === 'failing') {
    const names = failedChecks(pr).map((check) => check.name)
    add('checks_failing', `Checks failed: ${names.join(', ')}.`)
  }
  if (checks === 'pending' || (checks === 'conflicts' && pr.checks.required)) {
    add('checks_pending', `The checks have not all passed on commit ${short(pr.headSha)} yet.`)
  }
  for (const review of standingChangeRequests(pr)) {
    add('changes_requested', `${review.author} requested changes; an approval by the same person lifts it.`)
  }
  if (!pr.checks.required && !isHeadApproved(pr)) {
    add('approval_missing', `There is no check to rely on, so commit ${short(pr.headSha)} needs an approval.`)
  }
  if (pr.mergeBlocked) add('blocked', pr.mergeBlocked.message)
  return { headSha: pr.headSha, baseSha: pr.baseSha, obstacles }
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
