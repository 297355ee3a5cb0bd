import { isCapReached } from '../cost.ts'
import type { AttemptContext, Decision } from '../decision.ts'
import {
  checksStatus,
  currentChecks,
  failedChecks,
  judgeMerge,
  standingChangeRequests,
} from '../merge-policy.ts'
import type { PullRequestObservation } from '../pull-request.ts'
import type { AttemptReason } from '../run-state.ts'
import type { AttentionCode, Snapshot } from '../snapshot.ts'
import { awaitEffect, needsAttention, PERSON_CAN, queueAttempt, transition, wait } from './build.ts'
import { budgetReached } from './queued.ts'

/** A forge that tells nothing by itself is asked again after this long. */
const LOOK_AGAIN_MS = 5_000

/** After a refusal for a reason that lies outside the pull request, the merge is tried again after this long. */
const MERGE_RETRY_MS = 15_000

/** Something about the pull request that an agent can mend. */
interface Problem {
  readonly reason: Extract<AttemptReason, 'conflict' | 'review' | 'ci_failed'>
  readonly code: Extract<AttentionCode, 'conflict' | 'changes_requested' | 'checks_failing'>
  readonly summary: string
  readonly context: AttemptContext
}

function problemOf(pr: PullRequestObservation): Problem | null {
  // A change request on an older head was answered by the commits since; it blocks the merge, but is not worked on again.
  const requests = standingChangeRequests(pr).filter((review) => review.headSha === pr.headSha)
  const failed = failedChecks(pr)
  if (pr.mergeable === false) {
    return {
      reason: 'conflict',
      code: 'conflict',
      summary: `The pull request conflicts with ${pr.baseRef}.`,
      context: { conflictFiles: pr.conflictFiles, baseRef: pr.baseRef },
    }
  }
  if (requests.length > 0) {
    const authors = requests.map(({ author }) => author).join(', ')
    return {
      reason: 'review',
      code: 'changes_requested',
      summary: `${authors} requested changes.`,
      context: { reviews: requests, ...(failed.length > 0 ? { failedChecks: failed } : {}) },
    }
  }
  if (checksStatus(pr) === 'failing') {
    return {
      reason: 'ci_failed',
      code: 'checks_failing',
      summary: `Checks failed: ${failed.map(({ name }) => name).join(', ')}.`,
      context: { failedChecks: failed },
    }
  }
  return null
}

/** pr_opened: mend what is wrong, wait for what is open, merge what is proven. */
export function judgeOpenPullRequest(s: Snapshot): Decision {
  if (s.pullRequest.kind === 'none') {
    return wait('forge', 'not_observed', 'The pull request was not looked at yet.', [], s.now + LOOK_AGAIN_MS)
  }
  if (s.pullRequest.kind === 'unknown') {
    const { message, retryAt } = s.pullRequest
    return wait('forge', 'forge_silent', `The forge gives no answer: ${message}.`, [], retryAt)
  }
  const pr = s.pullRequest.observation
  const problem = problemOf(pr)
  if (problem) return judgeProblem(s, pr, problem)
  return judgeChecks(s, pr) ?? judgeMergeNow(s, pr)
}

function judgeProblem(s: Snapshot, pr: PullRequestObservation, problem: Problem): Decision {
  const lookAgain = 'Push a commit that mends it to the pull request’s branch.'
  if (!s.policy.autoResume) {
    return needsAttention(problem.code, `${problem.summary} autoResume is off.`, [lookAgain, PERSON_CAN])
  }
  if (s.run.autoResumeCount >= s.policy.maxAutoResumes) {
    const message = `${problem.summary} The agent was sent back ${s.run.autoResumeCount} times already.`
    return needsAttention(problem.code, message, [lookAgain, PERSON_CAN])
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(problem.reason, `${problem.summary} The agent is sent back.`, {
    reason: problem.reason,
    purpose: null,
    counts: 'auto_resume',
    notBefore: null,
    context: { ...problem.context, baseRef: pr.baseRef },
  })
}

function judgeChecks(s: Snapshot, pr: PullRequestObservation): Decision | null {
  if (checksStatus(pr) !== 'pending') return null
  const running = currentChecks(pr)
  if (running.length > 0) {
    return wait(
      'check',
      'checks_running',
      `Checks are under way: ${running.map(({ name, status }) => `${name} (${status})`).join(', ')}.`,
      ['The checks end.'],
      s.now + LOOK_AGAIN_MS,
    )
  }
  // Only a forge that Optio itself runs the checks for has a base that checks are pinned to.
  if (pr.checks.baseSha === null || pr.mergeable === null) {
    return wait(
      'check',
      'checks_pending',
      'No check has reported on this commit yet.',
      ['The checks report.'],
      s.now + LOOK_AGAIN_MS,
    )
  }
  // Numbered, because checks that were stopped (a cancel, then a retry) are started again on the same commits.
  const prefix = `checks:${s.run.id}:${pr.headSha}:${pr.baseSha}`
  const before = s.effects.filter(({ kind, key }) => kind === 'run_checks' && key.startsWith(`${prefix}:`))
  const open = before.find(({ state }) => state !== 'done')
  const key = open?.key ?? `${prefix}:${before.length + 1}`
  return (
    awaitEffect(s, key, 'Starting the checks') ?? {
      action: {
        type: 'effect',
        effect: { kind: 'run_checks', key, headSha: pr.headSha, baseSha: pr.baseSha },
      },
      reason: 'run_checks',
      explain: { summary: 'The checks of this commit are started.', wouldChange: [] },
      wakeAt: null,
    }
  )
}

function judgeMergeNow(s: Snapshot, pr: PullRequestObservation): Decision {
  const { obstacles, headSha, baseSha } = judgeMerge(pr)
  if (obstacles.length > 0) {
    const person = obstacles.some(({ code }) =>
      ['approval_missing', 'changes_requested', 'draft', 'blocked'].includes(code),
    )
    return wait(
      person ? 'person' : 'forge',
      obstacles[0]?.code ?? 'blocked',
      obstacles.map(({ message }) => message).join(' '),
      ['Each of these is resolved.', 'A person merges or closes the pull request.'],
      s.now + LOOK_AGAIN_MS,
    )
  }
  if (!s.policy.autoMerge || s.policy.cautiousMode) {
    const why = s.policy.cautiousMode ? 'cautiousMode is on' : 'autoMerge is off'
    return wait(
      'person',
      'merge_by_person',
      `Everything is in order, but ${why}: a person merges.`,
      ['Merge the pull request.', 'Turn autoMerge on in the repository’s settings.'],
      s.now + LOOK_AGAIN_MS,
    )
  }
  return mergeOnce(s, headSha, baseSha)
}

/** One effect for each pair of commits; a refusal that lies outside the pair is tried again under the next key. */
function mergeOnce(s: Snapshot, headSha: string, baseSha: string): Decision {
  const prefix = `merge:${s.run.id}:${headSha}:${baseSha}`
  const tries = s.effects.filter(({ kind, key }) => kind === 'merge' && key.startsWith(`${prefix}:`))
  const refusal = tries
    .map((effect) => effect.refusal)
    .filter((found) => found !== null)
    .at(-1)
  const retryAt = (refusal?.at ?? 0) + MERGE_RETRY_MS
  const open = tries.find(({ state }) => state !== 'done')
  if (open) return awaitEffect(s, open.key, 'Merging') as Decision
  if (tries.length > 0 && !refusal) {
    // Merged as far as Optio knows; the forge will say so when it is asked again.
    return wait(
      'forge',
      'merge_done',
      'The merge was carried out; the forge is asked to confirm it.',
      [],
      s.now + 1000,
    )
  }
  if (refusal && retryAt > s.now) {
    return wait(
      'forge',
      'merge_refused',
      `The merge was refused: ${refusal.message}`,
      ['The cause is mended.'],
      retryAt,
    )
  }
  const key = `${prefix}:${tries.length + 1}`
  return {
    action: {
      type: 'effect',
      effect: { kind: 'merge', key, headSha, baseSha, method: s.policy.mergeMethod },
    },
    reason: 'merge',
    explain: { summary: `Commit ${headSha.slice(0, 10)} is merged.`, wouldChange: [] },
    wakeAt: null,
  }
}

/** Reasons for attention that lie in the pull request and can vanish there, by a push or a review, without Optio. */
const MENDED_ON_FORGE: readonly AttentionCode[] = [
  'checks_failing',
  'changes_requested',
  'conflict',
  'no_progress',
]

/** needs_attention: a person's turn, unless the pull request has become good meanwhile. */
export function judgeNeedsAttention(s: Snapshot): Decision {
  const { attention } = s.run
  if (s.pullRequest.kind === 'unknown') {
    const { message, retryAt } = s.pullRequest
    return wait(
      'person',
      attention ?? 'person',
      `Waits for a person. The forge gives no answer: ${message}.`,
      [PERSON_CAN],
      retryAt,
    )
  }
  if (s.pullRequest.kind === 'known' && attention !== null && MENDED_ON_FORGE.includes(attention)) {
    const pr = s.pullRequest.observation
    if (problemOf(pr) === null) {
      return transition(
        'pr_opened',
        'mended',
        `What needed attention on pull request #${pr.number} is mended.`,
      )
    }
  }
  const lookAgain = s.pullRequest.kind === 'known' ? s.now + LOOK_AGAIN_MS : null
  return wait('person', attention ?? 'person', 'Waits for a person.', [PERSON_CAN], lookAgain)
}
