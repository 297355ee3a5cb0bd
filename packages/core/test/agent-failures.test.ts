import {
  type AgentFailure,
  type AgentFailureKind,
  type AttemptFacts,
  type AttentionCode,
  decide,
  type NextAttempt,
  type SilenceReason,
  type Snapshot,
} from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attempt, NOW, policy, run, snapshot } from './support/snapshots.ts'

/** A run whose agent failed and said why. */
function failed(
  kind: AgentFailureKind,
  change: Partial<Snapshot> = {},
  about: Partial<AgentFailure> & { attempt?: Partial<AttemptFacts> } = {},
): Snapshot {
  const { attempt: facts, ...failure } = about
  return snapshot({
    attempt: attempt({
      state: 'failed',
      exitCode: 1,
      endedAt: NOW,
      errorMessage: 'it said why',
      failure: { kind, message: 'it said why', retryAt: null, ...failure },
      ...facts,
    }),
    sameFailureInARow: 1,
    ...change,
  })
}

function next(s: Snapshot): NextAttempt {
  const { action } = decide(s)
  if (action.type !== 'queue_attempt') throw new Error(`no attempt is queued: ${JSON.stringify(action)}`)
  return action.next
}

function attention(s: Snapshot): AttentionCode | null {
  const { action } = decide(s)
  return action.type === 'needs_attention' ? action.code : null
}

describe('what only a person can mend is asked for at once', () => {
  test.each([
    ['login', 'agent_login'],
    ['unavailable', 'agent_not_available'],
    ['request', 'agent_request'],
    ['max_turns', 'max_turns_reached'],
    ['denied', 'tools_denied'],
  ] as const)('%s: %s, in words, with retries left', (kind, code) => {
    const s = failed(kind)
    expect(attention(s)).toBe(code)
    const { explain } = decide(s)
    expect(explain.wouldChange.length).toBeGreaterThan(1)
    if (kind !== 'max_turns') expect(explain.summary).toContain('it said why')
  })

  test('also for an agent that never started', () => {
    expect(attention(failed('login', { run: run({ state: 'provisioning' }) }))).toBe('agent_login')
  })

  test('what can be done is said as long as it waits', () => {
    const waiting = failed('login', { run: run({ state: 'needs_attention', attention: 'agent_login' }) })
    expect(decide(waiting).explain.wouldChange).toEqual(decide(failed('login')).explain.wouldChange)
  })

  test('an exit code of 0 changes nothing', () => {
    expect(attention(failed('denied', {}, { attempt: { exitCode: 0 } }))).toBe('tools_denied')
  })

  test('an agent that was stopped is judged by the stop, whatever it said in the end', () => {
    const stopped = failed('rate_limit', {}, { attempt: { state: 'stopped', stopReason: 'deadline' } })
    expect(attention(stopped)).toBe('deadline_reached')
  })
})

describe.each(['rate_limit', 'provider'] as const)('a run that its provider turned away (%s)', (kind) => {
  test('is parked, and it is none of its retries', () => {
    expect(next(failed(kind))).toMatchObject({ reason: 'restart', counts: null })
    expect(next(failed(kind, { run: run({ maxRetries: 0 }) })).counts).toBeNull()
  })

  test('goes on when the provider said it could, however far that is', () => {
    const retryAt = NOW + 5 * 3_600_000
    const { notBefore } = next(failed(kind, {}, { retryAt }))
    expect(notBefore).toBeGreaterThanOrEqual(retryAt)
    expect(notBefore).toBeLessThan(retryAt + 60_000)
  })

  test('waits longer each time while the provider does not say', () => {
    const pauses = [1, 2, 3, 8].map(
      (sameFailureInARow) => (next(failed(kind, { sameFailureInARow })).notBefore ?? 0) - NOW,
    )
    expect(pauses).toEqual([30_000, 60_000, 120_000, 30 * 60_000])
  })

  test.each([NOW - 1, NOW + 365 * 24 * 3_600_000])('a time that cannot be (%i) is no time', (retryAt) => {
    expect((next(failed(kind, {}, { retryAt })).notBefore ?? 0) - NOW).toBe(30_000)
  })

  test('says until when, and why', () => {
    const notBefore = NOW + 5 * 3_600_000
    const parked = failed(kind, { run: run({ state: 'queued', notBefore }), policy: policy() })
    const { action, reason, explain, wakeAt } = decide(parked)
    expect(action).toEqual({ type: 'wait', on: 'backoff' })
    expect(reason).toBe(kind === 'rate_limit' ? 'provider_limit' : 'provider_error')
    expect(explain.summary).toContain(new Date(notBefore).toISOString())
    expect(explain.summary).toContain('it said why')
    expect(explain.wouldChange).toContain('Run it now.')
    expect(wakeAt).toBe(notBefore)
  })

  test('is not parked beyond its budget', () => {
    const spent = { spent: 10_000_000_000n, run: run({ budgetUsd: '10' }) }
    expect(attention(failed(kind, spent))).toBe('budget_reached')
  })
})

test('a quota is waited for without end, an error of the provider until a person should look', () => {
  expect(next(failed('rate_limit', { sameFailureInARow: 1000 })).counts).toBeNull()
  expect(next(failed('provider', { sameFailureInARow: 8 })).counts).toBeNull()
  expect(attention(failed('provider', { sameFailureInARow: 9 }))).toBe('provider_failing')
})

describe('an agent that kept to its cap', () => {
  const cap = run({ budgetUsd: '10' })

  test('needs a person when that is the budget', () => {
    const s = failed('budget', { run: run({ budgetUsd: '10.000000000' }), spent: 10_000_000_000n })
    expect(attention(s)).toBe('budget_reached')
    expect(decide(s).explain.summary).toContain('$10.00 ')
  })

  test('goes on when the budget was raised meanwhile, but not for ever', () => {
    expect(next(failed('budget', { run: cap, spent: 5_000_000_000n }))).toMatchObject({
      reason: 'restart',
      counts: null,
      notBefore: null,
    })
    const again = failed('budget', { run: cap, spent: 5_000_000_000n, sameFailureInARow: 4 })
    expect(attention(again)).toBe('budget_reached')
  })
})

describe('a session that is not there', () => {
  test('is replaced by a new one at once, and it is none of the retries', () => {
    expect(next(failed('session'))).toMatchObject({
      reason: 'restart',
      counts: null,
      notBefore: null,
      freshSession: true,
    })
  })

  test('twice in a row is a failure like any other', () => {
    expect(next(failed('session', { sameFailureInARow: 2 }))).toMatchObject({ counts: 'retry' })
  })
})

test.each(['agent', 'interrupted'] as const)('a failure of the agent itself (%s) is retried', (kind) => {
  expect(next(failed(kind))).toMatchObject({ reason: 'retry', counts: 'retry' })
  expect(next(failed(kind)).context.previousError).toBe('it said why')
  const { action } = decide(failed(kind, { run: run({ retryCount: 3, maxRetries: 3 }) }))
  expect(action).toMatchObject({ type: 'transition', to: 'failed' })
})

describe('a forge that gave no answer before there was an agent', () => {
  const silent = (why: SilenceReason, retryAt: number | null, inARow = 1) =>
    snapshot({
      run: run({ state: 'provisioning', retryCount: 2, maxRetries: 2 }),
      attempt: attempt({
        ...{ state: 'failed', exitCode: null, endedAt: NOW, outcome: null },
        failure: { kind: 'forge', why, message: 'Bad credentials.', retryAt },
      }),
      sameFailureInARow: inARow,
    })

  test('uses up no retry, however often: the attempt is made again when the forge says, or later and later', () => {
    expect(next(silent('limited', NOW + 90_000))).toMatchObject({
      ...{ reason: 'first', standsIn: true, counts: null, notBefore: NOW + 90_000 },
    })
    const pauses = [1, 2, 3, 50].map((n) => (next(silent('credential', null, n)).notBefore ?? 0) - NOW)
    expect(pauses).toEqual([60_000, 120_000, 240_000, 1_800_000])
    expect((next(silent('unreachable', null, 50)).notBefore ?? 0) - NOW).toBe(300_000)
  })

  test('is what the queued run says it waits for', () => {
    const { attempt: ended } = silent('credential', null)
    const queued = (notBefore: number) =>
      decide(snapshot({ run: run({ state: 'queued', notBefore }), attempt: ended }))
    expect(queued(NOW + 60_000)).toMatchObject({
      action: { type: 'wait', on: 'person' },
      reason: 'forge_credential',
      explain: { summary: expect.stringContaining('Bad credentials.') },
      wakeAt: NOW + 60_000,
    })
    expect(queued(NOW).action).toMatchObject({ on: 'capacity' })
  })
})
