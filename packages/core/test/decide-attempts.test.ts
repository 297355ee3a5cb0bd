import { decide, MAX_LOST_IN_A_ROW, type Snapshot } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attention, next } from './support/decisions.ts'
import { attempt, effect, known, liveAttempt, NOW, outcome, run, snapshot } from './support/snapshots.ts'

describe('before the first attempt', () => {
  const waiting = (state: 'pending' | 'waiting_on_deps', ...states: Snapshot['run']['state'][]) =>
    decide(
      snapshot({
        run: run({ state }),
        attempt: null,
        dependencies: states.map((each, index) => ({
          runId: `${index}`,
          title: `Task ${index}`,
          state: each,
        })),
      }),
    )

  test('a run whose dependencies are completed is queued', () => {
    expect(waiting('pending').action).toEqual({ type: 'enqueue' })
    expect(waiting('waiting_on_deps', 'completed', 'completed').action).toEqual({ type: 'enqueue' })
  })

  test('an open pull request of a dependency is not yet its completion', () => {
    expect(waiting('pending', 'pr_opened').action).toMatchObject({
      type: 'transition',
      to: 'waiting_on_deps',
    })
    const { action, explain } = waiting('waiting_on_deps', 'pr_opened')
    expect(action).toEqual({ type: 'wait', on: 'dependency' })
    expect(explain.summary).toContain('Task 0')
  })

  test('a failed dependency fails the run and says what to do', () => {
    expect(waiting('waiting_on_deps', 'completed', 'failed').action).toMatchObject({
      to: 'failed',
      error: { category: 'dependency', message: expect.stringContaining('Retry that task first') },
    })
  })

  test('a queued run that has not started waits for a dependency that is open again', () => {
    const dependencies = [{ runId: 'a', title: 'A', state: 'running' as const }]
    const s = snapshot({ run: run({ state: 'queued' }), attempt: null, dependencies })
    expect(decide(s).action).toMatchObject({ to: 'waiting_on_deps' })
    expect(decide({ ...s, attempt: attempt({ state: 'failed' }) }).action).toEqual({
      type: 'wait',
      on: 'capacity',
    })
  })

  test('a queued run says what it waits for: a pause, its repository, a slot, its turn', () => {
    const queued = (change: Partial<Snapshot['run']>, capacity: Partial<Snapshot['capacity']> = {}) => {
      const s = snapshot({ run: run({ state: 'queued', ...change }), attempt: null })
      return decide({ ...s, capacity: { ...s.capacity, ...capacity } })
    }
    expect(queued({ notBefore: NOW + 7_000 })).toMatchObject({ reason: 'backoff', wakeAt: NOW + 7_000 })
    expect(queued({}, { groupUsed: 2 }).reason).toBe('repository_limit')
    expect(queued({}, { globalUsed: 5 }).reason).toBe('global_limit')
    expect(queued({}, { ahead: 3 }).explain.summary).toContain('3 task(s) go first')
  })

  test('while Optio is paused a queued run says since when, by whom, why, and what would change it', () => {
    const paused = { since: Date.UTC(2026, 0, 2, 3, 4), by: 'local', reason: 'upgrading\nnow' }
    const s = snapshot({ run: run({ state: 'queued', notBefore: NOW + 7_000 }), attempt: null })
    const decision = decide({ ...s, capacity: { ...s.capacity, groupUsed: 2, paused } })
    expect(decision).toMatchObject({ action: { type: 'wait', on: 'capacity' }, reason: 'paused' })
    expect(decision.explain.summary).toBe(
      'Optio is paused since 2026-01-02 03:04 UTC by local (upgrading now). No agent starts.',
    )
    expect(decision.explain.wouldChange.join()).toContain('optio unpause')
  })

  test('a queued run that has spent its budget is not started', () => {
    expect(
      attention(snapshot({ run: run({ state: 'queued', budgetUsd: '1' }), spent: 1_000_000_000n })),
    ).toBe('budget_reached')
  })
})

describe('while the agent lives', () => {
  const living = (change: Partial<Snapshot> = {}) => snapshot({ attempt: liveAttempt(), ...change })

  test('at the cap it is stopped, once', () => {
    const s = living({ run: run({ budgetUsd: '1.85' }), spent: 1_850_000_000n })
    expect(decide(s).action).toEqual({ type: 'stop_attempt', stop: 'budget' })
    expect(decide({ ...s, spent: 1_849_999_999n }).reason).toBe('agent_working')
    expect(decide({ ...s, attempt: liveAttempt({ stopRequested: 'budget' }) }).reason).toBe('stopping')
  })

  test('a silent agent is shown as stalled at the threshold, and never stopped for it', () => {
    const quiet = living({ attempt: liveAttempt({ lastOutputAt: NOW - 100_000, deadlineAt: null }) })
    expect(decide(quiet)).toMatchObject({ reason: 'agent_working', wakeAt: NOW + 200_000 })
    const silent = living({ attempt: liveAttempt({ lastOutputAt: NOW - 300_000, deadlineAt: null }) })
    expect(decide(silent)).toMatchObject({ reason: 'stalled', action: { type: 'wait', on: 'agent' } })
    expect(decide(silent).explain.summary).toContain('300 s')
  })

  test('an agent that outlives its deadline is stopped by Optio when its supervisor did not', () => {
    const at = (deadlineAt: number) => decide(living({ attempt: liveAttempt({ deadlineAt }) }))
    expect(at(NOW - 1_000).reason).toBe('agent_working')
    expect(at(NOW - 60_000).action).toEqual({ type: 'stop_attempt', stop: 'deadline' })
  })

  test('a run whose agent runs is running', () => {
    const s = living({ run: run({ state: 'provisioning' }) })
    expect(decide(s).action).toMatchObject({ to: 'running' })
    expect(decide({ ...s, attempt: liveAttempt({ state: 'starting' }) }).reason).toBe('provisioning')
  })
})

describe('when the agent has ended', () => {
  test('a run that ends for whatever reason stops its checks first', () => {
    const exhausted = {
      run: run({ state: 'running', retryCount: 3, maxRetries: 3 }),
      attempt: attempt({ state: 'failed', exitCode: 1 }),
    }
    const checking = { ...exhausted, liveChecks: { count: 1, stopRequested: false } }
    expect(decide(snapshot(checking)).action).toEqual({ type: 'stop_checks' })
    expect(decide(snapshot(exhausted)).action).toMatchObject({ type: 'transition', to: 'failed' })
  })

  test('without commits a person is asked', () => {
    expect(attention(snapshot({ attempt: attempt({ outcome: outcome({ commitsAhead: 0 }) }) }))).toBe(
      'no_changes',
    )
    expect(attention(snapshot({ attempt: attempt({ outcome: null }) }))).toBe('environment_failed')
  })

  test('uncommitted files: one attempt that is asked to commit, then a person', () => {
    const dirty = outcome({ dirtyFiles: ['a.txt'], dirtyTotal: 1 })
    const asked = next(decide(snapshot({ attempt: attempt({ outcome: dirty }) })))
    expect(asked).toMatchObject({ reason: 'resume', purpose: 'commit', counts: null })
    expect(asked.context.dirtyFiles).toEqual(['a.txt'])
    const again = attempt({ purpose: 'commit', reason: 'resume', outcome: dirty })
    expect(attention(snapshot({ attempt: again }))).toBe('uncommitted_changes')
  })

  test('a commit attempt that is lost or fails is made again for the same purpose', () => {
    const lost = snapshot({ attempt: attempt({ purpose: 'commit', state: 'lost' }), lostInARow: 1 })
    expect(next(decide(lost)).purpose).toBe('commit')
    const failed = snapshot({ attempt: attempt({ purpose: 'commit', state: 'failed', exitCode: 1 }) })
    expect(next(decide(failed)).purpose).toBe('commit')
  })

  test('a failing agent is tried again with growing pauses up to maxRetries, then the run fails', () => {
    const failed = attempt({ state: 'failed', exitCode: 3, endedAt: NOW })
    const after = (retryCount: number) => decide(snapshot({ run: run({ retryCount }), attempt: failed }))
    expect([0, 1, 2].map((count) => next(after(count)).notBefore)).toEqual([
      NOW + 5_000,
      NOW + 10_000,
      NOW + 20_000,
    ])
    expect(next(after(0))).toMatchObject({ reason: 'retry', counts: 'retry' })
    expect(next(after(0)).context.previousError).toContain('exit code 3')
    expect(after(3).action).toMatchObject({ to: 'failed', error: { category: 'agent' } })
  })

  test('a lost agent is started again three times, uncounted, then a person is asked', () => {
    const lost = (lostInARow: number) => snapshot({ attempt: attempt({ state: 'lost' }), lostInARow })
    for (let count = 1; count <= MAX_LOST_IN_A_ROW; count++) {
      expect(next(decide(lost(count)))).toMatchObject({ reason: 'restart', counts: null })
    }
    expect(attention(lost(MAX_LOST_IN_A_ROW + 1))).toBe('machine_faults')
  })

  test('a broken environment uses up none of the task’s retries, and never fails the task', () => {
    const broken = attempt({
      state: 'failed',
      environmentFault: true,
      errorMessage: 'setup failed',
      endedAt: NOW,
    })
    const s = snapshot({ run: run({ maxRetries: 0 }), attempt: broken, lostInARow: 2 })
    expect(next(decide(s))).toMatchObject({ reason: 'restart', counts: null, notBefore: NOW + 10_000 })
    expect(attention({ ...s, lostInARow: 4 })).toBe('environment_failed')
  })

  test('what Optio stopped says why; what was stopped from outside goes on', () => {
    const stopped = (stopReason: 'budget' | 'deadline' | 'output_limit' | 'orphaned' | 'operator') =>
      snapshot({ attempt: attempt({ state: 'stopped', stopReason, outcome: null }), lostInARow: 1 })
    expect(attention(stopped('budget'))).toBe('budget_reached')
    expect(attention(stopped('deadline'))).toBe('deadline_reached')
    expect(attention(stopped('output_limit'))).toBe('output_limit_reached')
    expect(next(decide(stopped('orphaned'))).reason).toBe('restart')
    expect(next(decide(stopped('operator'))).reason).toBe('restart')
  })

  test('no further attempt is begun at the cap, whatever the reason for it', () => {
    const spent = { spent: 5_000_000_000n }
    const broke = run({ budgetUsd: '5' })
    const dirty = attempt({ outcome: outcome({ dirtyTotal: 1 }) })
    for (const ended of [attempt({ state: 'lost' }), attempt({ state: 'failed' }), dirty]) {
      expect(attention(snapshot({ run: broke, attempt: ended, ...spent }))).toBe('budget_reached')
    }
  })

  test('an agent that was sent back and brings nothing new is not sent back again', () => {
    const idle = (change: Partial<Snapshot['run']>, pullRequestHead: string) =>
      snapshot({
        run: run({ publishedSha: 'head-1', prNumber: 7, ...change }),
        attempt: attempt({ number: 2, reason: 'ci_failed', pullRequestHead }),
        pullRequest: known({ headSha: pullRequestHead }),
      })
    expect(attention(idle({}, 'head-1'))).toBe('no_progress')
    // A person has pushed meanwhile: the clone is not at the pull request's head, and has nothing new all the same.
    expect(attention(idle({}, 'head-of-a-person'))).toBe('no_progress')
    const published = {
      ...idle({}, 'head-0'),
      effects: [effect({ kind: 'publish', key: 'publish:run-1:2:head-1' })],
    }
    expect(decide({ ...published, pullRequest: known() }).action).toMatchObject({ to: 'pr_opened' })
  })
})

describe('a credential in what would be published', () => {
  const leaks = [{ credential: 'THE_KEY', where: '.env in commit 1a2b3c4d5e' }]

  test('asks for a person in words, before anything is published or committed on top of it', () => {
    for (const dirtyTotal of [0, 2]) {
      const decision = decide(snapshot({ attempt: attempt({ outcome: outcome({ leaks, dirtyTotal }) }) }))
      expect(decision.action).toMatchObject({ type: 'needs_attention', code: 'secret_in_changes' })
      expect(decision.explain.summary).toContain('THE_KEY is in .env in commit 1a2b3c4d5e')
      const advice = decision.explain.wouldChange.join()
      for (const words of ['Replace the credential', 'optio task open', 'resume'])
        expect(advice).toContain(words)
    }
  })

  test('asks for a person also in a later attempt on an open pull request', () => {
    for (const reason of ['resume', 'review'] as const) {
      const s = snapshot({
        run: run({ publishedSha: 'head-0', prNumber: 7 }),
        pullRequest: known({ headSha: 'head-0' }),
        attempt: attempt({ reason, pullRequestHead: 'head-0', outcome: outcome({ leaks }) }),
      })
      expect(attention(s)).toBe('secret_in_changes')
    }
  })

  test('asks for a person where only publishing noticed it, whoever looked at the attempt before', () => {
    const key = 'publish:run-1:1:head-1'
    const refusal = { code: 'secret_in_changes', message: 'THE_KEY is in .env.', at: NOW }
    const s = snapshot({ effects: [effect({ kind: 'publish', key, refusal })] })
    expect(decide(s)).toMatchObject({
      action: { type: 'needs_attention', code: 'secret_in_changes', message: 'THE_KEY is in .env.' },
    })
  })

  test('is waited for as long as it takes, with the same advice, whatever the pull request is like', () => {
    const s = snapshot({
      run: run({
        state: 'needs_attention',
        attention: 'secret_in_changes',
        publishedSha: 'head-1',
        prNumber: 7,
      }),
      pullRequest: known(),
      attempt: attempt({ outcome: outcome({ leaks }) }),
    })
    const decision = decide(s)
    expect(decision.action).toEqual({ type: 'wait', on: 'person' })
    expect(decision.explain.wouldChange.join()).toContain('optio task open')
  })

  test('an attempt that was searched and is clean is published', () => {
    expect(decide(snapshot({ attempt: attempt({ outcome: outcome({ leaks: [] }) }) })).action).toMatchObject({
      type: 'effect',
      effect: { kind: 'publish' },
    })
  })
})
