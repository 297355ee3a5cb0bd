import { isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import type { AttemptFacts, Snapshot } from '../snapshot.ts'
import { budgetReached, queueAttempt, transition } from './build.ts'

/** Longest pause before a retry. */
const MAX_BACKOFF_MS = 10 * 60_000

/** When a pause that doubles with every earlier failure is over, counted from the attempt's end. */
export function pauseAfter(s: Snapshot, attempt: AttemptFacts, earlierFailures: number): number {
  const pause = Math.min(s.policy.retryBaseMs * 2 ** earlierFailures, MAX_BACKOFF_MS)
  return (attempt.endedAt ?? s.now) + pause
}

/** Goes on with what the last attempt was made for; its context is carried over by whoever queues it. */
export function restart(
  s: Snapshot,
  reason: string,
  summary: string,
  notBefore: number | null = null,
): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(reason, summary, {
    reason: 'restart',
    purpose: s.attempt?.purpose ?? null,
    counts: null,
    notBefore,
    context: {},
  })
}

/** A failure of the agent's own: tried again as often as is allowed, and told to the agent; then the run has failed. */
export function retryOrFail(
  s: Snapshot,
  attempt: AttemptFacts,
  what: string,
  reasons: { readonly again: string; readonly failed: string },
): Decision {
  if (s.run.retryCount >= s.run.maxRetries) {
    const times = s.run.maxRetries === 0 ? '' : ` after ${s.run.maxRetries} retries`
    return transition('failed', reasons.failed, `${what} It failed${times}.`, {
      error: { category: 'agent', message: what },
    })
  }
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return queueAttempt(reasons.again, `${what} It is tried again.`, {
    reason: 'retry',
    purpose: attempt.purpose,
    counts: 'retry',
    notBefore: pauseAfter(s, attempt, s.run.retryCount),
    context: { previousError: what },
  })
}
