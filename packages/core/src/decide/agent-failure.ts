import { capWords, isCapReached } from '../cost.ts'
import type { Decision } from '../decision.ts'
import type { AgentFailure, AttemptFacts, ForgeFailure, Snapshot } from '../snapshot.ts'
import { oneLine } from '../text.ts'
import { askPerson, budgetReached, queueAttempt, silenceWords } from './build.ts'

/** Errors of the provider in a row after which a person is asked; with the pauses between them, about two hours. */
const MAX_PROVIDER_ERRORS_IN_A_ROW = 8

/** A cap may be raised while the agent keeps to the old one; more often than this in a row is no coincidence. */
const MOST_CAPS_IN_A_ROW = 3

/** Pause before a run that the provider turned away tries again, as a multiple of the pause before a retry; it doubles. */
const PARKED_FACTOR = 6
const LONGEST_PARKED_MS = 30 * 60_000

/** No quota is longer than a week: a later time is a mistake, and must not park a run for ever. */
const LATEST_RETRY_MS = 8 * 24 * 3_600_000
const RETRY_SLACK_MS = 2_000

/**
 * Pause before a forge that gave no answer and no time is asked again for an attempt; it doubles. Replacing the credential ends the
 * pause; where only time mends it, it is shorter.
 */
const FORGE_PAUSE_MS = 60_000
const LONGEST_FORGE_PAUSE_MS = { credential: 30 * 60_000, limited: 30 * 60_000, other: 5 * 60_000 }

/**
 * What becomes of a run whose agent said why it failed. What a person has to mend is asked for at once, and what time mends is
 * waited for; neither is one of the task's retries. Null for failures that are an agent's own: those are retried.
 */
export function judgeAgentFailure(
  s: Snapshot,
  attempt: AttemptFacts,
  failure: AgentFailure | ForgeFailure,
): Decision | null {
  if (failure.kind === 'forge') return awaitForge(s, attempt, failure)
  const words = oneLine(failure.message, 500)
  switch (failure.kind) {
    case 'login':
      return askPerson(s, 'agent_login', `The agent is not logged in: ${words}`)
    case 'unavailable':
      return askPerson(s, 'agent_not_available', `The agent cannot be started here: ${words}`)
    case 'request':
      return askPerson(s, 'agent_request', `The model’s provider refused the request: ${words}`)
    case 'max_turns':
      return askPerson(s, 'max_turns_reached', 'The agent used up its turns; its work is kept.')
    case 'denied':
      return askPerson(
        s,
        'tools_denied',
        `Tools the agent asked for were denied, so it may have left something out: ${words}`,
      )
    case 'budget':
      return judgeCap(s)
    case 'session':
      return judgeSession(s, words)
    case 'rate_limit':
      return park(s, attempt, failure, `The provider takes no requests for a while: ${words}`)
    case 'provider':
      return s.sameFailureInARow > MAX_PROVIDER_ERRORS_IN_A_ROW
        ? askPerson(
            s,
            'provider_failing',
            `The model’s provider failed ${s.sameFailureInARow} times in a row: ${words}`,
          )
        : park(s, attempt, failure, `The model’s provider failed: ${words}`)
    default:
      return null
  }
}

/** The agent kept to the cap it was started with. If a person has raised it since, it goes on. */
function judgeCap(s: Snapshot): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd) || s.sameFailureInARow > MOST_CAPS_IN_A_ROW) {
    return askPerson(
      s,
      'budget_reached',
      `The agent reached the task’s budget of ${capWords(s.run.budgetUsd)} and ended; its work is kept.`,
    )
  }
  return goOn('budget_raised', 'The agent reached the budget it was started with, which was raised since.')
}

/** A session can be lost with the agent's home; its work is in the clone, and the whole task is told anew. */
function judgeSession(s: Snapshot, words: string): Decision | null {
  if (s.sameFailureInARow > 1) return null
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  return goOn('session_lost', `The agent cannot go on in its session (${words}); it starts a new one.`, {
    freshSession: true,
  })
}

/**
 * The attempt had no agent yet: it is made again for the same reason once the forge may answer, holds no slot until then, and counts as
 * nothing.
 */
function awaitForge(s: Snapshot, attempt: AttemptFacts, failure: ForgeFailure): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  const endedAt = attempt.endedAt ?? s.now
  const { reason, summary } = silenceWords(failure.why, failure.message)
  const { credential, limited, other } = LONGEST_FORGE_PAUSE_MS
  const isForPeople = failure.why === 'credential' || failure.why === 'replaced'
  const longest = isForPeople ? credential : failure.why === 'limited' ? limited : other
  const exponent = Math.min(Math.max(0, s.sameFailureInARow - 1), 20)
  const pause = Math.min(FORGE_PAUSE_MS * 2 ** exponent, longest)
  return queueAttempt(reason, `${summary} The task is queued until it can be asked again.`, {
    reason: attempt.reason,
    purpose: attempt.purpose,
    counts: null,
    notBefore: credibleTime(failure, endedAt) ?? endedAt + pause,
    standsIn: true,
    context: {},
  })
}

/** Waits until the provider takes requests again, as it said, or for a pause that doubles each time. */
function park(s: Snapshot, attempt: AttemptFacts, failure: AgentFailure, words: string): Decision {
  if (isCapReached(s.spent, s.run.budgetUsd)) return budgetReached(s)
  const endedAt = attempt.endedAt ?? s.now
  const exponent = Math.min(Math.max(0, s.sameFailureInARow - 1), 20)
  const pause = Math.min(s.policy.retryBaseMs * PARKED_FACTOR * 2 ** exponent, LONGEST_PARKED_MS)
  const retryAt = credibleTime(failure, endedAt)
  const notBefore = retryAt === null ? endedAt + pause : retryAt + RETRY_SLACK_MS
  return goOn(failure.kind, `${words} It goes on later.`, { notBefore })
}

function credibleTime({ retryAt }: { readonly retryAt: number | null }, endedAt: number): number | null {
  return retryAt !== null && retryAt > endedAt && retryAt <= endedAt + LATEST_RETRY_MS ? retryAt : null
}

/** Goes on with what the last attempt was made for, and uses up none of the retries. */
function goOn(
  reason: string,
  summary: string,
  how: { readonly notBefore?: number; readonly freshSession?: boolean } = {},
): Decision {
  return queueAttempt(reason, summary, {
    reason: 'restart',
    purpose: null,
    counts: null,
    notBefore: how.notBefore ?? null,
    ...(how.freshSession === true ? { freshSession: true } : {}),
    context: {},
  })
}
