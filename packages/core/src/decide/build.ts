import type { Decision, NextAttempt, RunError, WaitingOn } from '../decision.ts'
import type { RunState } from '../run-state.ts'
import type { AttentionCode, Snapshot } from '../snapshot.ts'

/** Constructors of decisions, so that the rules read as rules. */

export function wait(
  on: WaitingOn,
  reason: string,
  summary: string,
  wouldChange: readonly string[],
  wakeAt: number | null = null,
): Decision {
  return { action: { type: 'wait', on }, reason, explain: { summary, wouldChange }, wakeAt }
}

export function transition(
  to: Exclude<RunState, 'needs_attention' | 'queued'>,
  reason: string,
  message: string,
  error: RunError | null = null,
): Decision {
  return {
    action: { type: 'transition', to, message, error },
    reason,
    explain: { summary: message, wouldChange: [] },
    wakeAt: null,
  }
}

export function needsAttention(
  code: AttentionCode,
  message: string,
  wouldChange: readonly string[],
): Decision {
  return {
    action: { type: 'needs_attention', code, message },
    reason: code,
    explain: { summary: message, wouldChange },
    wakeAt: null,
  }
}

export function queueAttempt(reason: string, summary: string, next: NextAttempt): Decision {
  return {
    action: { type: 'queue_attempt', next },
    reason,
    explain: { summary, wouldChange: [] },
    wakeAt: null,
  }
}

/** The sentence with which every run that waits for a person ends. */
export const PERSON_CAN = 'Resume it with further instructions, or cancel it.'

/** Waits for an effect that is under way, or gives up in words when it is hopeless; null when there is none with this key. */
export function awaitEffect(s: Snapshot, key: string, doing: string): Decision | null {
  const effect = s.effects.find((candidate) => candidate.key === key)
  if (!effect || effect.state === 'done') return null
  if (effect.state === 'dead') {
    return needsAttention(
      'effect_failed',
      `${doing} failed for good: ${effect.lastError ?? 'no reason was given'}.`,
      ['Mend the cause, then resume the task.', PERSON_CAN],
    )
  }
  const error = effect.lastError ? ` The last try failed: ${effect.lastError}.` : ''
  return wait('effect', 'effect_pending', `${doing} is under way.${error}`, [])
}
