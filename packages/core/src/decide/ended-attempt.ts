import { capWords, isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import { isMachineFault } from '../run-state.ts'
import type { AttemptFacts, AttemptOutcome, Snapshot } from '../snapshot.ts'
import { listed, oneLine } from '../text.ts'
import { adviceFor } from './advice.ts'
import { judgeAgentFailure } from './agent-failure.ts'
import { needsAttention, PERSON_CAN, queueAttempt, transition } from './build.ts'
import { leakWords, secretInChanges } from './leaks.ts'
import { judgeProposal } from './proposal.ts'
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
  if (isMachineFault(attempt)) return judgeMachineFault(s, attempt)
  switch (attempt.state) {
    case 'stopped':
      return judgeStopped(s, attempt)
    case 'failed':
      return (attempt.failure && judgeAgentFailure(s, attempt, attempt.failure)) ?? judgeFailed(s, attempt)
    default:
      return judgeSucceeded(s, attempt)
  }
}

/** Goes on with what the last attempt was made for; its context is carried over by whoever queues it. */
function restart(s: Snapshot, reason: string, summary: string, notBefore: number | null = null): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(reason, summary, {
    reason: 'restart',
    purpose: s.attempt?.purpose ?? null,
    counts: null,
    notBefore,
    context: {},
  })
}

/** Faults of the machine are not the task's: they use up none of its retries, and too many in a row are a person's business. */
function judgeMachineFault(s: Snapshot, attempt: AttemptFacts): Decision {
  const tooMany = s.lostInARow > MAX_LOST_IN_A_ROW
  if (attempt.environmentFault) {
    const what = oneLine(attempt.errorMessage ?? 'The environment could not be prepared.', 500)
    if (tooMany) {
      return needsAttention('environment_failed', `${what} That was try ${s.lostInARow} in a row.`, [
        'Mend the cause (setupCommands, disk space, access to the repository), then resume the task.',
        PERSON_CAN,
      ])
    }
    const notBefore = pauseAfter(s, attempt, Math.max(0, s.lostInARow - 1))
    return restart(s, 'environment_failed', `${what} It is tried again.`, notBefore)
  }
  if (tooMany) {
    return needsAttention(
      'machine_faults',
      `The machine lost the agent ${s.lostInARow} times in a row; its work is kept.`,
      ['Find out what ends the agent (memory, reboots), then resume the task.', PERSON_CAN],
    )
  }
  return attempt.state === 'lost'
    ? restart(s, 'attempt_lost', 'The machine lost the agent; it goes on in the same environment.')
    : restart(
        s,
        'attempt_orphaned',
        'The agent was stopped because no Optio was running; it goes on in the same environment.',
      )
}

/** When a pause that doubles with every earlier failure is over, counted from the attempt's end. */
function pauseAfter(s: Snapshot, attempt: AttemptFacts, earlierFailures: number): number {
  const pause = Math.min(s.policy.retryBaseMs * 2 ** earlierFailures, MAX_BACKOFF_MS)
  return (attempt.endedAt ?? s.now) + pause
}

function judgeStopped(s: Snapshot, attempt: AttemptFacts): Decision {
  switch (attempt.stopReason) {
    case 'budget':
      return needsAttention(
        'budget_reached',
        `The agent reached the task’s budget of ${capWords(s.run.budgetUsd)} and was stopped; its work is kept.`,
        adviceFor('budget_reached'),
      )
    case 'deadline':
      return needsAttention(
        'deadline_reached',
        'The agent reached its time limit and was stopped; its work is kept.',
        ['Raise the repository’s maxAttemptMs and resume it.', PERSON_CAN],
      )
    case 'output_limit':
      return needsAttention(
        'output_limit_reached',
        'The agent wrote more output than is allowed and was stopped; its work is kept.',
        [PERSON_CAN],
      )
    default:
      return restart(
        s,
        'attempt_stopped',
        'The agent was stopped from outside; it goes on in the same environment.',
      )
  }
}

function judgeFailed(s: Snapshot, attempt: AttemptFacts): Decision {
  const what = oneLine(
    attempt.errorMessage ?? `The agent ended with exit code ${attempt.exitCode ?? 'unknown'}.`,
    500,
  )
  if (s.run.retryCount >= s.run.maxRetries) {
    const times = s.run.maxRetries === 0 ? '' : ` after ${s.run.maxRetries} retries`
    return transition('failed', 'retries_exhausted', `${what} It failed${times}.`, {
      category: 'agent',
      message: what,
    })
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt('attempt_failed', `${what} It is tried again.`, {
    reason: 'retry',
    purpose: attempt.purpose,
    counts: 'retry',
    notBefore: pauseAfter(s, attempt, s.run.retryCount),
    context: { previousError: what },
  })
}

function judgeSucceeded(s: Snapshot, attempt: AttemptFacts): Decision {
  if (s.run.state === 'provisioning') {
    return transition('running', 'agent_started', 'The agent has run.')
  }
  const { outcome } = attempt
  if (outcome === null) {
    return needsAttention('environment_failed', 'The agent’s clone could not be read after it ended.', [
      PERSON_CAN,
    ])
  }
  return judgeLeaks(outcome) ?? judgeUncommitted(s, attempt, outcome) ?? judgeProposal(s, attempt, outcome)
}

/** Before anything else: what is published cannot be taken back, and an agent that goes on only builds on it. */
function judgeLeaks({ leaks = [] }: AttemptOutcome): Decision | null {
  return leaks.length === 0 ? null : secretInChanges(leakWords(leaks))
}

function judgeUncommitted(s: Snapshot, attempt: AttemptFacts, outcome: AttemptOutcome): Decision | null {
  if (outcome.dirtyTotal === 0) return null
  const files = listed(outcome.dirtyFiles)
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
