import { decide, judgeMerge, obstaclesForPerson, type Snapshot } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attention, next } from './support/decisions.ts'
import { attempt, check, effect, known, NOW, opened, policy, pr, run, snapshot } from './support/snapshots.ts'

const effectsOf = (s: Snapshot) => {
  const { action } = decide(s)
  return action.type === 'transition' ? (action.effects ?? []) : null
}

describe('when a run ends', () => {
  const all = policy({ deleteBranchOnMerge: true, closeIssueOnMerge: true, closeOnCancel: true })
  const issue = run({ state: 'pr_opened', publishedSha: 'head-1', prNumber: 7, issueNumber: 12 })

  test('by a merge, its branch is deleted and its issue closed, as the settings say', () => {
    const s = opened({ run: issue, policy: all, pullRequest: known({ state: 'merged' }) })
    expect(effectsOf(s)).toEqual([
      {
        kind: 'delete_branch',
        key: 'delete-branch:run-1:optio/task-1',
        branch: 'optio/task-1',
        headSha: 'head-1',
      },
      { kind: 'close_issue', key: 'close-issue:run-1', issueNumber: 12, prNumber: 7 },
    ])
    expect(effectsOf({ ...s, policy: policy() })).toEqual([])
    expect(effectsOf({ ...s, run: { ...issue, issueNumber: null } })).toHaveLength(1)
  })

  test('by a failure, its issue is told, once for each time', () => {
    const failed = attempt({ state: 'failed', exitCode: 1, outcome: null })
    const s = snapshot({ run: run({ issueNumber: 12, maxRetries: 0 }), attempt: failed })
    expect(effectsOf(s)).toEqual([
      { kind: 'comment_issue', key: 'comment-issue:run-1:failed:1', issueNumber: 12, about: 'failed' },
    ])
    expect(effectsOf({ ...s, run: run({ maxRetries: 0 }) })).toEqual([])
  })

  test('by a cancel, its pull request is closed or kept', () => {
    const s = opened({ run: { ...issue, intent: 'cancel' }, policy: all })
    expect(effectsOf(s)).toEqual([{ kind: 'close_pull_request', key: 'close:run-1:7', prNumber: 7 }])
    expect(effectsOf({ ...s, policy: policy({ closeOnCancel: false }) })).toEqual([])
    expect(effectsOf({ ...s, pullRequest: known({ state: 'closed' }) })).toEqual([])
    const silent = { kind: 'unknown' as const, message: 'down', retryAt: NOW }
    expect(effectsOf({ ...s, pullRequest: silent })).toHaveLength(1)
  })

  test('it is said who merged or closed the pull request, where that is known', () => {
    const ended = (state: 'merged' | 'closed', endedBy: string | null) =>
      decide(opened({ pullRequest: known({ state, endedBy }) })).explain.summary
    expect(ended('closed', 'ada')).toBe('Pull request #7 was closed without a merge by ada.')
    expect(ended('closed', null)).toBe('Pull request #7 was closed without a merge.')
    expect(ended('merged', 'ada')).toBe('Pull request #7 is merged by ada.')
  })

  test('what is told to others is not waited for', () => {
    const courtesy = effect({ kind: 'answer_threads', key: 'k', state: 'executing' })
    const s = opened({ pullRequest: known({ state: 'merged' }), effects: [courtesy] })
    expect(decide(s).action).toMatchObject({ to: 'completed' })
    const dead = { ...courtesy, state: 'dead' as const }
    expect(decide(opened({ effects: [dead] })).action).toMatchObject({ effect: { kind: 'merge' } })
  })
})

describe('a forge that gives no answer', () => {
  const key = 'publish:run-1:1:head-1'

  test.each([
    ['credential', 'person', 'forge_credential'],
    ['replaced', 'person', 'repository_replaced'],
    ['limited', 'effect', 'forge_limited'],
    ['unreachable', 'effect', 'forge_silent'],
    ['failing', 'effect', 'forge_silent'],
  ] as const)('holds up an effect (%s) without failing anything, and says so', (silence, on, reason) => {
    const waits = effect({ kind: 'publish', key, state: 'pending', lastError: 'It said 401.', silence })
    const decision = decide(snapshot({ effects: [waits] }))
    expect(decision).toMatchObject({ reason, action: { type: 'wait', on } })
    expect(decision.explain.summary).toContain('Publishing the branch')
    expect(decision.explain.summary).toContain('It said 401.')
  })

  test('for want of a credential waits for a person, and goes on by itself', () => {
    const silent = { kind: 'unknown' as const, message: 'It said 401.', retryAt: NOW + 60_000 }
    const s = opened({ pullRequest: { ...silent, why: 'credential' } })
    expect(decide(s)).toMatchObject({
      reason: 'forge_credential',
      action: { type: 'wait', on: 'person' },
      wakeAt: NOW + 60_000,
    })
    expect(decide(opened({ pullRequest: silent }))).toMatchObject({ reason: 'forge_silent' })
    expect(decide(opened()).action).toMatchObject({ effect: { kind: 'merge' } })
  })
})

describe('what a forge refuses', () => {
  test('to publish is a person’s business, in its words', () => {
    const refusal = { code: 'rule', message: 'Branches must be named after tickets.', at: NOW }
    const s = snapshot({ effects: [effect({ kind: 'publish', key: 'publish:run-1:1:head-1', refusal })] })
    expect(attention(s)).toBe('publish_refused')
    expect(decide(s).explain.summary).toContain('Branches must be named after tickets.')
  })

  test('to merge without a review is waited for, and no force of Optio’s passes it', () => {
    const blocked = { code: 'review_required', message: 'The branch needs one approving review.' }
    const decision = decide(opened({ pullRequest: known({ mergeBlocked: blocked }) }))
    expect(decision).toMatchObject({ reason: 'review_required', action: { type: 'wait', on: 'person' } })
    expect(decision.explain.summary).toContain('one approving review')
    const verdict = judgeMerge(pr({ mergeBlocked: blocked }))
    expect(obstaclesForPerson(verdict, { force: true })).toMatchObject([{ code: 'review_required' }])
  })
})

test('an agent that is sent back is told that others have pushed to its branch', () => {
  const failing = { items: [check({ conclusion: 'failure' })], headSha: 'head-9' }
  const s = opened({ pullRequest: known({ headSha: 'head-9', checks: failing }) })
  expect(next(decide(s)).context.othersHead).toBe('head-9')
  const own = opened({ pullRequest: known({ checks: { items: [check({ conclusion: 'failure' })] } }) })
  expect(next(decide(own)).context).not.toHaveProperty('othersHead')
})

test('a draft of a cautious repository is never merged by Optio', () => {
  for (const change of [{ draft: true }, { draft: false }]) {
    const s = opened({ policy: policy({ cautiousMode: true }), pullRequest: known(change) })
    expect(decide(s).action).toEqual({ type: 'wait', on: 'person' })
  }
})
