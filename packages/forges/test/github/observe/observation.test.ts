import { checksStatus, judgeMerge } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { withMarker } from '../../../src/github/marker.ts'
import type { FoundReview } from '../../../src/github/observe/found.ts'
import { observationOf, sameThreads, threadOf } from '../../../src/github/observe/observation.ts'
import { NO_RULES } from '../../../src/github/observe/rules.ts'
import { besides, checksOf, HEAD, job, pullRequest, status } from '../support/found.ts'

const required = (...names: string[]) => ({
  ...NO_RULES,
  requiredChecks: names.map((name) => ({ name, appId: null })),
})

describe('checks', () => {
  test('what ran again replaces what it was before', () => {
    const checks = checksOf([job({ order: 2 }), job({ order: 1, conclusion: 'failure' })])
    const { items } = observationOf(pullRequest({ checks }), besides()).checks
    expect(items.map(({ id, conclusion }) => [id, conclusion])).toEqual([['2', 'success']])
  })

  test('jobs of one name in two workflows are two checks', () => {
    const other = { id: 2, name: 'Release', event: 'pull_request', isDone: true }
    const checks = checksOf([job({ order: 1, conclusion: 'failure' }), job({ order: 2, workflow: other })])
    const { items } = observationOf(pullRequest({ checks }), besides()).checks
    expect(items.map(({ conclusion }) => conclusion)).toEqual(['failure', 'success'])
  })

  test('a required check that has not reported is waited for', () => {
    const observation = observationOf(pullRequest(), besides({ rules: required('test', 'e2e') }))
    expect(observation.checks.required).toBe(true)
    expect(observation.checks.items.at(-1)).toEqual({
      name: 'e2e',
      status: 'queued',
      conclusion: null,
      summary: 'required; has not reported yet',
      url: null,
      log: null,
      required: true,
    })
    expect(checksStatus(observation)).toBe('pending')
  })

  test('a check that is required of one app is not reported by another', () => {
    const rules = { ...NO_RULES, requiredChecks: [{ name: 'test', appId: 99 }] }
    const { items } = observationOf(pullRequest(), besides({ rules })).checks
    expect(items.map(({ name, status, required: needed }) => [name, status, needed])).toEqual([
      ['test', 'completed', false],
      ['test', 'queued', true],
    ])
  })

  test('a required status is one, whoever reports it', () => {
    const checks = checksOf([status({ name: 'e2e' })])
    const { items } = observationOf(pullRequest({ checks }), besides({ rules: required('e2e') })).checks
    expect(items).toMatchObject([{ name: 'e2e', required: true, conclusion: 'success' }])
  })

  test('between two jobs of a workflow, its checks are not complete', () => {
    const workflow = { id: 1, name: 'CI', event: 'push', isDone: false }
    const between = observationOf(pullRequest({ checks: checksOf([job({ workflow })]) }), besides())
    expect(checksStatus(between)).toBe('pending')
    const under = checksOf([
      job({ workflow }),
      job({ order: 2, name: 'e2e', status: 'running', conclusion: null, workflow }),
    ])
    // What is under way says that it is, and nothing more is said.
    expect(observationOf(pullRequest({ checks: under }), besides()).checks.items).toHaveLength(2)
  })

  test('conclusions nobody knows are not good', () => {
    for (const conclusion of [
      'action_required',
      'startup_failure',
      'stale',
      'brand_new',
      '__proto__',
      null,
    ]) {
      const checks = checksOf([job({ conclusion })])
      const observation = observationOf(pullRequest({ checks }), besides())
      expect([conclusion, checksStatus(observation)]).toEqual([conclusion, 'failing'])
    }
  })

  test.each([
    ['success', 'passing'],
    ['failure', 'failing'],
    ['error', 'failing'],
    ['pending', 'pending'],
    ['expected', 'pending'],
    [null, 'pending'],
  ] as const)(
    'of checks that may not be read GitHub’s word on all of them counts: %s',
    (combined, expected) => {
      const checks = checksOf([], { combined, someHidden: true })
      const observation = observationOf(pullRequest({ checks }), besides())
      expect(observation.checks.required).toBe(true)
      expect(checksStatus(observation)).toBe(expected)
    },
  )

  test('where a required check may be among those that may not be read, all of them count', () => {
    const checks = checksOf([status({ isRequired: true })], { combined: 'failure', someHidden: true })
    const { items } = observationOf(
      pullRequest({ checks }),
      besides({ rules: required('lint', 'test') }),
    ).checks
    expect(items.map(({ required: needed, conclusion }) => [needed, conclusion])).toEqual([
      [true, 'success'],
      [true, 'failure'],
    ])
  })

  test('a workflow that should start is waited for', () => {
    const checks = checksOf([status({ name: 'a quick bot' })])
    const observation = observationOf(
      pullRequest({ checks }),
      besides({ awaited: [{ name: 'CI', summary: 'has not begun' }] }),
    )
    expect(checksStatus(observation)).toBe('pending')
  })

  test('no checks, no rules and no workflows are no checks', () => {
    const checks = checksOf([], { combined: null })
    expect(observationOf(pullRequest({ checks }), besides()).checks).toEqual({
      required: false,
      headSha: HEAD,
      baseSha: null,
      items: [],
    })
  })
})

describe('what holds a merge back', () => {
  const blocked = (change: Parameters<typeof pullRequest>[0], rules = NO_RULES) =>
    observationOf(pullRequest({ mergeState: 'blocked', ...change }), besides({ rules })).mergeBlocked

  test('nothing, while checks say themselves why', () => {
    expect(blocked({ checks: checksOf([job({ status: 'running', conclusion: null })]) })).toBeNull()
    expect(blocked({ mergeState: 'clean' })).toBeNull()
    // One that is not required says nothing about the merge.
    const failing = job({ order: 2, name: 'flaky', conclusion: 'failure' })
    const checks = checksOf([job({ isRequired: true }), failing])
    expect(blocked({ checks })?.code).toBe('protected')
  })

  test('a review that the branch wants', () => {
    expect(blocked({ reviewDecision: 'review_required' })?.code).toBe('review_required')
    expect(blocked({}, { ...NO_RULES, requiredReviews: 1 })?.code).toBe('review_required')
    expect(blocked({ reviewDecision: 'approved' })?.code).toBe('protected')
  })

  test('conversations, by their number', () => {
    const threads = [{ id: 'T', path: 'a', line: 1, comments: null }]
    const rules = { ...NO_RULES, resolvedConversations: true }
    expect(blocked({ threads, reviewDecision: 'approved' }, rules)?.message).toContain('1 is not')
  })

  test('a branch that is behind, a queue, an archive', () => {
    expect(blocked({ mergeState: 'behind' })?.message).toContain('up to date')
    expect(blocked({ mergeState: 'clean' }, { ...NO_RULES, mergeQueue: true })?.message).toContain('queue')
    expect(blocked({ mergeState: 'clean', isArchived: true })?.message).toContain('archived')
    expect(blocked({ state: 'merged', isArchived: true })).toBeNull()
  })
})

describe('reviews', () => {
  const review = (change: Partial<FoundReview>): FoundReview => ({
    author: 'ann',
    state: 'approved',
    body: '',
    headSha: HEAD,
    association: 'MEMBER',
    submittedAt: 1,
    ...change,
  })
  const standing = (...reviews: FoundReview[]) =>
    judgeMerge(observationOf(pullRequest({ reviews }), besides())).obstacles.map(({ code }) => code)

  test('a dismissed review counts for nothing', () => {
    expect(standing(review({ state: 'changes_requested' }))).toContain('changes_requested')
    expect(standing(review({ state: 'dismissed' }))).not.toContain('changes_requested')
  })

  test('another’s approval does not hide a change request', () => {
    expect(
      standing(review({ state: 'changes_requested' }), review({ author: 'bob', submittedAt: 2 })),
    ).toContain('changes_requested')
  })

  test('remarks on lines alone are no review', () => {
    const observation = observationOf(
      pullRequest({
        reviews: [review({ state: 'commented', body: ' ' }), review({ state: 'commented', body: 'Hm.' })],
      }),
      besides(),
    )
    expect(observation.reviews.map(({ body }) => body)).toEqual(['Hm.'])
  })

  test('only those who may write are writers', () => {
    const by = (author: string) =>
      observationOf(pullRequest({ reviews: [review({ author })] }), besides()).reviews[0]?.byWriter
    expect([by('ann'), by('Ann'), by('mallory')]).toEqual([true, true, false])
  })

  test('a marker is Optio’s with the name of its credential alone', () => {
    const own = (author: string, body: string, login: string | null = 'optio-bot') =>
      observationOf(
        pullRequest({ reviews: [review({ state: 'commented', author, body })] }),
        besides({ login }),
      ).reviews[0]
    expect(own('Optio-Bot', withMarker('Fine.', 'review:1'))).toMatchObject({ isOwn: true, body: 'Fine.' })
    expect(own('mallory', withMarker('Fine.', 'review:1'))?.isOwn).toBe(false)
    expect(own('optio-bot', 'Fine.')?.isOwn).toBe(false)
    expect(own('optio-bot', withMarker('Fine.', 'review:1'), null)?.isOwn).toBe(false)
  })
})

test('threads are read again when anything could have been said in them', () => {
  const threads = [{ id: 'T', path: 'a', line: 1, comments: null }]
  const found = pullRequest({ threads })
  const { revision } = observationOf(found, besides())
  expect(sameThreads(found, revision)).toBe(true)
  // A check went on: nothing was said.
  const running = checksOf([job({ status: 'running', conclusion: null })])
  expect(sameThreads({ ...found, checks: running }, revision)).toBe(true)
  expect(sameThreads({ ...found, updatedAt: '2026-03-01T10:00:01Z' }, revision)).toBe(false)
  expect(sameThreads({ ...found, threads: [] }, revision)).toBe(false)
  expect(sameThreads(found, undefined)).toBe(false)
})

test('what is the same has the same revision, and anything else another', () => {
  const revisionOf = (change: Parameters<typeof pullRequest>[0]) =>
    observationOf(pullRequest(change), besides()).revision
  expect(revisionOf({})).toBe(revisionOf({}))
  const running = checksOf([job({ status: 'running', conclusion: null })])
  for (const change of [{ labels: ['x'] }, { checks: running }, { mergeable: null }, { draft: true }]) {
    expect(revisionOf(change)).not.toBe(revisionOf({}))
  }
})

test('long texts are cut', () => {
  const comment = { author: 'ann', body: 'x'.repeat(100_000), association: 'NONE', createdAt: 1 }
  const thread = threadOf({ id: 'T', path: null, line: null, comments: null }, [comment], besides())
  expect(thread.comments[0]?.body.length).toBeLessThanOrEqual(20_000)
})
