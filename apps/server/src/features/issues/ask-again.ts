import { NoAnswer } from '@optio/forges'

const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000

/**
 * When a forge that gave no answer is asked again: when it said, else after a minute that doubles with each try up to an hour.
 *
 * @param failures tries before this one that came to nothing.
 */
export function askAgainAt(thrown: unknown, failures: number): Date {
  const told = thrown instanceof NoAnswer ? thrown.retryAt : null
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS)
  return new Date(told === null ? Date.now() + pause : Math.max(told, Date.now() + 1_000))
}
