import type { ForgeLimit } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import {
  createRequestPace,
  nextLookAt,
  pauseAfterSilence,
  stretchFor,
} from '../../../src/engine/watch/pace.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const unlimited = { watchMs: 30_000, stretch: 1, fullAt: 0 }

describe('how often a pull request is looked at', () => {
  const at = 1_795_000_000_123
  const pause = (quietMs: number, told: boolean, pace = unlimited) =>
    nextLookAt(at, { quietMs, told }, pace) - at

  it('is every 30 s while something happens, then every 2 minutes, and every 5 where webhooks come', () => {
    for (const [least, found] of [
      [30_000, pause(9 * MINUTE, true)],
      [2 * MINUTE, pause(10 * MINUTE, false)],
      [5 * MINUTE, pause(10 * MINUTE, true)],
    ] as const) {
      expect(found).toBeGreaterThanOrEqual(least)
      expect(found).toBeLessThanOrEqual(least * 1.1)
    }
  })

  it('never is more often than was set, and as often less as limits stretch it', () => {
    for (const told of [true, false]) {
      expect(pause(10 * MINUTE, told, { watchMs: HOUR, stretch: 1, fullAt: 0 })).toBeGreaterThanOrEqual(HOUR)
      expect(pause(MINUTE, told, { watchMs: 30_000, stretch: 4, fullAt: at + HOUR })).toBeGreaterThanOrEqual(
        2 * MINUTE,
      )
    }
  })

  it('is not stretched beyond the time at which the limit is full again', () => {
    const late = pause(MINUTE, false, { watchMs: 30_000, stretch: 1_000, fullAt: at + 10 * MINUTE })
    expect(late).toBeGreaterThanOrEqual(10 * MINUTE)
    expect(late).toBeLessThanOrEqual(11 * MINUTE)
    expect(pause(MINUTE, false, { watchMs: 30_000, stretch: 1_000, fullAt: at })).toBeLessThan(34_000)
  })

  it('is at the same time for those that were looked at shortly one after the other', () => {
    const start = Math.ceil(at / (5 * MINUTE)) * 5 * MINUTE
    const next = [1, 8_000, 29_000].map((later) =>
      nextLookAt(start + later, { quietMs: HOUR, told: true }, unlimited),
    )
    expect(new Set(next).size).toBe(1)
  })

  it('is ever less often while the forge gives no answer, up to every 5 minutes', () => {
    const pauses = [0, 1, 2, 20, 10_000].map(pauseAfterSilence)
    expect(pauses).toEqual([5_000, 10_000, 20_000, 5 * MINUTE, 5 * MINUTE])
  })
})

describe('limits', () => {
  const limit = (remaining: number, fields: Partial<ForgeLimit> = {}): ForgeLimit => ({
    ...{ owner: 'optio-bot', resource: 'graphql', limit: 5_000, remaining, resetAt: HOUR, pausedUntil: null },
    ...fields,
  })
  const thousand = { busy: 1_000, quiet: 0, told: 0 }
  const now = { watchMs: 30_000, reserve: 0.2, now: 0 }

  it('stretch nothing as long as they suffice', () => {
    expect(stretchFor([limit(5_000)], { busy: 200, quiet: 0, told: 0 }, now).stretch).toBe(1)
    expect(stretchFor([limit(5_000)], { busy: 0, quiet: 1_000, told: 0 }, now).stretch).toBe(1)
    expect(stretchFor([], thousand, now)).toEqual({ stretch: 1, fullAt: 0 })
  })

  it('stretch the pauses so that what is left above the share of people lasts until they are full again', () => {
    for (const remaining of [5_000, 3_000, 1_100]) {
      const { stretch, fullAt } = stretchFor([limit(remaining)], thousand, now)
      expect(fullAt).toBe(HOUR)
      // 20 requests of 3 points at most, every 30 s times the stretch.
      const spent = (HOUR / (30_000 * stretch)) * 60
      expect(spent).toBeCloseTo(remaining - 1_000)
    }
  })

  it('of what GitHub is not asked with, that are used up, or that are full again stretch nothing', () => {
    const limits = [
      limit(5_000, { resetAt: 60_000 }),
      limit(1, { resource: 'core' }),
      limit(900),
      limit(1_001, { resetAt: -1 }),
    ]
    expect(stretchFor(limits, { busy: 50, quiet: 0, told: 0 }, now).stretch).toBe(1)
  })

  it('of REST count where there is no GraphQL', () => {
    expect(stretchFor([limit(1_100, { resource: 'core' })], thousand, now).stretch).toBeGreaterThan(1)
  })

  describe('pace the requests that webhooks cause', () => {
    /** When each of some requests is made by who asks again and again, in milliseconds. */
    const times = (count: number, limitsAfter: (made: number) => readonly ForgeLimit[]) => {
      const pace = createRequestPace(0.2)
      let at = 0
      return Array.from({ length: count }, (_, n) => {
        const limits = limitsAfter(n)
        for (let pause = pace.pauseBefore(limits, at); pause > 0; pause = pace.pauseBefore(limits, at)) {
          at += pause
        }
        pace.made()
        return at
      })
    }

    it('only after many at once, and then so that what is left above the share of people lasts', () => {
      // 40 requests are left for the hour besides the first sixty.
      const made = times(99, (n) => [limit(1_100 - n)])
      expect(made[59]).toBe(0)
      expect(made[79]).toBeGreaterThan(0.45 * HOUR)
      expect(made[98]).toBeGreaterThan(0.9 * HOUR)
      expect(made[98]).toBeLessThan(HOUR)
    })

    it('not at all where none are known, where they were used up, or are full again', () => {
      for (const limits of [
        [],
        [limit(900)],
        [limit(1_100, { resetAt: 0 })],
        [limit(1, { resource: 'core' })],
      ]) {
        expect(times(500, () => limits).at(-1)).toBe(0)
      }
    })
  })
})
