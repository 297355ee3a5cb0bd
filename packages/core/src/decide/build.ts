import { capWords } from '../cost.ts'
import type { Decision, EffectRequest, NextAttempt, RunError, WaitingOn } from '../decision.ts'
import { formatUsd } from '../money.ts'
import type { RunState, StopReason } from '../run-state.ts'
import type { AttentionCode, EffectFacts, PullRequestFacts, SilenceReason, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { adviceFor } from './advice.ts'

/** Constructors of decisions, so that the rules read as rules. */

/** What changes by itself within seconds (a check, the forge) is looked at again after this long. */
export const LOOK_SOON_MS = 5_000

/** What a person changes elsewhere is looked at again after this long, and ever later while nothing changes. */
const LOOK_LATER_MS = 10_000
const LOOK_LATEST_MS = 60_000

/** What is watched wakes the run by itself; this is for what the watching might miss. */
const LOOK_WATCHED_MS = 5 * 60_000

/**
 * When to look again at what only a person changes; what is done in Optio wakes the run at once. A pause is a tenth of the time in
 * which nothing changed, so that what happens soon is seen soon: 10 s at first, 60 s after ten minutes.
 */
export function lookLater(s: Snapshot): number {
  if (s.pullRequest.kind === 'known' && s.pullRequest.watched) return s.now + LOOK_WATCHED_MS
  const quiet = s.now - (s.run.changedAt ?? s.now)
  return s.now + Math.min(Math.max(LOOK_LATER_MS, quiet / 10), LOOK_LATEST_MS)
}

/**
 * When to look again at what changes by itself within seconds. Where the forge runs the checks and the pull request is watched, the
 * news wake the run, and between them there is nothing to read.
 */
export function lookSoon(s: Snapshot): number {
  const { pullRequest } = s
  const isTold =
    pullRequest.kind === 'known' &&
    pullRequest.watched === true &&
    pullRequest.observation.checks.baseSha === null
  return isTold ? lookLater(s) : s.now + LOOK_SOON_MS
}

/** When its head was first seen; left out where that does not matter. */
export function headSinceOf({ pullRequest }: Snapshot): number | undefined {
  return pullRequest.kind === 'known' ? pullRequest.headSince : undefined
}

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
  more: { readonly error?: RunError; readonly effects?: readonly EffectRequest[] } = {},
): Decision {
  const { error = null, effects = [] } = more
  return {
    action: { type: 'transition', to, message, error, ...(effects.length > 0 ? { effects } : {}) },
    reason,
    explain: { summary: message, wouldChange: [] },
    wakeAt: null,
  }
}

/** A person's turn, with what that person can do. */
export function askPerson(s: Snapshot, code: AttentionCode, message: string): Decision {
  return {
    action: { type: 'needs_attention', code, message },
    reason: code,
    explain: { summary: message, wouldChange: adviceFor(code, s.run.kind) },
    wakeAt: null,
  }
}

export function budgetReached(s: Snapshot): Decision {
  const cap = capWords(s.run.budgetUsd)
  return askPerson(s, 'budget_reached', `It has spent $${formatUsd(s.spent)} of the ${cap} it may spend.`)
}

export function queueAttempt(reason: string, summary: string, next: NextAttempt): Decision {
  return {
    action: { type: 'queue_attempt', next },
    reason,
    explain: { summary, wouldChange: [] },
    wakeAt: null,
  }
}

export function stopAttempt(stop: StopReason, summary: string): Decision {
  return {
    action: { type: 'stop_attempt', stop },
    reason: stop,
    explain: { summary, wouldChange: [] },
    wakeAt: null,
  }
}

export function requestEffect(effect: EffectRequest, summary: string): Decision {
  return {
    action: { type: 'effect', effect },
    reason: effect.kind,
    explain: { summary, wouldChange: [] },
    wakeAt: null,
  }
}

/** Waits while the forge gives no answer; it is never read as a negative one. */
export function forgeSilent({ message, retryAt, why }: Silence): Decision {
  const { on, reason, summary, wouldChange } = silenceWords(why ?? 'failing', message)
  return wait(on, reason, summary, wouldChange, retryAt)
}

type Silence = Omit<Extract<PullRequestFacts, { kind: 'unknown' }>, 'kind'>

/** A credential is a person's to replace, and a repository a person's to name; everything else ends by itself. */
export function silenceWords(why: SilenceReason, message: string) {
  const words = oneLine(message, 500)
  switch (why) {
    case 'credential':
      return {
        on: 'person' as const,
        reason: 'forge_credential',
        summary: `The forge does not accept Optio’s credential: ${words}`,
        wouldChange: ['Replace the credential: then it goes on by itself.', 'Cancel the task.'],
      }
    case 'replaced':
      return {
        on: 'person' as const,
        reason: 'repository_replaced',
        summary: `Nothing is done in a repository that is not the one connected: ${words}`,
        wouldChange: ['Connect the repository again: then it goes on by itself.', 'Cancel the task.'],
      }
    case 'limited':
      return {
        on: 'forge' as const,
        reason: 'forge_limited',
        summary: `The forge takes no more requests for a while: ${words}`,
        wouldChange: ['That time passes.', 'Cancel the task.'],
      }
    default:
      return {
        on: 'forge' as const,
        reason: 'forge_silent',
        summary: `The forge gives no answer: ${words}`,
        wouldChange: ['The forge answers again.', 'Cancel the task.'],
      }
  }
}

/** Waits for an effect that is under way, or gives up in words when it is hopeless; null when it is done. */
export function awaitEffect(s: Snapshot, effect: EffectFacts, doing: string): Decision | null {
  if (effect.state === 'done') return null
  if (effect.state === 'dead') {
    const why = oneLine(effect.lastError ?? 'no reason was given', 500)
    return askPerson(s, 'effect_failed', `${doing} failed for good: ${why}`)
  }
  if (effect.state === 'pending' && effect.silence != null) {
    const silence = silenceWords(effect.silence, effect.lastError ?? 'no reason was given.')
    const on = silence.on === 'person' ? 'person' : 'effect'
    return wait(on, silence.reason, `${doing} waits. ${silence.summary}`, silence.wouldChange)
  }
  const error = effect.lastError ? ` The last try failed: ${oneLine(effect.lastError, 500)}` : ''
  return wait('effect', 'effect_pending', `${doing} is under way.${error}`, [
    'It is done.',
    'Cancel the task.',
  ])
}

export function findEffect(s: Snapshot, key: string): EffectFacts | null {
  return s.effects.find((effect) => effect.key === key) ?? null
}

/**
 * Number of the last attempt. It is part of every effect's key, so that after a person stepped in (which always makes a new
 * attempt) what failed for good, or was withdrawn when the run ended, is tried anew.
 */
export function attemptNumber(s: Snapshot): number {
  return s.attempt?.number ?? 0
}
