import { brokenChecks, checksStatus, decidingChecks, firstCheckAwaitedUntil } from '../checks.ts'
import type { Decision } from '../decision.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import type { Snapshot } from '../snapshot.ts'
import { listed } from '../text.ts'
import {
  askPerson,
  attemptNumber,
  awaitEffect,
  headSinceOf,
  LOOK_SOON_MS,
  lookLater,
  lookSoon,
  requestEffect,
  wait,
} from './build.ts'
import { pausedSince, UNPAUSE } from './paused.ts'

/** Times the checks of one pair of commits are started between two attempts, before a person is asked. */
const MOST_STARTS = 3

/** Starts the checks that are Optio's to run and waits for all of them; null when they have said what they say. */
export function judgeChecks(s: Snapshot, pr: PullRequestObservation): Decision | null {
  const reported = decidingChecks(pr)
  const open = reported.filter(({ status }) => status !== 'completed')
  if (open.length > 0) {
    const { paused } = s.capacity
    const halted = paused && isOurs(pr) && open.every(({ status }) => status === 'queued')
    const names = listed(open.map(({ name, status }) => `${name} (${status})`))
    return wait(
      'check',
      halted ? 'paused' : 'checks_running',
      halted ? `${pausedSince(paused)} No check starts: ${names}.` : `Checks are under way: ${names}.`,
      halted ? [UNPAUSE] : ['The checks end.'],
      lookSoon(s),
    )
  }
  const broken = brokenChecks(pr)
  if (broken.length > 0) {
    const names = listed(broken.map(({ name, conclusion }) => `${name} (${conclusion ?? 'no result'})`))
    return startChecks(s, pr) ?? askPerson(s, 'checks_failing', `Checks did not run to their end: ${names}.`)
  }
  if (checksStatus(pr) !== 'pending') return judgeFirstCheck(s, pr)
  if (reported.length > 0) {
    return wait(
      'person',
      'checks_inconclusive',
      `No check said that this commit is good: ${listed(reported.map(({ name, conclusion }) => `${name} (${conclusion})`))}.`,
      ['A check of this commit succeeds.', 'A person merges or closes the pull request.'],
      lookLater(s),
    )
  }
  if (!isOurs(pr) || pr.mergeable === null) {
    return wait(
      'check',
      'checks_pending',
      'No check has reported on this commit yet.',
      ['The checks report.', 'A person merges or closes the pull request.'],
      lookSoon(s),
    )
  }
  return (
    startChecks(s, pr) ??
    askPerson(s, 'effect_failed', 'The checks were started again and again, and none has reported.')
  )
}

/** Right after a push there is no check yet where one is about to begin: that is waited for a while; then there is none. */
function judgeFirstCheck(s: Snapshot, pr: PullRequestObservation): Decision | null {
  const until = firstCheckAwaitedUntil(pr, {
    now: s.now,
    headSince: headSinceOf(s),
    graceMs: s.policy.checksGraceMs,
  })
  if (until === null) return null
  const seconds = Math.ceil((until - s.now) / 1000)
  return wait(
    'check',
    'checks_pending',
    `No check has begun on this commit yet. If none does within ${seconds} s, it counts as one without checks.`,
    ['A check begins.', 'That time passes.'],
    until,
  )
}

/** Only a forge that Optio itself runs the checks for has a base that checks are pinned to. */
function isOurs(pr: PullRequestObservation): boolean {
  return pr.checks.baseSha !== null
}

/**
 * Starts the checks of this pair of commits, or waits for them to start. Numbered, because checks that were stopped or lost
 * are started again on the same commits. Null when they are not Optio's to start, or were started often enough.
 */
function startChecks(s: Snapshot, pr: PullRequestObservation): Decision | null {
  if (!isOurs(pr)) return null
  const prefix = `checks:${s.run.id}:${pr.headSha}:${pr.baseSha}:${attemptNumber(s)}:`
  const starts = s.effects.filter(({ kind, key }) => kind === 'run_checks' && key.startsWith(prefix))
  const open = starts.find(({ state }) => state !== 'done')
  if (open) return awaitEffect(s, open, 'Starting the checks')
  if (starts.length > 0 && s.liveChecks.count > 0) {
    const { paused } = s.capacity
    return wait(
      'check',
      paused ? 'paused' : 'checks_starting',
      paused ? `${pausedSince(paused)} No check starts.` : 'The checks are about to start.',
      paused ? [UNPAUSE] : ['The checks report.'],
      s.now + LOOK_SOON_MS,
    )
  }
  if (starts.length >= MOST_STARTS) return null
  return requestEffect(
    {
      kind: 'run_checks',
      key: `${prefix}${starts.length + 1}`,
      headSha: pr.headSha,
      baseSha: pr.baseSha,
    },
    'The checks of this commit are started.',
  )
}
