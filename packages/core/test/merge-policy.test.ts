import {
  checksStatus,
  currentChecks,
  isHeadApproved,
  judgeMerge,
  type MergeFacts,
  mergeRefusal,
  obstaclesForPerson,
  reviewStatus,
  standingChangeRequests,
} from '@optio/core'
import { describe, expect, test } from 'vitest'
import { check, NOW, policy, pr, review } from './support/snapshots.ts'

const codes = (change: Parameters<typeof pr>[0]) => judgeMerge(pr(change)).obstacles.map(({ code }) => code)

describe('checks', () => {
  test('of another head or another base are as if they had not spoken', () => {
    expect(currentChecks(pr({ checks: { headSha: 'head-0' } }))).toEqual([])
    expect(currentChecks(pr({ checks: { baseSha: 'base-0' } }))).toEqual([])
    expect(currentChecks(pr({ checks: { baseSha: null } }))).toHaveLength(1)
  })

  test.each([
    ['pending', { checks: { items: [] } }],
    ['none', { checks: { required: false, items: [] } }],
    ['pending', { checks: { items: [check({ status: 'running' as const, conclusion: null })] } }],
    ['pending', { checks: { items: [check(), check({ status: 'queued' as const, conclusion: null })] } }],
    ['pending', { checks: { items: [check({ conclusion: 'neutral' as const })] } }],
    ['passing', { checks: { items: [check(), check({ conclusion: 'skipped' as const })] } }],
    ['failing', { checks: { items: [check(), check({ conclusion: 'timed_out' as const })] } }],
    ['failing', { checks: { items: [check(), check({ conclusion: 'cancelled' as const })] } }],
    ['failing', { checks: { items: [check(), check({ conclusion: null })] } }],
    ['conflicts', { mergeable: false }],
  ] as const)('are %s', (status, change) => {
    expect(checksStatus(pr(change as Parameters<typeof pr>[0]))).toBe(status)
  })
})

describe('reviews', () => {
  const asked = review({ state: 'changes_requested', submittedAt: NOW - 100, headSha: 'head-0' })

  test('a change request stands until its author lifts it: no comment, no other, no new commit does', () => {
    expect(standingChangeRequests(pr({ reviews: [asked] }))).toHaveLength(1)
    const comment = review({ state: 'commented', submittedAt: NOW })
    const other = review({ author: 'bob', submittedAt: NOW })
    expect(standingChangeRequests(pr({ reviews: [comment, other, asked] }))).toHaveLength(1)
    expect(standingChangeRequests(pr({ reviews: [review({ submittedAt: NOW }), asked] }))).toEqual([])
    expect(
      standingChangeRequests(pr({ reviews: [asked, review({ state: 'dismissed', submittedAt: NOW })] })),
    ).toEqual([])
  })

  test('an approval counts for the head it was given on, until it is taken back', () => {
    expect(isHeadApproved(pr({ reviews: [review()] }))).toBe(true)
    expect(isHeadApproved(pr({ reviews: [review({ headSha: 'head-0' })] }))).toBe(false)
    expect(
      isHeadApproved(pr({ reviews: [review(), review({ state: 'dismissed', submittedAt: NOW })] })),
    ).toBe(false)
    expect(reviewStatus(pr({ reviews: [review({ headSha: 'head-0' })] }))).toBe('pending')
    expect(reviewStatus(pr({ reviews: [review(), { ...asked, author: 'bob' }] }))).toBe('changes_requested')
    expect([reviewStatus(pr()), reviewStatus(pr({ reviews: [review()] }))]).toEqual(['none', 'approved'])
  })
})

describe('the verdict', () => {
  test('names every obstacle', () => {
    expect(codes({})).toEqual([])
    const all = codes({
      draft: true,
      mergeable: false,
      reviews: [review({ state: 'changes_requested' })],
      mergeBlocked: { code: 'dirty', message: 'The checkout is dirty.' },
    })
    expect(all).toEqual(['draft', 'conflict', 'checks_pending', 'changes_requested', 'blocked'])
  })

  test('for a person: force passes failing checks, never a conflict or a blocked base', () => {
    const verdict = judgeMerge(
      pr({
        draft: true,
        checks: { items: [check({ conclusion: 'failure' })] },
        mergeBlocked: { code: 'd', message: 'd' },
      }),
    )
    expect(obstaclesForPerson(verdict, { force: false }).map(({ code }) => code)).toEqual([
      'checks_failing',
      'blocked',
    ])
    expect(obstaclesForPerson(verdict, { force: true }).map(({ code }) => code)).toEqual(['blocked'])
  })

  test('is judged again right before the merge is carried out', () => {
    const pair = { headSha: 'head-1', baseSha: 'base-1' }
    expect(mergeRefusal(pr(), policy(), pair)).toBeNull()
    expect(mergeRefusal(pr({ headSha: 'head-2' }), policy(), pair)?.code).toBe('head_moved')
    expect(mergeRefusal(pr({ baseSha: 'base-2' }), policy(), pair)?.code).toBe('base_moved')
    expect(mergeRefusal(pr(), policy({ autoMerge: false }), pair)?.code).toBe('policy')
    const asked = pr({ reviews: [review({ state: 'changes_requested' })] })
    expect(mergeRefusal(asked, policy(), pair)?.code).toBe('changes_requested')
  })

  describe('by what belongs to the run', () => {
    const facts = (change: Partial<MergeFacts>): MergeFacts => ({
      subtasks: [],
      reviews: [],
      review: null,
      ...change,
    })
    const part = { runId: 'part-1', title: 'Part', taskType: 'child' as const, blocksParent: true }
    const ofHead = { runId: 'review-1', headSha: 'head-1' }
    const situations: readonly [string, MergeFacts][] = [
      ['subtasks_open', facts({ subtasks: [{ ...part, state: 'needs_attention' }] })],
      ['subtask_failed', facts({ subtasks: [{ ...part, state: 'cancelled' }] })],
      ['review_pending', facts({ review: { trigger: 'on_pr', maxRounds: 1 } })],
      ['review_pending', facts({ reviews: [{ ...ofHead, state: 'queued', verdict: null }] })],
      ['review_failed', facts({ reviews: [{ ...ofHead, state: 'failed', verdict: null }] })],
    ]

    test('each unfinished or failed part is an obstacle, also right before the merge is carried out', () => {
      const pair = { headSha: 'head-1', baseSha: 'base-1' }
      for (const [code, given] of situations) {
        expect(judgeMerge(pr(), given).obstacles.map((each) => each.code)).toEqual([code])
        expect(mergeRefusal(pr(), policy(), pair, given)?.code).toBe(code)
      }
      expect(mergeRefusal(pr(), policy(), pair, facts({}))).toBeNull()
    })

    test('a person stands in for the review, and needs force to leave subtasks out', () => {
      for (const [code, given] of situations) {
        const verdict = judgeMerge(pr(), given)
        const stops = obstaclesForPerson(verdict, { force: false }).map((each) => each.code)
        expect(stops).toEqual(code.startsWith('subtask') ? [code] : [])
        expect(obstaclesForPerson(verdict, { force: true })).toEqual([])
      }
    })

    test('what does not hold it, or is about another head, is none', () => {
      const free = facts({
        subtasks: [{ ...part, state: 'running', blocksParent: false }],
        reviews: [{ ...ofHead, headSha: 'head-0', state: 'running', verdict: null }],
      })
      expect(judgeMerge(pr(), free).obstacles).toEqual([])
    })
  })
})
