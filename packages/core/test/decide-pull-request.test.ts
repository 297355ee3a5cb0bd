import { decide } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attention, next } from './support/decisions.ts'
import {
  attempt,
  check,
  effect,
  known,
  liveAttempt,
  NOW,
  opened,
  policy,
  review,
  run,
  snapshot,
} from './support/snapshots.ts'

describe('from the clone to the forge', () => {
  const publish = 'publish:run-1:1:head-1'
  const open = 'open:run-1:optio/task-1:1'

  test('the branch is published, then the pull request opened, then it is watched: each once', () => {
    const s = snapshot()
    expect(decide(s).action).toMatchObject({ type: 'effect', effect: { kind: 'publish', headSha: 'head-1' } })
    const pending = { ...s, effects: [effect({ kind: 'publish', key: publish, state: 'pending' })] }
    expect(decide(pending).action).toEqual({ type: 'wait', on: 'effect' })
    const published = { ...s, run: run({ publishedSha: 'head-1' }) }
    expect(decide(published).action).toMatchObject({
      effect: { kind: 'open_pull_request', key: open, draft: false },
    })
    const there = { ...s, run: run({ publishedSha: 'head-1', prNumber: 7 }) }
    expect(decide(there)).toMatchObject({ reason: 'forge_silent' })
    expect(decide({ ...there, pullRequest: known() }).action).toMatchObject({ to: 'pr_opened' })
  })

  test('a cautious repository gets a draft', () => {
    const s = snapshot({ run: run({ publishedSha: 'head-1' }), policy: policy({ cautiousMode: true }) })
    expect(decide(s).action).toMatchObject({ effect: { draft: true } })
  })

  test('commits are not pushed over those of somebody else', () => {
    const refusal = { code: 'branch_moved', message: 'Somebody else pushed.', at: NOW }
    expect(attention(snapshot({ effects: [effect({ kind: 'publish', key: publish, refusal })] }))).toBe(
      'branch_moved',
    )
  })

  test('an effect that is hopeless, or done without a trace, is a person’s business and is not repeated', () => {
    const dead = effect({ kind: 'publish', key: publish, state: 'dead', lastError: 'no space left' })
    expect(attention(snapshot({ effects: [dead] }))).toBe('effect_failed')
    expect(decide(snapshot({ effects: [dead] })).explain.summary).toContain('no space left')
    expect(attention(snapshot({ effects: [effect({ kind: 'publish', key: publish })] }))).toBe(
      'effect_failed',
    )
    const opened = snapshot({
      run: run({ publishedSha: 'head-1' }),
      effects: [effect({ kind: 'open_pull_request', key: open })],
    })
    expect(attention(opened)).toBe('effect_failed')
    // A person resumed it: the next attempt has keys of its own.
    expect(decide({ ...opened, attempt: attempt({ number: 2 }) }).action.type).toBe('effect')
  })

  test('what a forge says of the commit before the publication is no answer', () => {
    const s = snapshot({
      run: run({ publishedSha: 'head-1', prNumber: 7 }),
      attempt: attempt({ number: 2, reason: 'ci_failed', pullRequestHead: 'head-0' }),
      effects: [effect({ kind: 'publish', key: 'publish:run-1:2:head-1' })],
      pullRequest: known({ headSha: 'head-0', checks: { items: [check({ conclusion: 'failure' })] } }),
    })
    expect(decide(s).reason).toBe('forge_behind')
    expect(decide({ ...s, run: { ...s.run, state: 'pr_opened' } }).reason).toBe('forge_behind')
  })

  test('a branch that is back at the commit before the publication is not waited for without end', () => {
    const at = (doneAt: number) => {
      const published = effect({ kind: 'publish', key: 'publish:run-1:2:head-1', doneAt })
      return decide(
        snapshot({
          run: run({ publishedSha: 'head-1', prNumber: 7 }),
          attempt: attempt({ number: 2, reason: 'ci_failed', pullRequestHead: 'head-0' }),
          effects: [published],
          pullRequest: known({ headSha: 'head-0' }),
        }),
      )
    }
    expect(at(NOW - 119_000).reason).toBe('forge_behind')
    expect(at(NOW - 121_000).action).toMatchObject({ type: 'transition', to: 'pr_opened' })
  })
})

describe('when the pull request ends', () => {
  const states = ['queued', 'provisioning', 'running', 'pr_opened', 'needs_attention'] as const

  test('by a merge or a close of a person, the run ends at once in every unfinished state', () => {
    for (const state of states) {
      const s = opened({ run: run({ state, prNumber: 7 }) })
      expect(decide({ ...s, pullRequest: known({ state: 'merged' }) }).action).toMatchObject({
        to: 'completed',
      })
      expect(decide({ ...s, pullRequest: known({ state: 'closed' }) }).action).toMatchObject({
        to: 'failed',
        error: { category: 'pull_request' },
      })
    }
  })

  test('agent, checks and effects are ended first, in this order', () => {
    const s = opened({
      run: run({ state: 'running', prNumber: 7 }),
      attempt: liveAttempt(),
      liveChecks: { count: 1, stopRequested: false },
      effects: [effect({ kind: 'run_checks', key: 'k', state: 'executing' })],
      pullRequest: known({ state: 'merged' }),
    })
    expect(decide(s).action).toEqual({ type: 'stop_attempt', stop: 'pull_request_ended' })
    const stopped = { ...s, attempt: attempt({ state: 'stopped' }) }
    expect(decide(stopped).action).toEqual({ type: 'stop_checks' })
    expect(decide({ ...stopped, liveChecks: { count: 1, stopRequested: true } }).reason).toBe(
      'stopping_checks',
    )
    expect(decide({ ...stopped, liveChecks: { count: 0, stopRequested: false } }).reason).toBe(
      'effect_executing',
    )
  })

  test('what is merged can be neither cancelled nor done a second time', () => {
    for (const intent of ['cancel', 'redo'] as const) {
      const s = opened({
        run: run({ state: 'pr_opened', prNumber: 7, intent }),
        pullRequest: known({ state: 'merged' }),
      })
      expect(decide(s).action).toMatchObject({ to: 'completed' })
    }
    const silent = { kind: 'unknown' as const, message: 'timeout', retryAt: NOW + 1_000 }
    const redo = opened({
      run: run({ state: 'pr_opened', prNumber: 7, intent: 'redo' }),
      pullRequest: silent,
    })
    expect(decide(redo).reason).toBe('forge_silent')
  })
})

describe('what a person asked for', () => {
  test('cancel: everything of it stops, then it is cancelled', () => {
    const s = snapshot({ run: run({ intent: 'cancel' }), attempt: liveAttempt() })
    expect(decide(s).action).toEqual({ type: 'stop_attempt', stop: 'cancel' })
    expect(decide({ ...s, attempt: liveAttempt({ stopRequested: 'cancel' }) }).reason).toBe('stopping')
    expect(decide({ ...s, attempt: attempt({ state: 'stopped' }) }).action).toMatchObject({ to: 'cancelled' })
  })

  test('redo: everything of it stops, then it starts from scratch', () => {
    const s = opened({ run: run({ state: 'pr_opened', prNumber: 7, intent: 'redo' }) })
    expect(decide({ ...s, liveChecks: { count: 1, stopRequested: false } }).action).toEqual({
      type: 'stop_checks',
    })
    expect(decide(s).action).toEqual({ type: 'redo' })
  })
})

describe('an open pull request', () => {
  const failing = {
    checks: { items: [check({ name: 'unit', conclusion: 'failure' as const, log: 'boom' })] },
  }

  test('failed checks send the agent back with what they printed, counted', () => {
    const sent = next(decide(opened({ pullRequest: known(failing) })))
    expect(sent).toMatchObject({ reason: 'ci_failed', counts: 'auto_resume', notBefore: null })
    expect(sent.context.failedChecks).toMatchObject([{ name: 'unit', log: 'boom' }])
  })

  test('requested changes send the agent back with the comments, and with everything else that is wrong', () => {
    const asked = review({ state: 'changes_requested', comments: [{ path: 'a.ts', line: 3, body: 'no' }] })
    const sent = next(decide(opened({ pullRequest: known({ ...failing, reviews: [asked] }) })))
    expect(sent.reason).toBe('review')
    expect(sent.context.reviews).toEqual([asked])
    expect(sent.context.failedChecks).toHaveLength(1)
  })

  test('a conflict sends the agent back to rebase, with what conflicts and with the change requests', () => {
    const asked = review({ state: 'changes_requested' })
    const conflict = known({ mergeable: false, conflictFiles: ['a.ts'], reviews: [asked] })
    const sent = next(decide(opened({ pullRequest: conflict })))
    expect(sent).toMatchObject({ reason: 'conflict', context: { conflictFiles: ['a.ts'], baseRef: 'main' } })
    expect(sent.context.reviews).toEqual([asked])
  })

  test('a change request that came while the agent worked on something else is worked on', () => {
    const reviews = [review({ state: 'changes_requested', headSha: 'head-0', submittedAt: NOW - 5 })]
    const s = opened({ pullRequest: known({ reviews }) })
    expect(next(decide({ ...s, run: { ...s.run, reviewsToldUntil: NOW - 6 } })).reason).toBe('review')
    const told = decide({ ...s, run: { ...s.run, reviewsToldUntil: NOW - 5 } })
    expect(told).toMatchObject({ reason: 'changes_requested', action: { type: 'wait', on: 'person' } })
  })

  test('autoResume off, its limit and the budget stop the sending back', () => {
    const s = opened({ pullRequest: known(failing) })
    expect(attention({ ...s, policy: policy({ autoResume: false }) })).toBe('checks_failing')
    expect(attention({ ...s, run: { ...s.run, autoResumeCount: 10 } })).toBe('checks_failing')
    expect(attention({ ...s, run: { ...s.run, budgetUsd: '1' }, spent: 1_000_000_000n })).toBe(
      'budget_reached',
    )
  })

  test('a check that did not run to its end is run again, not given to an agent', () => {
    const broken = { checks: { items: [check({ conclusion: 'error' as const })] } }
    const s = opened({ pullRequest: known(broken) })
    const key = (n: number) => `checks:run-1:head-1:base-1:1:${n}`
    expect(decide(s).action).toMatchObject({ effect: { kind: 'run_checks', key: key(1) } })
    const thrice = [1, 2, 3].map((n) => effect({ kind: 'run_checks', key: key(n) }))
    expect(attention({ ...s, effects: thrice })).toBe('checks_failing')
    const elsewhere = known({ checks: { baseSha: null, items: [check({ conclusion: 'cancelled' })] } })
    expect(attention(opened({ pullRequest: elsewhere }))).toBe('checks_failing')
  })

  test('Optio’s own checks are started once for a pair of commits, and again for another base', () => {
    const none = known({ checks: { items: [] } })
    const s = opened({ pullRequest: none })
    const first = 'checks:run-1:head-1:base-1:1:1'
    expect(decide(s).action).toMatchObject({ effect: { key: first, headSha: 'head-1', baseSha: 'base-1' } })
    const done = { ...s, effects: [effect({ kind: 'run_checks', key: first })] }
    expect(decide({ ...done, liveChecks: { count: 1, stopRequested: false } }).reason).toBe('checks_starting')
    const moved = { ...done, pullRequest: known({ baseSha: 'base-2', checks: { baseSha: 'base-1' } }) }
    expect(decide(moved).action).toMatchObject({ effect: { kind: 'run_checks', baseSha: 'base-2' } })
  })

  test('checks that were started and never report become a person’s business', () => {
    const starts = [1, 2, 3].map((n) =>
      effect({ kind: 'run_checks', key: `checks:run-1:head-1:base-1:1:${n}` }),
    )
    expect(attention(opened({ pullRequest: known({ checks: { items: [] } }), effects: starts }))).toBe(
      'effect_failed',
    )
  })

  test('checks of a forge are waited for, never started', () => {
    expect(decide(opened({ pullRequest: known({ checks: { baseSha: null, items: [] } }) })).reason).toBe(
      'checks_pending',
    )
    const running = known({ checks: { items: [check({ status: 'running', conclusion: null })] } })
    expect(decide(opened({ pullRequest: running })).reason).toBe('checks_running')
  })

  test('a silent forge is no answer', () => {
    const pullRequest = { kind: 'unknown' as const, message: 'connection refused', retryAt: NOW + 4_000 }
    const decision = decide(opened({ pullRequest }))
    expect(decision).toMatchObject({ reason: 'forge_silent', wakeAt: NOW + 4_000 })
    expect(decision.explain.summary).toContain('connection refused')
  })
})
