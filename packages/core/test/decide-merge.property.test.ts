import {
  askingOf,
  brokenChecks,
  currentChecks,
  decide,
  decidingChecks,
  failedChecks,
  failedSubtasks,
  firstCheckAwaitedUntil,
  isFinished,
  isHeadApproved,
  mergeFactsOf,
  mergeRefusal,
  openSubtasks,
  REVIEW_AUTHOR,
  type Snapshot,
  standingChangeRequests,
  unansweredThreads,
} from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nearlyMergeable } from './support/nearly-mergeable.ts'

describe('a merge', () => {
  test('is only ever asked for on a head that checks or an approval spoke for, that nobody speaks against', () => {
    let merges = 0
    fc.assert(
      fc.property(nearlyMergeable, (s) => {
        const { action } = decide(s)
        if (action.type !== 'effect' || action.effect.kind !== 'merge') return
        merges++
        if (s.pullRequest.kind !== 'known') throw new Error('merged what was not seen')
        const { observation } = s.pullRequest
        expect(s.run.state).toBe('pr_opened')
        expect(s.policy.autoMerge).toBe(true)
        expect(s.policy.cautiousMode).toBe(false)
        expect(action.effect.headSha).toBe(observation.headSha)
        expect(action.effect.baseSha).toBe(observation.baseSha)
        expect(observation.state).toBe('open')
        expect(observation.draft).toBe(false)
        expect(observation.mergeable).toBe(true)
        expect(observation.mergeBlocked).toBeNull()
        expect(standingChangeRequests(observation)).toEqual([])
        expect(unansweredThreads(observation, askingOf(s))).toEqual([])
        expect(failedChecks(observation)).toEqual([])
        expect(brokenChecks(observation)).toEqual([])
        expect(openSubtasks(s.subtasks)).toEqual([])
        expect(failedSubtasks(s.subtasks)).toEqual([])
        const ofHead = s.reviews.filter(({ headSha }) => headSha === observation.headSha)
        expect(ofHead.every(({ state }) => isFinished(state))).toBe(true)
        const last = ofHead.at(-1)
        const byPerson = observation.reviews.some(
          ({ author, state, headSha, byWriter, isOwn }) =>
            author !== REVIEW_AUTHOR &&
            state === 'approved' &&
            headSha === observation.headSha &&
            byWriter !== false &&
            isOwn !== true,
        )
        const automatic = s.policy.review !== null && s.policy.review.trigger !== 'manual'
        if (last !== undefined || automatic) {
          expect((last?.state === 'completed' && last.verdict !== null) || byPerson).toBe(true)
        }
        const spoke = decidingChecks(observation)
        const { headSince } = s.pullRequest
        const { checksGraceMs: graceMs } = s.policy
        expect(firstCheckAwaitedUntil(observation, { now: s.now, headSince, graceMs })).toBeNull()
        const required = currentChecks(observation).filter((check) => check.required)
        if (required.length > 0) expect(spoke).toEqual(required)
        expect(spoke.every(({ status }) => status === 'completed')).toBe(true)
        const passed = spoke.some(({ conclusion }) => conclusion === 'success')
        expect(passed || (!observation.checks.required && isHeadApproved(observation))).toBe(true)
        if (passed) {
          expect(observation.checks.headSha).toBe(observation.headSha)
          expect([null, observation.baseSha]).toContain(observation.checks.baseSha)
        }
      }),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(merges, 'the property was never put to the test').toBeGreaterThan(200)
  })

  test('that was decided is refused once its observation would no longer be merged', () => {
    let refused = 0
    let allowed = 0
    fc.assert(
      fc.property(
        nearlyMergeable,
        fc.constantFrom('head-1', 'head-2'),
        fc.constantFrom('base-1', 'base-2'),
        (s, headSha, baseSha) => {
          if (s.pullRequest.kind !== 'known') return
          const { observation } = s.pullRequest
          const facts = mergeFactsOf({ ...s, headSince: s.pullRequest.headSince })
          const refusal = mergeRefusal(observation, s.policy, { headSha, baseSha }, facts)
          const rests = observation.checks.baseSha !== null
          const moved = observation.headSha !== headSha || (rests && observation.baseSha !== baseSha)
          const fresh = decide({ ...s, effects: [], liveChecks: { count: 0, stopRequested: false } }).action
          const merges = fresh.type === 'effect' && fresh.effect.kind === 'merge'
          if (refusal === null) allowed++
          else refused++
          if (moved || !s.policy.autoMerge || s.policy.cautiousMode) expect(refusal).not.toBeNull()
          if (merges && !moved) expect(refusal).toBeNull()
          if (refusal === null) {
            expect(standingChangeRequests(observation)).toEqual([])
            expect(unansweredThreads(observation, askingOf(s))).toEqual([])
            expect(openSubtasks(s.subtasks)).toEqual([])
            expect(failedSubtasks(s.subtasks)).toEqual([])
          }
        },
      ),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(Math.min(refused, allowed)).toBeGreaterThan(20)
  })

  test('is never brought about by what a stranger, or Optio itself, posted', () => {
    let merges = 0
    let held = 0
    fc.assert(
      fc.property(
        nearlyMergeable,
        fc.constantFrom({ byWriter: false }, { isOwn: true }),
        fc.constantFrom('approved' as const, 'commented' as const, 'changes_requested' as const),
        (given, by, state) => {
          if (given.pullRequest.kind !== 'known') return
          const { pullRequest } = given
          const s: Snapshot = { ...given, policy: { ...given.policy, requestsFrom: 'writers' } }
          const { observation } = pullRequest
          const reviews = observation.reviews.filter(({ author }) => author !== 'eve')
          const said = {
            author: 'eve',
            state,
            body: '',
            headSha: observation.headSha,
            comments: [],
            submittedAt: s.now,
          }
          const judged = (all: typeof reviews) =>
            decide({ ...s, pullRequest: { ...pullRequest, observation: { ...observation, reviews: all } } })
          const without = judged(reviews)
          const after = judged([...reviews, { ...said, ...by }])
          const merged = without.action.type === 'effect' && without.action.effect.kind === 'merge'
          if (merged) merges++
          // A stranger's request holds the merge; nothing of theirs brings anything about.
          const holds = state === 'changes_requested' && 'byWriter' in by
          if (!holds) expect(after).toEqual(without)
          else if (merged) {
            held++
            expect(after.action).toEqual({ type: 'wait', on: 'person' })
          }
          if (after.action.type === 'queue_attempt') expect(without.action.type).toBe('queue_attempt')
        },
      ),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(Math.min(merges, held), 'the property was never put to the test').toBeGreaterThan(10)
  })

  test('is never brought about by an approval of another head', () => {
    let merges = 0
    fc.assert(
      fc.property(nearlyMergeable, fc.constantFrom('eve', REVIEW_AUTHOR), (s, author) => {
        if (s.pullRequest.kind !== 'known') return
        const { observation } = s.pullRequest
        // Somebody who has said nothing else: an approval by one who requested changes does lift the request.
        const reviews = observation.reviews.filter((each) => each.author !== author)
        const approval = {
          author,
          state: 'approved' as const,
          body: '',
          headSha: 'head-0',
          comments: [],
          submittedAt: s.now,
        }
        const judged = (given: typeof reviews) =>
          decide({
            ...s,
            pullRequest: {
              ...s.pullRequest,
              observation: { ...observation, reviews: given },
            } as Snapshot['pullRequest'],
          })
        const without = judged(reviews)
        if (without.action.type === 'effect' && without.action.effect.kind === 'merge') merges++
        expect(judged([...reviews, approval])).toEqual(without)
      }),
      { numRuns: 3_000, seed: 20_251_121 },
    )
    expect(merges, 'the property was never put to the test').toBeGreaterThan(50)
  })

  test('waits for the review that policy wants: started once for a head, and not beyond the rounds', () => {
    let started = 0
    fc.assert(
      fc.property(nearlyMergeable, (s) => {
        const { action } = decide(s)
        if (action.type !== 'start_review') return
        started++
        expect(s.run).toMatchObject({ kind: 'repo', state: 'pr_opened' })
        expect(['on_pr', 'on_ci_pass']).toContain(s.policy.review?.trigger)
        expect(s.reviews.length).toBeLessThan(s.policy.review?.maxRounds ?? 0)
        expect(s.reviews.map(({ headSha }) => headSha)).not.toContain(action.headSha)
        if (s.pullRequest.kind !== 'known') throw new Error('reviews what was not seen')
        expect(s.pullRequest.observation).toMatchObject({ headSha: action.headSha, state: 'open' })
      }),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(started, 'the property was never put to the test').toBeGreaterThan(100)
  })
})
