import { decide, type Snapshot } from '@optio/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitrarySnapshot } from './support/arbitraries.ts'
import { NOW } from './support/snapshots.ts'
import { SILENCES } from './support/world/forge.ts'
import { proveOnSilence } from './support/world/proofs.ts'

/** Runs whose forge gives no answer: of what is stored of them anything may be the case. */
const onSilence = fc.tuple(arbitrarySnapshot, fc.constantFrom(...SILENCES)).map(
  ([s, why]): Snapshot => ({
    ...s,
    run: { ...s.run, kind: 'repo', prNumber: 7 },
    // One that could not be begun because of it is no fault of the machine.
    attempt: s.attempt?.failure?.kind === 'forge' ? { ...s.attempt, environmentFault: false } : s.attempt,
    pullRequest: { kind: 'unknown', message: 'It is down.', retryAt: NOW + 7_000, why },
  }),
)

test('a forge that gives no answer brings nothing about, and what waits for it says so and asks again', () => {
  const met = new Map<string, number>()
  fc.assert(
    fc.property(onSilence, (s) => {
      const decision = decide(s)
      proveOnSilence(s, decision)
      met.set(decision.reason, (met.get(decision.reason) ?? 0) + 1)
    }),
    { numRuns: 5_000 },
  )
  for (const reason of ['forge_credential', 'repository_replaced', 'forge_limited', 'forge_silent'])
    expect(met.get(reason), 'the property was never put to the test').toBeGreaterThan(10)
})

test('an attempt that could not begin without the forge is queued anew, for later, and counts as nothing', () => {
  let queued = 0
  fc.assert(
    fc.property(onSilence, fc.constantFrom(...SILENCES), (s, why) => {
      if (s.attempt === null) return
      const failure = { kind: 'forge' as const, why, message: 'It is down.', retryAt: null }
      const attempt = {
        ...s.attempt,
        state: 'failed' as const,
        environmentFault: false,
        failure,
        endedAt: NOW,
      }
      const run = { ...s.run, state: 'provisioning' as const, intent: null, budgetUsd: null }
      const { action } = decide({ ...s, run, attempt })
      if (action.type !== 'queue_attempt') throw new Error(`${action.type} instead of another attempt`)
      queued++
      expect(action.next.counts).toBeNull()
      expect(action.next.notBefore).toBeGreaterThan(NOW)
    }),
    { numRuns: 1_000 },
  )
  expect(queued, 'the property was never put to the test').toBeGreaterThan(100)
})
