import { describe, expect, it } from 'vitest'
import { createLimits } from '../../../src/github/http/limits.ts'
import { NoAnswer } from '../../../src/no-answer.ts'

const NOON = Date.parse('2026-03-01T12:00:00Z')

function limitsAt(start = NOON) {
  const clock = { at: start }
  return { clock, limits: createLimits({ reserve: 0.2, now: () => clock.at }) }
}

/** Headers of an answer, as GitHub sends them. */
function said(remaining: number, resetAt: number, more: Record<string, string> = {}): Record<string, string> {
  return {
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.floor(resetAt / 1000)),
    'x-ratelimit-resource': 'core',
    ...more,
  }
}

function retryAtOf(begin: () => unknown): number | null {
  try {
    begin()
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(NoAnswer)
    expect(error).toMatchObject({ reason: 'limited' })
    return (error as NoAnswer).retryAt
  }
}

describe('the hourly limit', () => {
  it('keeps a share for people, and nothing is sent beyond it until it is full again', () => {
    const { clock, limits } = limitsAt()
    const resetAt = NOON + 600_000
    expect(retryAtOf(() => limits.begin('core', 'background'))).toBeNull()
    limits.learn('core', said(21, resetAt))
    expect(retryAtOf(() => limits.begin('core', 'background')())).toBeNull()
    limits.learn('core', said(20, resetAt))
    expect(retryAtOf(() => limits.begin('core', 'background'))).toBe(resetAt)
    expect(retryAtOf(() => limits.begin('graphql', 'background'))).toBeNull()
    expect(retryAtOf(() => limits.begin('core', 'person')())).toBeNull()
    limits.learn('core', said(0, resetAt))
    expect(retryAtOf(() => limits.begin('core', 'person'))).toBe(resetAt)
    clock.at = resetAt
    expect(retryAtOf(() => limits.begin('core', 'background'))).toBeNull()
  })

  it('counts what is under way', () => {
    const { limits } = limitsAt()
    limits.learn('core', said(22, NOON + 600_000))
    const first = limits.begin('core', 'background')
    const second = limits.begin('core', 'background')
    expect(retryAtOf(() => limits.begin('core', 'background'))).not.toBeNull()
    limits.learn('core', said(22, NOON + 600_000))
    first()
    second()
    expect(retryAtOf(() => limits.begin('core', 'background')())).toBeNull()
  })

  it('is not raised by an answer that was overtaken, only by the next hour', () => {
    const { limits } = limitsAt()
    limits.learn('core', said(30, NOON + 600_000))
    limits.learn('core', said(50, NOON + 601_000))
    expect(limits.shown('x')[0]?.remaining).toBe(30)
    limits.learn('core', said(99, NOON + 4_200_000))
    expect(limits.shown('x')[0]?.remaining).toBe(99)
  })

  it('ends when it does by GitHub’s clock, however wrong this machine’s is', () => {
    const { limits } = limitsAt()
    const theirs = NOON + 7_200_000
    limits.learn('core', said(0, theirs + 60_000, { date: new Date(theirs).toUTCString() }))
    expect(retryAtOf(() => limits.begin('core', 'person'))).toBe(NOON + 60_000)
  })

  it('that an answer says is used up is obeyed for its resource alone', () => {
    const { limits } = limitsAt()
    const headers = said(0, NOON + 60_000)
    limits.learn('core', headers)
    const answer = { status: 403, headers, message: 'API rate limit exceeded for user ID 1.' }
    expect(limits.limitOf('core', answer)?.retryAt).toBe(NOON + 60_000)
    expect(retryAtOf(() => limits.begin('graphql', 'background'))).toBeNull()
  })
})

describe('the secondary limit', () => {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'

  it('pauses everything for as long as GitHub says, else for a minute, and longer each time it comes again', () => {
    const { clock, limits } = limitsAt()
    const told = limits.limitOf('core', { status: 403, headers: { 'retry-after': '30' }, message })
    expect(told?.retryAt).toBe(NOON + 30_000)
    expect(retryAtOf(() => limits.begin('graphql', 'person'))).toBe(NOON + 30_000)
    clock.at = NOON + 30_000
    expect(retryAtOf(() => limits.begin('core', 'background'))).toBeNull()
    limits.eased()
    expect(limits.limitOf('core', { status: 403, headers: {}, message })?.retryAt).toBe(clock.at + 60_000)
    clock.at += 60_000
    expect(limits.limitOf('core', { status: 429, headers: {}, message: '' })?.retryAt).toBe(
      clock.at + 120_000,
    )
    clock.at += 120_000
    limits.eased()
    expect(limits.limitOf('core', { status: 403, headers: {}, message })?.retryAt).toBe(clock.at + 60_000)
  })

  it('lasts no longer because many requests were under way when it came', () => {
    const { clock, limits } = limitsAt()
    for (let i = 0; i < 8; i++) {
      const limit = limits.limitOf('core', { status: 403, headers: {}, message })
      expect(limit?.retryAt).toBe(NOON + 60_000)
      clock.at += 100
    }
  })

  it('is not what a missing permission is', () => {
    const { limits } = limitsAt()
    limits.learn('core', said(50, NOON + 60_000))
    const message = 'Resource not accessible by personal access token'
    expect(limits.limitOf('core', { status: 403, headers: said(49, NOON + 60_000), message })).toBeNull()
    expect(limits.limitOf('core', { status: 404, headers: { 'retry-after': '5' }, message })).toBeNull()
  })

  it('takes a date for when to go on', () => {
    const { limits } = limitsAt()
    const headers = { 'retry-after': new Date(NOON + 90_000).toUTCString() }
    expect(limits.limitOf('core', { status: 429, headers, message: '' })?.retryAt).toBe(NOON + 90_000)
  })
})
