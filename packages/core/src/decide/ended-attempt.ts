import { isCapReached } from '../cost.ts'
import type { Decision, EffectRequest } from '../decision.ts'
import type { AttemptFacts, AttemptOutcome, Snapshot } from '../snapshot.ts'
import { awaitEffect, needsAttention, PERSON_CAN, queueAttempt, transition, wait } from './build.ts'
import { budgetReached } from './queued.ts'

/** Attempts in a row that may be lost to faults of the machine before a person is asked. */
export const MAX_LOST_IN_A_ROW = 3

/** Longest pause before a retry. */
const MAX_BACKOFF_MS = 10 * 60_000

/** provisioning and running when the attempt has ended: what came of it? */
export function judgeEndedAttempt(s: Snapshot): Decision {
  const { attempt } = s
  if (attempt === null) {
    // The claim makes the attempt in the same transaction as the state, so this is a repair, not a path.
    return restart(s, 'no_attempt', 'There is no attempt; one is made.')
  }
  switch (attempt.state) {
    case 'lost':
      return judgeLost(s)
    case 'stopped':
      return judgeStopped(s, attempt)
    case 'failed':
      return judgeFailed(s, attempt)
    default:
      return judgeSucceeded(s, attempt)
  }
}

function restart(s: Snapshot, reason: string, summary: string): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(reason, summary, {
    reason: 'restart',
    purpose: null,
    counts: null,
    notBefore: null,
    context: {},
  })
}

function judgeLost(s: Snapshot): Decision {
  if (s.lostInARow > MAX_LOST_IN_A_ROW) {
    return needsAttention(
      'machine_faults',
      `The machine lost the agent ${s.lostInARow} times in a row; its work is kept.`,
      ['Find out what ends the agent (memory, reboots), then resume the task.', PERSON_CAN],
    )
  }
  return restart(s, 'attempt_lost', 'The machine lost the agent; it goes on in the same environment.')
}

function judgeStopped(s: Snapshot, attempt: AttemptFacts): Decision {
  switch (attempt.stopReason) {
    case 'budget':
      return budgetReached(s)
    case 'deadline':
      return needsAttention(
        'deadline_reached',
        'The agent reached its time limit and was stopped; its work is kept.',
        ['Raise the repository’s maxAttemptMs and resume it.', PERSON_CAN],
      )
    case 'output_limit':
      return needsAttention(
        'output_limit_reached',
        'The agent wrote more output than is allowed and was stopped.',
        [PERSON_CAN],
      )
    case 'orphaned':
      return restart(s, 'attempt_orphaned', 'The agent was stopped because no Optio was running; it goes on.')
    default:
      return restart(
        s,
        'attempt_stopped',
        'The agent was stopped from outside; it goes on in the same environment.',
      )
  }
}

function judgeFailed(s: Snapshot, attempt: AttemptFacts): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  const what = attempt.errorMessage ?? `The agent ended with exit code ${attempt.exitCode ?? 'unknown'}.`
  if (s.run.retryCount >= s.run.maxRetries) {
    const times = s.run.maxRetries === 0 ? '' : ` after ${s.run.maxRetries} retries`
    return transition('failed', 'retries_exhausted', `${what} It failed${times}.`, {
      category: attempt.environmentFault ? 'infrastructure' : 'agent',
      message: what,
    })
  }
  const pause = Math.min(s.policy.retryBaseMs * 2 ** s.run.retryCount, MAX_BACKOFF_MS)
  return queueAttempt('attempt_failed', `${what} It is tried again.`, {
    reason: 'retry',
    purpose: null,
    counts: 'retry',
    notBefore: (attempt.endedAt ?? s.now) + pause,
    context: { previousError: what },
  })
}

function judgeSucceeded(s: Snapshot, attempt: AttemptFacts): Decision {
  const { outcome } = attempt
  if (outcome === null) {
    return needsAttention('environment_failed', 'The agent’s clone could not be read after it ended.', [
      PERSON_CAN,
    ])
  }
  return judgeUncommitted(s, attempt, outcome) ?? judgeProposal(s, attempt, outcome)
}

function judgeUncommitted(s: Snapshot, attempt: AttemptFacts, outcome: AttemptOutcome): Decision | null {
  if (outcome.dirtyTotal === 0) return null
  const files = outcome.dirtyFiles.slice(0, 5).join(', ')
  if (attempt.purpose === 'commit') {
    return needsAttention(
      'uncommitted_changes',
      `The agent left ${outcome.dirtyTotal} uncommitted file(s) although it was asked to commit: ${files}.`,
      ['Look at its environment and commit or discard them, then resume the task.', PERSON_CAN],
    )
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(
    'uncommitted_changes',
    `The agent left ${outcome.dirtyTotal} uncommitted file(s): ${files}.`,
    {
      reason: 'resume',
      purpose: 'commit',
      counts: null,
      notBefore: null,
      context: { dirtyFiles: outcome.dirtyFiles },
    },
  )
}

/** Brings the agent's commits to the forge: publish, open, then the pull request decides. */
function judgeProposal(s: Snapshot, attempt: AttemptFacts, outcome: AttemptOutcome): Decision {
  const { headSha } = outcome
  if (headSha === null || outcome.commitsAhead === 0) {
    return needsAttention('no_changes', 'The agent ended without committing anything.', [
      'Say more precisely what is wanted and resume it.',
      PERSON_CAN,
    ])
  }
  if (attempt.pullRequestHead !== null && attempt.pullRequestHead === headSha && isReaction(attempt)) {
    return needsAttention(
      'no_progress',
      'The agent was sent back to its pull request and ended without a new commit.',
      ['Say what is missing and resume it.', 'Change the pull request by hand.', PERSON_CAN],
    )
  }
  if (s.run.publishedSha !== headSha) {
    const key = `publish:${s.run.id}:${attempt.number}:${headSha}`
    return publishOrWait(s, { kind: 'publish', key, headSha })
  }
  if (s.run.prNumber === null) {
    const key = `open:${s.run.id}:${s.run.branch}`
    const effect: EffectRequest = { kind: 'open_pull_request', key, headSha, draft: s.policy.cautiousMode }
    return awaitEffect(s, key, 'Opening the pull request') ?? request(effect, 'The pull request is opened.')
  }
  if (s.pullRequest.kind !== 'known') {
    const message = s.pullRequest.kind === 'unknown' ? s.pullRequest.message : 'it was not asked yet'
    const retryAt = s.pullRequest.kind === 'unknown' ? s.pullRequest.retryAt : s.now + 1000
    return wait('forge', 'forge_silent', `The forge gives no answer: ${message}.`, [], retryAt)
  }
  return transition('pr_opened', 'published', `Pull request #${s.run.prNumber} has the agent’s commits.`)
}

function publishOrWait(s: Snapshot, effect: Extract<EffectRequest, { kind: 'publish' }>): Decision {
  const known = s.effects.find(({ key }) => key === effect.key)
  if (known?.state === 'done' && known.refusal) {
    return needsAttention('branch_moved', known.refusal.message, [
      'Resume the task so that the agent takes over what is on the branch.',
      PERSON_CAN,
    ])
  }
  return awaitEffect(s, effect.key, 'Publishing the branch') ?? request(effect, 'The branch is published.')
}

/** Attempts that were made because of something about the pull request, and so must change it. */
function isReaction(attempt: AttemptFacts): boolean {
  return attempt.reason === 'ci_failed' || attempt.reason === 'review' || attempt.reason === 'conflict'
}

function request(effect: EffectRequest, summary: string): Decision {
  return {
    action: { type: 'effect', effect },
    reason: effect.kind,
    explain: { summary, wouldChange: [] },
    wakeAt: null,
  }
}
