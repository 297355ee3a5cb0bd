import { type Decision, decide, type NextAttempt, type Snapshot } from '@optio/core'
import { expect } from 'vitest'

/** The attempt a decision queues; fails when it queues none. */
export function next(decision: Decision): NextAttempt {
  expect(decision.action.type).toBe('queue_attempt')
  return (decision.action as Extract<Decision['action'], { type: 'queue_attempt' }>).next
}

/** Why a person is asked in this situation; fails when none is, or when nothing is said of what they can do. */
export function attention(s: Snapshot): string {
  const { action, explain } = decide(s)
  expect(action.type).toBe('needs_attention')
  expect(explain.wouldChange.length).toBeGreaterThan(0)
  return (action as Extract<Decision['action'], { type: 'needs_attention' }>).code
}
