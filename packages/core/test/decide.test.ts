import { type Decision, decide, MAX_LOST_IN_A_ROW, type NextAttempt, type Snapshot } from '@optio/core'
import { describe, expect, test } from 'vitest'
import {
  attempt,
  check,
  effect,
  known,
  liveAttempt,
  NOW,
  opened,
  outcome,
  policy,
  review,
  run,
  snapshot,
} from './support/snapshots.ts'

function next(decision: Decision): NextAttempt {
  expect(decision.action.type).toBe('queue_attempt')
  return (decision.action as Extract<Decision['action'], { type: 'queue_attempt' }>).next
}

function attention(s: Snapshot): string {
  const { action, explain } = decide(s)
  expect(action.type).toBe('needs_attention')
  expect(explain.wouldChange.length).toBeGreaterThan(0)
  return (action as Extract<Decision['action'], { type: 'needs_attention' }>).code
}

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
    expect(queued({}, { repositoryUsed: 2 }).reason).toBe('repository_limit')
    expect(queued({}, { globalUsed: 5 }).reason).toBe('global_limit')
    expect(queued({}, { ahead: 3 }).explain.summary).toContain('3 task(s) go first')
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

describe('a merge', () => {
  const merged = (change: Partial<Snapshot> = {}) => {
    const { action } = decide(opened(change))
    return action.type === 'effect' && action.effect.kind === 'merge' ? action.effect : null
  }

  test('is pinned to the head and base that the checks spoke about', () => {
    expect(merged()).toEqual({
      kind: 'merge',
      key: 'merge:run-1:head-1:base-1:1:1',
      headSha: 'head-1',
      baseSha: 'base-1',
      method: 'squash',
    })
  })

  test.each<[string, Partial<Snapshot>]>([
    ['autoMerge is off', { policy: policy({ autoMerge: false }) }],
    ['cautiousMode is on', { policy: policy({ cautiousMode: true }) }],
    ['no check has registered though one is required', { pullRequest: known({ checks: { items: [] } }) }],
    ['the checks spoke about another head', { pullRequest: known({ checks: { headSha: 'head-0' } }) }],
    ['the checks spoke about another base', { pullRequest: known({ checks: { baseSha: 'base-0' } }) }],
    [
      'every check was skipped',
      { pullRequest: known({ checks: { items: [check({ conclusion: 'skipped' })] } }) },
    ],
    [
      'a check that nobody requires has failed',
      {
        pullRequest: known({
          checks: { required: false, items: [check({ conclusion: 'failure' })] },
          reviews: [review()],
        }),
      },
    ],
    ['mergeability is unknown', { pullRequest: known({ mergeable: null }) }],
    ['it conflicts', { pullRequest: known({ mergeable: false }) }],
    ['it is a draft', { pullRequest: known({ draft: true }) }],
    [
      'the checkout of the base is dirty',
      { pullRequest: known({ mergeBlocked: { code: 'dirty', message: 'dirty' } }) },
    ],
    [
      'a change request stands',
      {
        run: run({ state: 'pr_opened', prNumber: 7, publishedSha: 'head-1', reviewsToldUntil: NOW }),
        pullRequest: known({ reviews: [review({ state: 'changes_requested' })] }),
      },
    ],
    [
      'there is no check and nobody approved',
      { pullRequest: known({ checks: { required: false, items: [] } }) },
    ],
    [
      'there is no check and another head was approved',
      {
        pullRequest: known({
          checks: { required: false, items: [] },
          reviews: [review({ headSha: 'head-0' })],
        }),
      },
    ],
  ])('is not asked for while %s', (_, change) => {
    expect(merged(change)).toBeNull()
    expect(decide(opened(change)).explain.summary).not.toBe('')
  })

  test('needs an approval of exactly this head where there is no check', () => {
    expect(
      merged({ pullRequest: known({ checks: { required: false, items: [] }, reviews: [review()] }) }),
    ).not.toBeNull()
  })

  test('that was refused is tried again later and later, never at once', () => {
    const refused = (count: number, at: number) =>
      Array.from({ length: count }, (_, index) =>
        effect({
          kind: 'merge',
          key: `merge:run-1:head-1:base-1:1:${index + 1}`,
          refusal: { code: 'blocked', message: 'dirty', at },
        }),
      )
    const pauses = [1, 2, 3, 12].map((count) => {
      const decision = decide(
        opened({ run: run({ state: 'pr_opened', publishedSha: 'head-1' }), effects: refused(count, NOW) }),
      )
      expect(decision.reason).toBe('merge_refused')
      return (decision.wakeAt ?? 0) - NOW
    })
    expect(pauses).toEqual([15_000, 30_000, 60_000, 600_000])
    expect(merged({ effects: refused(1, NOW - 15_000) })?.key).toBe('merge:run-1:head-1:base-1:1:2')
  })

  test('that was carried out is not asked for again, whatever the forge shows meanwhile', () => {
    const effects = [effect({ kind: 'merge', key: 'merge:run-1:head-1:base-1:1:1' })]
    expect(decide(opened({ effects })).reason).toBe('merge_done')
    expect(decide(opened({ effects, pullRequest: known({ baseSha: 'base-2' }) })).reason).toBe('merge_done')
    expect(decide(opened({ effects, pullRequest: known({ mergeable: false }) })).reason).toBe('merge_done')
  })
})

describe('a run that needs attention', () => {
  const needing = (code: Snapshot['run']['attention'], change: Partial<Snapshot> = {}) =>
    decide(
      opened({
        run: run({ state: 'needs_attention', attention: code, publishedSha: 'head-1', prNumber: 7 }),
        ...change,
      }),
    )

  test('goes on by itself when what was wrong with the pull request is mended there', () => {
    for (const code of ['checks_failing', 'changes_requested', 'conflict', 'no_progress'] as const) {
      expect(needing(code).action).toMatchObject({ to: 'pr_opened' })
    }
  })

  test('waits while it is not mended, or it is not known whether it is', () => {
    const failing = known({ checks: { items: [check({ conclusion: 'failure' })] } })
    expect(needing('checks_failing', { pullRequest: failing }).action).toEqual({ type: 'wait', on: 'person' })
    expect(needing('conflict', { pullRequest: known({ mergeable: null }) }).action.type).toBe('wait')
    const broken = known({ checks: { items: [check({ conclusion: 'error' })] } })
    expect(needing('checks_failing', { pullRequest: broken }).action.type).toBe('wait')
  })

  test('waits for a person when unpublished work or a person’s wish is involved, though the checks are green', () => {
    for (const code of [
      'deadline_reached',
      'uncommitted_changes',
      'branch_moved',
      'effect_failed',
    ] as const) {
      expect(needing(code).action).toEqual({ type: 'wait', on: 'person' })
    }
  })

  test('because of its budget goes on only when the budget stopped no agent', () => {
    expect(needing('budget_reached').action).toMatchObject({ to: 'pr_opened' })
    const stopped = attempt({ state: 'stopped', stopReason: 'budget' })
    expect(needing('budget_reached', { attempt: stopped }).action.type).toBe('wait')
  })

  test('without a pull request only a person can change it, and it is not looked at for nothing', () => {
    const s = snapshot({ run: run({ state: 'needs_attention', attention: 'no_changes' }) })
    expect(decide(s)).toMatchObject({ action: { type: 'wait', on: 'person' }, wakeAt: null })
  })
})
