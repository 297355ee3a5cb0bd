import { decide } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attention, next } from './support/decisions.ts'
import { attempt, effect, known, liveAttempt, NOW, run, snapshot } from './support/snapshots.ts'

describe('a run without a repository', () => {
  const standalone = (state: 'queued' | 'running' | 'provisioning' = 'running') =>
    run({ kind: 'standalone', state, branch: null, maxRetries: 1 })

  test('is completed by an agent that ends well, whatever it left', () => {
    const s = snapshot({ run: standalone(), attempt: attempt({ outcome: null, result: 'The report.' }) })
    expect(decide(s)).toMatchObject({ action: { type: 'transition', to: 'completed' }, reason: 'agent_done' })
    const quick = { ...s, run: standalone('provisioning') }
    expect(decide(quick).action).toMatchObject({ to: 'running' })
  })

  test('is retried as often as it may be, then it has failed', () => {
    const s = snapshot({ run: standalone(), attempt: attempt({ state: 'failed', exitCode: 1 }) })
    expect(next(decide(s))).toMatchObject({ reason: 'retry', counts: 'retry' })
    const spent = { ...s, run: { ...s.run, retryCount: 1 } }
    expect(decide(spent).action).toMatchObject({ to: 'failed' })
  })

  test('is cancelled and started over like any other: everything of it stops first', () => {
    const s = snapshot({ run: { ...standalone(), intent: 'cancel' }, attempt: liveAttempt() })
    expect(decide(s).action).toEqual({ type: 'stop_attempt', stop: 'cancel' })
    expect(decide({ ...s, attempt: attempt({ state: 'stopped' }) }).action).toMatchObject({ to: 'cancelled' })
    const redo = { ...s, run: { ...s.run, intent: 'redo' as const }, attempt: attempt({ state: 'stopped' }) }
    expect(decide(redo).action).toEqual({ type: 'redo' })
  })

  test('waits for a slot of its definition', () => {
    const capacity = { globalLimit: 5, globalUsed: 1, groupLimit: 2, groupUsed: 2, ahead: 0 }
    expect(decide(snapshot({ run: standalone('queued'), attempt: null, capacity }))).toMatchObject({
      reason: 'definition_limit',
      action: { on: 'capacity' },
    })
  })

  test('asks a person for the same reasons, in words that name its own settings', () => {
    const s = snapshot({ run: standalone(), attempt: attempt({ state: 'stopped', stopReason: 'deadline' }) })
    expect(attention(s)).toBe('deadline_reached')
    expect(decide(s).explain.wouldChange.join()).not.toContain('repository')
    const stored = {
      ...s,
      run: { ...s.run, state: 'needs_attention' as const, attention: 'deadline_reached' as const },
    }
    expect(decide(stored).explain.wouldChange).toEqual(decide(s).explain.wouldChange)
  })
})

describe('a review', () => {
  const verdict = { verdict: 'request_changes', summary: 'Not yet.', comments: [] }
  const said = `\`\`\`json\n${JSON.stringify(verdict)}\n\`\`\``
  const reviewing = run({
    kind: 'review',
    taskType: 'review',
    branch: null,
    prNumber: 7,
    review: { headSha: 'head-1', baseSha: 'base-1' },
    maxRetries: 1,
  })
  const key = 'review:run-1:1'
  const s = snapshot({
    run: reviewing,
    attempt: attempt({ outcome: null, result: said }),
    pullRequest: known(),
  })

  test('posts its verdict once, bound to the head it read whatever the head is by now, and is completed', () => {
    const moved = { ...s, pullRequest: known({ headSha: 'head-2' }) }
    for (const each of [s, moved]) {
      expect(decide(each).action).toEqual({
        type: 'effect',
        effect: { kind: 'post_review', key, headSha: 'head-1', verdict },
      })
    }
    const pending = { ...s, effects: [effect({ kind: 'post_review', key, state: 'pending' })] }
    expect(decide(pending).action).toEqual({ type: 'wait', on: 'effect' })
    const done = { ...s, effects: [effect({ kind: 'post_review', key })] }
    expect(decide(done)).toMatchObject({ action: { to: 'completed' }, reason: 'reviewed' })
  })

  test('without a verdict has failed: it is told so and tried again, and is never an approval', () => {
    for (const result of [null, 'I approve.', '```json\n{"verdict":"yes","summary":"x"}\n```']) {
      const mute = { ...s, attempt: attempt({ outcome: null, result }) }
      const decision = decide(mute)
      expect(next(decision)).toMatchObject({ reason: 'retry', counts: 'retry' })
      expect(next(decision).context.previousError).toContain('"verdict"')
      expect(decide({ ...mute, run: { ...reviewing, retryCount: 1 } })).toMatchObject({
        action: { to: 'failed', error: { category: 'agent' } },
        reason: 'no_verdict',
      })
    }
    const crashed = { ...s, attempt: attempt({ state: 'failed', exitCode: 1, result: said }) }
    expect(decide(crashed).action).toMatchObject({ type: 'queue_attempt' })
  })

  test('of a pull request that ended is completed when its verdict is there, and cancelled otherwise', () => {
    for (const state of ['merged', 'closed'] as const) {
      const pullRequest = known({ state })
      expect(decide({ ...s, pullRequest })).toMatchObject({
        action: { to: 'completed' },
        reason: 'not_posted',
      })
      const queued = { ...s, run: { ...reviewing, state: 'queued' as const }, attempt: null, pullRequest }
      expect(decide(queued)).toMatchObject({ action: { to: 'cancelled' }, reason: 'pull_request_ended' })
      const live = { ...s, attempt: liveAttempt(), pullRequest }
      expect(decide(live).action).toEqual({ type: 'stop_attempt', stop: 'pull_request_ended' })
    }
  })

  test('whose posting is refused because the pull request or the commit is gone is completed; for any other reason a person is asked', () => {
    const refused = (code: string) => ({
      ...s,
      effects: [effect({ kind: 'post_review', key, refusal: { code, message: 'No.', at: NOW } })],
    })
    for (const code of ['not_open', 'commit_gone']) {
      expect(decide(refused(code))).toMatchObject({ action: { to: 'completed' }, reason: 'not_posted' })
      expect(decide(refused(code)).explain.summary).toContain('No.')
    }
    expect(attention(refused('forbidden'))).toBe('effect_failed')
  })

  test('goes on while the forge is silent, and needs no pull request of its own to start', () => {
    const silent = { kind: 'unknown' as const, message: 'timeout', retryAt: NOW + 1_000 }
    expect(decide({ ...s, pullRequest: silent }).action.type).toBe('effect')
    const queued = { ...s, run: { ...reviewing, state: 'queued' as const }, attempt: null }
    expect(decide({ ...queued, pullRequest: { kind: 'none' } })).toMatchObject({ action: { on: 'capacity' } })
  })
})
