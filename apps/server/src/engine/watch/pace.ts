import type { ForgeLimit } from '@optio/forges'

/** Unchanged for so long, a pull request is looked at less often. */
export const QUIET_MS = 10 * 60_000
const QUIET_PAUSE_MS = 2 * 60_000
/** While webhooks come, they say what happens, and looking is for those that got lost. */
const TOLD_PAUSE_MS = 5 * 60_000

const FIRST_RETRY_MS = 5_000
const LONGEST_RETRY_MS = 5 * 60_000

/** Pull requests of one request, and what one costs at most. */
export const AT_ONCE = 50
const POINTS_AT_MOST = 3

/** How many pull requests are watched, by how often they are looked at. */
export interface Watched {
  readonly busy: number
  readonly quiet: number
  /** Quiet, and webhooks come. */
  readonly told: number
}

export interface Pace {
  readonly watchMs: number
  /** By how much every pause is longer than it would be if there were no limits; 1 or more. */
  readonly stretch: number
  /** When the limit that stretches is full again, in milliseconds since the epoch: no pause is stretched beyond. 0 where none does. */
  readonly fullAt: number
}

/** Looks that are due within this part of a pause are put together: a request costs as much for fifty as for one. */
const TOGETHER = 1 / 10

/**
 * When a pull request is looked at next after a look at `at` that was answered, both in milliseconds since the epoch.
 *
 * @param about.quietMs for how long it has been the same.
 */
export function nextLookAt(at: number, about: { quietMs: number; told: boolean }, pace: Pace): number {
  const usual = pauseFor(about, pace.watchMs)
  const pause = Math.min(usual * pace.stretch, Math.max(usual, pace.fullAt - at))
  const step = Math.max(1, pause * TOGETHER)
  return Math.ceil((at + pause) / step) * step
}

function pauseFor({ quietMs, told }: { quietMs: number; told: boolean }, watchMs: number): number {
  if (quietMs < QUIET_MS) return watchMs
  return Math.max(watchMs, told ? TOLD_PAUSE_MS : QUIET_PAUSE_MS)
}

/** Milliseconds until a forge that gave no answer is asked again, where it did not say when. */
export function pauseAfterSilence(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures, 10), LONGEST_RETRY_MS)
}

/**
 * By how much the pauses have to be stretched so that what is left of the limits, less the share of people, lasts until they are full
 * again. A limit that is used up stretches nothing: what it holds up is told when to ask again.
 *
 * @param reserve the share of people, 0 to 1.
 */
export function stretchFor(
  limits: readonly ForgeLimit[],
  watched: Watched,
  { watchMs, reserve, now }: { watchMs: number; reserve: number; now: number },
): Pick<Pace, 'stretch' | 'fullAt'> {
  const pointsPerMs =
    points(watched.busy) / watchMs +
    points(watched.quiet) / Math.max(watchMs, QUIET_PAUSE_MS) +
    points(watched.told) / Math.max(watchMs, TOLD_PAUSE_MS)
  const together = resourceOfMany(limits)
  let most = { stretch: 1, fullAt: 0 }
  for (const { resource, limit, remaining, resetAt } of limits) {
    const available = remaining - limit * reserve
    if (resource !== together || resetAt <= now || available < POINTS_AT_MOST) continue
    const stretch = (pointsPerMs * (resetAt - now)) / available
    if (stretch > most.stretch) most = { stretch, fullAt: resetAt }
  }
  return most
}

/** Requests that may be made one right after the other, however little is left for the hour: many webhooks come at once. */
const BURST = 60

/** What paces the requests of a process that others cause. It is filled as the limits allow, less the share of people. */
export interface RequestPace {
  /** Milliseconds until the next request may be made; 0 for at once. `now` as in `limits`. */
  pauseBefore(limits: readonly ForgeLimit[], now: number): number
  /** One was made. */
  made(): void
}

/** @param reserve the share of people, 0 to 1. */
export function createRequestPace(reserve: number): RequestPace {
  let left = BURST
  let filledAt = 0
  return {
    pauseBefore(limits, now) {
      const perMs = requestsPerMs(limits, reserve, now)
      left = perMs === null ? BURST : Math.min(BURST, left + perMs * Math.max(0, now - filledAt))
      filledAt = now
      return perMs === null || left >= 1 ? 0 : Math.ceil((1 - left) / perMs)
    },
    made() {
      left -= 1
    },
  }
}

/**
 * Requests so that each of the limits lasts until it is full again; null where none is known. One that is used up to the share of people
 * holds up nothing here: what is asked then is told when to ask again. A request that costs more than a point leaves less for later.
 */
function requestsPerMs(limits: readonly ForgeLimit[], reserve: number, now: number): number | null {
  const together = resourceOfMany(limits)
  const rates = limits.flatMap(({ resource, limit, remaining, resetAt }) => {
    const available = remaining - limit * reserve
    return resource !== together || resetAt <= now || available < 1 ? [] : [available / (resetAt - now)]
  })
  return rates.length === 0 ? null : Math.min(...rates)
}

/** What many pull requests at once are asked with. */
function resourceOfMany(limits: readonly ForgeLimit[]): ForgeLimit['resource'] {
  return limits.some(({ resource }) => resource === 'graphql') ? 'graphql' : 'core'
}

function points(pullRequests: number): number {
  return Math.ceil(pullRequests / AT_ONCE) * POINTS_AT_MOST
}
