import { isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import type { AttemptFacts, Snapshot } from '../snapshot.ts'
import { wait } from './build.ts'

/** provisioning and running while the attempt lives. */
export function judgeLiveAttempt(s: Snapshot): Decision {
  const attempt = s.attempt as AttemptFacts
  if (attempt.stopRequested !== null) {
    return wait('agent', 'stopping', 'The agent is being stopped.', [])
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) {
    return {
      action: { type: 'stop_attempt', stop: 'budget' },
      reason: 'budget',
      explain: { summary: 'The task has reached its budget; the agent is stopped.', wouldChange: [] },
      wakeAt: null,
    }
  }
  if (attempt.state === 'starting') {
    return wait('agent', 'provisioning', 'Its environment is being prepared.', [], attempt.deadlineAt)
  }
  const silentForMs = s.now - (attempt.lastOutputAt ?? attempt.startedAt ?? s.now)
  if (silentForMs >= s.policy.stallThresholdMs) {
    return wait(
      'agent',
      'stalled',
      `The agent has been silent for ${Math.floor(silentForMs / 1000)} s. It is left alone: silence is no proof of death.`,
      ['The agent says something or ends.', 'Cancel the task.'],
      attempt.deadlineAt,
    )
  }
  return wait('agent', 'agent_working', 'The agent is working.', ['The agent ends.'], attempt.deadlineAt)
}
