import { decide, type Snapshot } from '@optio/core'
import { describe, expect, test } from 'vitest'
import {
  attempt,
  check,
  effect,
  known,
  NOW,
  opened,
  policy,
  pr,
  review,
  run,
  snapshot,
} from './support/snapshots.ts'

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

  test('by a forge whose checks do not depend on the base is the same merge when the base moves', () => {
    const checks = { baseSha: null }
    const effects = [
      effect({
        ...{ kind: 'merge', key: 'merge:run-1:head-1:1:1' },
        refusal: { code: 'blocked', message: 'no', at: NOW },
      }),
    ]
    const moved = opened({ effects, pullRequest: known({ baseSha: 'base-2', checks }) })
    expect(decide(moved).reason).toBe('merge_refused')
    expect(decide({ ...moved, effects: [] }).action).toMatchObject({
      effect: { kind: 'merge', key: 'merge:run-1:head-1:1:1', headSha: 'head-1', baseSha: 'base-2' },
    })
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

describe('a pull request that waits for a person', () => {
  const MINUTE = 60_000
  const pause = (quietMs: number, change: { watched?: boolean } = {}) => {
    const decision = decide(
      opened({
        policy: policy({ autoMerge: false }),
        run: run({ state: 'pr_opened', publishedSha: 'head-1', prNumber: 7, changedAt: NOW - quietMs }),
        pullRequest: { ...known(), ...change } as Snapshot['pullRequest'],
      }),
    )
    expect(decision.action).toEqual({ type: 'wait', on: 'person' })
    return (decision.wakeAt ?? 0) - NOW
  }

  test('is looked at every 10 s at first, and every 60 s when nothing changed for ten minutes', () => {
    const pauses = [0, 100_000, 5 * MINUTE, 10 * MINUTE, 1000 * MINUTE].map((quiet) => pause(quiet))
    expect(pauses).toEqual([10_000, 10_000, 30_000, 60_000, 60_000])
  })

  test('is looked at every five minutes where its branches are watched', () => {
    expect([0, 1000 * MINUTE].map((quiet) => pause(quiet, { watched: true }))).toEqual([300_000, 300_000])
  })
})

describe('a pull request that a forge is watched for', () => {
  const waits = (watched: boolean, change: Parameters<typeof pr>[0]) => {
    const { wakeAt, reason } = decide(
      opened({ pullRequest: { kind: 'known', observation: pr(change), watched } }),
    )
    return { reason, in: (wakeAt ?? Number.NaN) - NOW }
  }

  test('is not read every five seconds while its checks are under way or the forge is waited for', () => {
    const queued = { checks: { baseSha: null, items: [check({ status: 'queued', conclusion: null })] } }
    const silent = { checks: { baseSha: null, items: [] } }
    const unknown = { mergeable: null, checks: { baseSha: null } }
    for (const [change, reason] of [
      [queued, 'checks_running'],
      [silent, 'checks_pending'],
      [unknown, 'mergeability_unknown'],
    ] as const) {
      expect(waits(true, change)).toEqual({ reason, in: 300_000 })
      expect(waits(false, change)).toEqual({ reason, in: 5_000 })
    }
    // Of checks that Optio runs itself no watch tells.
    const own = { checks: { items: [check({ status: 'running', conclusion: null })] } }
    expect(waits(true, own)).toEqual({ reason: 'checks_running', in: 5_000 })
  })
})

describe('what a person is told', () => {
  test('is, for each thing that stands in the way of a merge, what would take it away', () => {
    const { explain } = decide(opened({ pullRequest: known({ draft: true, mergeable: null }) }))
    expect(explain.wouldChange).toEqual([
      'The pull request is marked ready.',
      'The forge finds out whether it can be merged.',
      'A person merges or closes the pull request.',
    ])
  })

  test('stays what the task began to wait with, for as long as it waits', () => {
    const waiting = run({ state: 'needs_attention', attention: 'no_changes' })
    const said = 'The agent ended without committing anything.'
    const told = decide(snapshot({ run: { ...waiting, attentionMessage: said }, attempt: attempt() }))
    expect(told.explain.summary).toBe(said)
    expect(decide(snapshot({ run: waiting, attempt: attempt() })).explain.summary).toBe('Waits for a person.')
  })
})
