import type { ForgeLimit } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import type { Priority } from './client.ts'

/** Of a secondary limit that does not say how long: one minute, doubled as often as it comes again at once. */
const SECONDARY_MS = 60_000
const SECONDARY_MAX_MS = 32 * 60_000

type Headers = Readonly<Record<string, string>>

interface Window {
  limit: number
  remaining: number
  /** Milliseconds since the epoch, by our clock. */
  resetAt: number
  /** Sent, and not yet counted in `remaining`. */
  inFlight: number
}

export interface Limits {
  /** Throws `NoAnswer` when a request of this priority may not be sent now; else counts it until the answer is `done`. */
  begin(resource: string, priority: Priority): () => void
  /** What the headers of any answer say. */
  learn(resource: string, headers: Headers): void
  /**
   * The `NoAnswer` of an answer that is a limit, which is obeyed from now on; null when it is none. The primary limit is of one resource
   * and lasts until it is full again; the secondary one is of everything.
   */
  limitOf(
    resource: string,
    answer: { readonly status: number; readonly headers: Headers; readonly message: string },
  ): NoAnswer | null
  /** An answer that is no limit: the next secondary one begins with a minute again. */
  eased(): void
  shown(owner: string): readonly ForgeLimit[]
}

/**
 * The limits of one credential.
 *
 * @param options.reserve share of each limit that is kept for people, 0 to 1.
 */
export function createLimits(options: { readonly reserve: number; readonly now: () => number }): Limits {
  const { reserve, now } = options
  const windows = new Map<string, Window>()
  let pausedUntil = 0
  let secondaries = 0

  const limited = (retryAt: number, words: string) =>
    new NoAnswer('limited', `${words} It goes on at ${new Date(retryAt).toISOString()}.`, { retryAt })

  return {
    begin: (resource, priority) => {
      if (now() < pausedUntil) {
        throw limited(pausedUntil, 'GitHub asked for a pause between requests.')
      }
      const window = windows.get(resource)
      if (window === undefined) return () => {}
      if (now() < window.resetAt) {
        const left = window.remaining - window.inFlight
        if (left <= 0) throw limited(window.resetAt, `The hourly limit of GitHub (${resource}) is used up.`)
        if (priority === 'background' && left <= window.limit * reserve) {
          const words = `What is left of the hourly limit of GitHub (${resource}) is kept for people.`
          throw limited(window.resetAt, words)
        }
      }
      window.inFlight++
      return () => {
        window.inFlight--
      }
    },
    learn: (resource, headers) => {
      const limit = count(headers['x-ratelimit-limit'])
      const remaining = count(headers['x-ratelimit-remaining'])
      const reset = count(headers['x-ratelimit-reset'])
      if (limit === null || remaining === null || reset === null) return
      const name = headers['x-ratelimit-resource'] ?? resource
      const resetAt = reset * 1000 - skew(headers, now())
      const known = windows.get(name)
      // Answers overtake each other: within one window what is left only shrinks. The clocks of two answers differ by a second.
      const isSame = known !== undefined && Math.abs(known.resetAt - resetAt) < 5000
      const left = isSame ? Math.min(known.remaining, remaining) : remaining
      // Kept as the object it is: those under way count themselves out of it.
      windows.set(name, Object.assign(known ?? { inFlight: 0 }, { limit, remaining: left, resetAt }))
    },
    limitOf: (resource, { status, headers, message }) => {
      if (status !== 403 && status !== 429) return null
      const isSecondary = /secondary rate limit|abuse detection/i.test(message)
      const wait = retryAfter(headers, now())
      if (headers['x-ratelimit-remaining'] === '0' && !isSecondary && wait === null) {
        const window = windows.get(headers['x-ratelimit-resource'] ?? resource)
        if (window !== undefined && window.resetAt > now()) {
          return limited(window.resetAt, `The hourly limit of GitHub (${resource}) is used up.`)
        }
      }
      if (wait === null && !isSecondary && status !== 429 && !/rate limit/i.test(message)) return null
      // What was under way when the pause began is answered the same way, and makes it no longer.
      if (now() >= pausedUntil) secondaries++
      const own = Math.min(SECONDARY_MS * 2 ** (secondaries - 1), SECONDARY_MAX_MS)
      if (wait !== null || now() >= pausedUntil) pausedUntil = Math.max(pausedUntil, now() + (wait ?? own))
      return limited(pausedUntil, 'GitHub takes no more requests for a while (secondary limit).')
    },
    eased: () => {
      if (now() >= pausedUntil) secondaries = 0
    },
    shown: (owner) =>
      [...windows].map(([resource, { limit, remaining, resetAt }]) => {
        const paused = Math.max(pausedUntil, remaining <= 0 ? resetAt : 0)
        return { owner, resource, limit, remaining, resetAt, pausedUntil: paused > now() ? paused : null }
      }),
  }
}

function count(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null
}

/** By how much GitHub's clock is ahead of ours, milliseconds; what is less than some seconds is the way of the answer. */
function skew(headers: Headers, now: number): number {
  const date = Date.parse(headers.date ?? '')
  return Number.isNaN(date) || Math.abs(date - now) < 5000 ? 0 : date - now
}

/** `Retry-After` in milliseconds: seconds, or a date. */
function retryAfter(headers: Headers, now: number): number | null {
  const text = headers['retry-after']
  if (text === undefined) return null
  const seconds = count(text)
  if (seconds !== null) return Math.max(1, seconds) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? null : Math.max(1000, date - skew(headers, now) - now)
}
