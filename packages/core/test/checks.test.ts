import {
  checksStatus,
  decide,
  failedChecks,
  firstCheckAwaitedUntil,
  judgeMerge,
  mergeFactsOf,
  type PullRequestObservation,
} from '@optio/core'
import { describe, expect, test } from 'vitest'
import { check, known, NOW, opened, policy, pr, review, run } from './support/snapshots.ts'

/** Such as a forge has whose checks speak about the head alone. */
function onForge(
  items: PullRequestObservation['checks']['items'],
  required = false,
): Parameters<typeof known>[0] {
  return { checks: { baseSha: null, required, items } }
}

describe('where the forge marks checks as required', () => {
  const failing = check({ name: 'lint', conclusion: 'failure' })
  const tests = check({ name: 'tests', required: true })

  test('only those decide, for the merge and for sending the agent back', () => {
    expect(checksStatus(pr(onForge([failing, tests])))).toBe('passing')
    expect(failedChecks(pr(onForge([failing, tests])))).toEqual([])
    expect(decide(opened({ pullRequest: known(onForge([failing, tests])) })).action).toMatchObject({
      effect: { kind: 'merge' },
    })
    const broken = { ...tests, conclusion: 'failure' as const }
    const sent = decide(opened({ pullRequest: known(onForge([check({ name: 'lint' }), broken])) }))
    expect(sent.action).toMatchObject({ type: 'queue_attempt', next: { reason: 'ci_failed' } })
    expect(sent.explain.summary).toContain('tests')
  })

  test('one that has not reported yet is waited for, whatever the others say', () => {
    const expected = check({ name: 'build', required: true, status: 'queued', conclusion: null })
    const decision = decide(opened({ pullRequest: known(onForge([tests, expected])) }))
    expect(decision).toMatchObject({ action: { type: 'wait', on: 'check' }, reason: 'checks_running' })
    expect(decision.explain.summary).toContain('build')
  })

  test('where none is marked all of them decide', () => {
    expect(failedChecks(pr(onForge([failing, check()])))).toEqual([failing])
  })
})

describe('a head without any check', () => {
  const grace = 120_000
  const bare = onForge([])
  const at = (age: number, change: Parameters<typeof known>[0] = {}) =>
    opened({
      policy: policy({ checksGraceMs: grace }),
      pullRequest: { kind: 'known', observation: pr({ ...bare, ...change }), headSince: NOW - age },
    })

  test('counts as not checked yet until its grace period is over, however much it is approved', () => {
    const decision = decide(at(grace - 1_000, { reviews: [review()] }))
    expect(decision).toMatchObject({ reason: 'checks_pending', wakeAt: NOW + 1_000 })
    expect(decision.explain.summary).toContain('1 s')
    expect(decide(at(grace, { reviews: [review()] })).action).toMatchObject({ effect: { kind: 'merge' } })
  })

  test('is then not merged on nobody’s word, nor on that of a stranger', () => {
    expect(decide(at(grace)).reason).toBe('approval_missing')
    expect(decide(at(grace, { reviews: [review({ byWriter: false })] })).reason).toBe('approval_missing')
  })

  test('is waited for without an end where something should have run', () => {
    const s = at(10 * grace, { checks: { baseSha: null, required: true, items: [] }, reviews: [review()] })
    expect(decide(s)).toMatchObject({ reason: 'checks_pending', action: { type: 'wait', on: 'check' } })
  })

  test('needs no grace where Optio runs the checks, and gets none where its age does not matter', () => {
    const own = pr({ checks: { required: false, items: [] } })
    expect(firstCheckAwaitedUntil(own, { now: NOW, headSince: NOW, graceMs: grace })).toBeNull()
    expect(firstCheckAwaitedUntil(pr(bare), { now: NOW, graceMs: grace })).toBeNull()
  })

  test('is still waited for when the merge is carried out', () => {
    const s = at(1_000, { reviews: [review()] })
    const facts = mergeFactsOf({ ...s, run: run(), headSince: NOW - 1_000 })
    expect(judgeMerge(pr({ ...bare, reviews: [review()] }), facts).obstacles).toMatchObject([
      { code: 'checks_pending' },
    ])
  })
})

test('a pause of Optio is no reason why checks of a forge do not start', () => {
  const queued = check({ status: 'queued', conclusion: null })
  const s = opened({ pullRequest: known(onForge([queued])) })
  const paused = { ...s, capacity: { ...s.capacity, paused: { since: NOW, by: 'ada', reason: null } } }
  expect(decide(paused).reason).toBe('checks_running')
})
