import type { CheckObservation, ChecksStatus, PullRequestObservation } from './pull-request.ts'

/** What the checks say of the head of a pull request: those that decide, and what they come to. */

/** How long a head without any check counts as not checked yet, milliseconds. */
export const DEFAULT_CHECKS_GRACE_MS = 120_000

/** Checks that spoke about the head (and base) the pull request has now; anything older is as if it had not spoken. */
export function currentChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  const speaks =
    pr.checks.headSha === pr.headSha && (pr.checks.baseSha === null || pr.checks.baseSha === pr.baseSha)
  return speaks ? pr.checks.items : []
}

/** Those of them that decide: the required ones where the forge marks any, else all. */
export function decidingChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  const current = currentChecks(pr)
  const required = current.filter((check) => check.required === true)
  return required.length > 0 ? required : current
}

/** Checks that said no to the commit: something an agent can mend. */
export function failedChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  return decidingChecks(pr).filter(
    ({ status, conclusion }) =>
      status === 'completed' && (conclusion === 'failure' || conclusion === 'timed_out'),
  )
}

/** Checks that ended without saying anything about the commit (cancelled, or they could not run): nothing an agent can mend. */
export function brokenChecks(pr: PullRequestObservation): readonly CheckObservation[] {
  return decidingChecks(pr).filter(
    ({ status, conclusion }) =>
      status === 'completed' && (conclusion === null || conclusion === 'cancelled' || conclusion === 'error'),
  )
}

/** A check that has reported counts, waited for or not: `checks.required` only says whether one is waited for that has not. */
export function checksStatus(pr: PullRequestObservation): ChecksStatus {
  if (pr.mergeable === false) return 'conflicts'
  if (failedChecks(pr).length > 0 || brokenChecks(pr).length > 0) return 'failing'
  const deciding = decidingChecks(pr)
  if (deciding.length === 0) return pr.checks.required ? 'pending' : 'none'
  const done = deciding.every((check) => check.status === 'completed')
  return done && deciding.some((check) => check.conclusion === 'success') ? 'passing' : 'pending'
}

/**
 * Until when a head without any check is to be taken for one whose checks have not begun yet; null when that is over, or does not
 * apply: checks that Optio starts by itself do not come late.
 */
export function firstCheckAwaitedUntil(
  pr: PullRequestObservation,
  { now, headSince, graceMs }: FirstCheckFacts,
): number | null {
  if (pr.checks.baseSha !== null || pr.checks.required || currentChecks(pr).length > 0) return null
  if (headSince === undefined) return null
  const until = headSince + (graceMs ?? DEFAULT_CHECKS_GRACE_MS)
  return until > now ? until : null
}

/** Times in milliseconds since the epoch. */
export interface FirstCheckFacts {
  readonly now: number
  /** When this head was first seen; left out where it does not matter. */
  readonly headSince?: number | undefined
  readonly graceMs?: number | undefined
}
