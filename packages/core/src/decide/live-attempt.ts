import { isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import type { AttemptFacts, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { stopAttempt, transition, wait } from './build.ts'

/** The supervisor itself stops an agent at its deadline; only when that is overdue by this long does Optio do it. */
const DEADLINE_SLACK_MS = 30_000

/** A stalled agent is looked at again this often, so that it is soon seen to have recovered. */
const STALLED_LOOK_MS = 15_000

/** provisioning and running while the attempt lives. */
export function judgeLiveAttempt(s: Snapshot, attempt: AttemptFacts): Decision {
  if (s.run.state === 'provisioning' && attempt.state === 'running') {
    return transition('running', 'agent_started', 'The agent is running.')
  }
  if (attempt.stopRequested !== null) {
    return wait('agent', 'stopping', 'The agent is being stopped.', ['Its last process is gone.'])
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) {
    return stopAttempt('budget', 'The task has reached its budget; the agent is stopped.')
  }
  const overdueAt = attempt.deadlineAt === null ? null : attempt.deadlineAt + DEADLINE_SLACK_MS
  if (overdueAt !== null && s.now >= overdueAt) {
    return stopAttempt('deadline', 'The agent is past its time limit; it is stopped.')
  }
  if (attempt.state === 'starting' && attempt.errorMessage !== null) {
    return wait(
      'agent',
      'machine_fault',
      `Its environment cannot be prepared now: ${oneLine(attempt.errorMessage, 500)} It is tried again and again.`,
      ['The cause is mended.', 'Cancel the task.'],
      overdueAt,
    )
  }
  if (attempt.state === 'starting') {
    return wait(
      'agent',
      'provisioning',
      'Its environment is being prepared.',
      ['The environment is ready.', 'Cancel the task.'],
      overdueAt,
    )
  }
  return judgeSilence(s, attempt, overdueAt)
}

/** Liveness is never inferred from silence: a quiet agent is shown as stalled and left alone. */
function judgeSilence(s: Snapshot, attempt: AttemptFacts, overdueAt: number | null): Decision {
  const quietSince = attempt.lastOutputAt ?? attempt.startedAt ?? s.now
  const stalledAt = quietSince + s.policy.stallThresholdMs
  if (s.now >= stalledAt) {
    const seconds = Math.floor((s.now - quietSince) / 1000)
    return wait(
      'agent',
      'stalled',
      `The agent has been silent for ${seconds} s. It is left alone: silence is no proof of death.`,
      ['The agent says something or ends.', 'Cancel the task.'],
      earlier(overdueAt, s.now + STALLED_LOOK_MS),
    )
  }
  return wait(
    'agent',
    'agent_working',
    'The agent is working.',
    ['The agent ends.', 'Cancel the task.'],
    earlier(overdueAt, stalledAt),
  )
}

function earlier(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b)
}
