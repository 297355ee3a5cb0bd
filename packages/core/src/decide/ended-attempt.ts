import { capWords, isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import { isMachineFault } from '../run-state.ts'
import type { AttemptFacts, AttemptOutcome, Snapshot } from '../snapshot.ts'
import { listed, oneLine } from '../text.ts'
import { judgeAgentFailure } from './agent-failure.ts'
import { askPerson, budgetReached, queueAttempt, transition } from './build.ts'
import { leakWords, secretInChanges } from './leaks.ts'
import { judgeProposal } from './proposal.ts'
import { pauseAfter, restart, retryOrFail } from './retry.ts'
import { judgeVerdict } from './review-run.ts'

/** Attempts in a row that may be lost to faults of the machine before a person is asked. */
export const MAX_LOST_IN_A_ROW = 3

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

/** Faults of the machine are not the task's: they use up none of its retries, and too many in a row are a person's business. */
function judgeMachineFault(s: Snapshot, attempt: AttemptFacts): Decision {
  const tooMany = s.lostInARow > MAX_LOST_IN_A_ROW
  if (attempt.environmentFault) {
    const what = oneLine(attempt.errorMessage ?? 'The environment could not be prepared.', 500)
    if (tooMany) {
      return askPerson(s, 'environment_failed', `${what} That was try ${s.lostInARow} in a row.`)
    }
    const notBefore = pauseAfter(s, attempt, Math.max(0, s.lostInARow - 1))
    return restart(s, 'environment_failed', `${what} It is tried again.`, notBefore)
  }
  if (tooMany) {
    return askPerson(
      s,
      'machine_faults',
      `The machine lost the agent ${s.lostInARow} times in a row; its work is kept.`,
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

function judgeStopped(s: Snapshot, attempt: AttemptFacts): Decision {
  switch (attempt.stopReason) {
    case 'budget':
      return askPerson(
        s,
        'budget_reached',
        `The agent reached the task’s budget of ${capWords(s.run.budgetUsd)} and was stopped; its work is kept.`,
      )
    case 'deadline':
      return askPerson(
        s,
        'deadline_reached',
        'The agent reached its time limit and was stopped; its work is kept.',
      )
    case 'output_limit':
      return askPerson(
        s,
        'output_limit_reached',
        'The agent wrote more output than is allowed and was stopped; its work is kept.',
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
  return retryOrFail(s, attempt, what, { again: 'attempt_failed', failed: 'retries_exhausted' })
}

function judgeSucceeded(s: Snapshot, attempt: AttemptFacts): Decision {
  if (s.run.state === 'provisioning') {
    return transition('running', 'agent_started', 'The agent has run.')
  }
  switch (s.run.kind) {
    case 'standalone':
      return transition('completed', 'agent_done', 'The agent has done what was asked.')
    case 'review':
      return judgeVerdict(s, attempt)
    case 'repo':
      return judgeWork(s, attempt)
  }
}

/** What the agent left in its clone: all of it committed, nothing secret in it, it is proposed. */
function judgeWork(s: Snapshot, attempt: AttemptFacts): Decision {
  const { outcome } = attempt
  if (outcome === null) {
    return askPerson(s, 'environment_failed', 'The agent’s clone could not be read after it ended.')
  }
  return judgeLeaks(s, outcome) ?? judgeUncommitted(s, attempt, outcome) ?? judgeProposal(s, attempt, outcome)
}

/** Before anything else: what is published cannot be taken back, and an agent that goes on only builds on it. */
function judgeLeaks(s: Snapshot, { leaks = [] }: AttemptOutcome): Decision | null {
  return leaks.length === 0 ? null : secretInChanges(s, leakWords(leaks))
}

function judgeUncommitted(s: Snapshot, attempt: AttemptFacts, outcome: AttemptOutcome): Decision | null {
  if (outcome.dirtyTotal === 0) return null
  const files = listed(outcome.dirtyFiles)
  if (attempt.purpose === 'commit') {
    return askPerson(
      s,
      'uncommitted_changes',
      `The agent left ${outcome.dirtyTotal} uncommitted file(s) although it was asked to commit: ${files}.`,
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
