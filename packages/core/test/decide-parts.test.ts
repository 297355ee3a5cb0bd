import { type DependencyFacts, decide, REVIEW_AUTHOR, type ReviewFacts, type SubtaskFacts } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { attention, next } from './support/decisions.ts'
import {
  attempt,
  check,
  effect,
  known,
  liveAttempt,
  opened,
  policy,
  review,
  run,
  snapshot,
} from './support/snapshots.ts'

function agentReview(change: Partial<ReviewFacts> = {}): ReviewFacts {
  return { runId: 'review-1', headSha: 'head-1', state: 'completed', verdict: 'approve', ...change }
}

function subtask(change: Partial<SubtaskFacts> = {}): SubtaskFacts {
  return {
    runId: 'part-1',
    title: 'Part',
    taskType: 'child',
    state: 'running',
    blocksParent: true,
    ...change,
  }
}

function dependency(change: Partial<DependencyFacts> = {}): DependencyFacts {
  return { runId: 'run-0', title: 'First', state: 'running', ...change }
}

describe('reviews by agents of a pull request', () => {
  const onPr = policy({ review: { trigger: 'on_pr', maxRounds: 2 } })
  const onPass = policy({ review: { trigger: 'on_ci_pass', maxRounds: 2 } })
  const started = { type: 'start_review', headSha: 'head-1', baseSha: 'base-1' }

  test('are started when it is opened, or when its checks have passed, or by a person only', () => {
    const running = known({ checks: { items: [check({ status: 'running', conclusion: null })] } })
    expect(decide(opened({ policy: onPr, pullRequest: running })).action).toEqual(started)
    expect(decide(opened({ policy: onPass, pullRequest: running })).action).toMatchObject({ on: 'check' })
    expect(decide(opened({ policy: onPass })).action).toEqual(started)
    const manual = policy({ review: { trigger: 'manual', maxRounds: 2 } })
    expect(decide(opened({ policy: manual })).action).toMatchObject({ effect: { kind: 'merge' } })
  })

  test('lift with a mere remark on this head what they asked of an older one', () => {
    const asked = review({
      author: REVIEW_AUTHOR,
      state: 'changes_requested',
      headSha: 'head-0',
      submittedAt: 1,
    })
    const remark = review({ author: REVIEW_AUTHOR, state: 'commented', submittedAt: 2 })
    const reviews = [
      agentReview({ headSha: 'head-0', verdict: 'request_changes' }),
      agentReview({ verdict: 'comment' }),
    ]
    const s = {
      policy: onPr,
      reviews,
      run: run({ state: 'pr_opened', prNumber: 1, publishedSha: 'head-1', reviewsToldUntil: 1 }),
    }
    expect(decide(opened({ ...s, pullRequest: known({ reviews: [asked, remark] }) })).action).toMatchObject({
      effect: { kind: 'merge' },
    })
    const askedNow = review({ author: REVIEW_AUTHOR, state: 'changes_requested', submittedAt: 1 })
    expect(
      decide(opened({ ...s, pullRequest: known({ reviews: [askedNow, remark] }) })).action,
    ).not.toMatchObject({
      effect: { kind: 'merge' },
    })
  })

  test('give way to a person who approves this head after them, and to nobody else', () => {
    const rounds = [agentReview({ headSha: 'head-0', verdict: 'request_changes' })]
    const waits = (approval: object, asked: object = {}) =>
      decide(
        opened({
          policy: policy({ review: { trigger: 'on_pr', maxRounds: 1 } }),
          reviews: rounds,
          run: run({ state: 'pr_opened', prNumber: 1, publishedSha: 'head-1', reviewsToldUntil: 5 }),
          pullRequest: known({
            reviews: [
              review({
                ...{ author: REVIEW_AUTHOR, state: 'changes_requested', headSha: 'head-0', submittedAt: 5 },
                ...asked,
              }),
              review({ author: 'ada', state: 'approved', headSha: 'head-1', submittedAt: 9, ...approval }),
            ],
          }),
        }),
      ).action
    expect(waits({})).toMatchObject({ effect: { kind: 'merge', headSha: 'head-1' } })
    for (const approval of [
      { headSha: 'head-0' },
      { submittedAt: 4 },
      { state: 'commented' },
      { byWriter: false },
      { isOwn: true },
    ]) {
      expect(waits(approval)).not.toMatchObject({ effect: { kind: 'merge' } })
    }
    expect(waits({}, { author: 'bob' })).not.toMatchObject({ effect: { kind: 'merge' } })
  })

  test('are made of a head that mends what they asked for, also where no agent is sent back', () => {
    const asked = review({
      author: REVIEW_AUTHOR,
      state: 'changes_requested',
      headSha: 'head-0',
      submittedAt: 1,
    })
    const waits = run({
      state: 'needs_attention',
      attention: 'changes_requested',
      prNumber: 1,
      publishedSha: 'head-0',
      reviewsToldUntil: null,
    })
    const reviews = [agentReview({ headSha: 'head-0', verdict: 'request_changes' })]
    const alone = policy({ review: { trigger: 'on_pr', maxRounds: 2 }, autoResume: false })
    const mended = opened({ run: waits, policy: alone, reviews, pullRequest: known({ reviews: [asked] }) })
    expect(decide(mended).action).toMatchObject({ type: 'transition', to: 'pr_opened' })
    const open = { ...mended, run: { ...waits, state: 'pr_opened' as const, attention: null } }
    expect(decide(open).action).toEqual(started)
  })

  test('are not started for what an agent has to mend first', () => {
    const failing = known({ checks: { items: [check({ conclusion: 'failure' })] } })
    expect(decide(opened({ policy: onPr, pullRequest: failing })).action.type).toBe('queue_attempt')
  })

  test('hold the merge while one of the head is unfinished, also one that a person started; of another head they do not', () => {
    for (const rules of [onPr, policy()]) {
      const s = opened({ policy: rules, reviews: [agentReview({ state: 'running', verdict: null })] })
      expect(decide(s)).toMatchObject({ action: { type: 'wait', on: 'review' }, reason: 'review_open' })
    }
    const old = opened({ reviews: [agentReview({ headSha: 'head-0', state: 'running', verdict: null })] })
    expect(decide(old).action).toMatchObject({ effect: { kind: 'merge' } })
  })

  test('that have said yes or only commented let it be merged', () => {
    for (const verdict of ['approve', 'comment'] as const) {
      const s = opened({ policy: onPr, reviews: [agentReview({ verdict })] })
      expect(decide(s).action).toMatchObject({ effect: { kind: 'merge', headSha: 'head-1' } })
    }
  })

  test('that requested changes send the agent back, which counts like every such round', () => {
    const asked = known({ reviews: [review({ author: REVIEW_AUTHOR, state: 'changes_requested' })] })
    const s = opened({
      policy: onPr,
      pullRequest: asked,
      reviews: [agentReview({ verdict: 'request_changes' })],
    })
    expect(next(decide(s))).toMatchObject({ reason: 'review', counts: 'auto_resume' })
  })

  test('of the current head go before what was said later of an older one', () => {
    const approved = review({ author: REVIEW_AUTHOR, headSha: 'head-1', submittedAt: 1 })
    const stale = review({
      author: REVIEW_AUTHOR,
      headSha: 'head-0',
      state: 'changes_requested',
      submittedAt: 2,
    })
    const s = opened({ reviews: [agentReview()], pullRequest: known({ reviews: [approved, stale] }) })
    expect(decide(s).action).toMatchObject({ effect: { kind: 'merge' } })
    const swapped = known({
      reviews: [
        { ...approved, state: 'changes_requested' },
        { ...stale, state: 'approved' },
      ],
    })
    expect(decide({ ...s, pullRequest: swapped }).action.type).not.toBe('effect')
  })

  test('that came to nothing are no approval: a person is asked, until another one ends well or a person approves', () => {
    const approvedBefore = known({ reviews: [review({ author: REVIEW_AUTHOR })] })
    for (const state of ['failed', 'cancelled'] as const) {
      const s = opened({
        pullRequest: approvedBefore,
        reviews: [agentReview(), agentReview({ state, verdict: null })],
      })
      expect(attention(s)).toBe('review_failed')
      const asked = { ...s, run: run({ state: 'needs_attention', attention: 'review_failed', prNumber: 7 }) }
      expect(decide(asked).action).toMatchObject({ on: 'person' })
      const again = { ...asked, reviews: [...s.reviews, agentReview({ state: 'queued', verdict: null })] }
      expect(decide(again).action).toMatchObject({ to: 'pr_opened' })
      const byPerson = { ...asked, pullRequest: known({ reviews: [review({ author: 'ada' })] }) }
      expect(decide(byPerson).action).toMatchObject({ to: 'pr_opened' })
      expect(decide({ ...byPerson, run: s.run }).action).toMatchObject({ effect: { kind: 'merge' } })
    }
    const mute = opened({ reviews: [agentReview({ verdict: null })] })
    expect(attention(mute)).toBe('review_failed')
  })

  test('are started for so many heads only, then a person is asked', () => {
    const reviews = [agentReview({ headSha: 'head-a' }), agentReview({ headSha: 'head-b' })]
    const s = opened({ policy: onPr, reviews })
    expect(attention(s)).toBe('review_rounds')
    const asked = { ...s, run: run({ state: 'needs_attention', attention: 'review_rounds', prNumber: 7 }) }
    expect(decide(asked).action).toMatchObject({ on: 'person' })
    const more = policy({ review: { trigger: 'on_pr', maxRounds: 3 } })
    expect(decide({ ...asked, policy: more }).action).toMatchObject({ to: 'pr_opened' })
    const byHand = { ...asked, reviews: [...reviews, agentReview({ state: 'queued', verdict: null })] }
    expect(decide(byHand).action).toMatchObject({ to: 'pr_opened' })
  })
})

describe('subtasks that hold their parent', () => {
  test('are waited for before the merge, and those that do not hold it are not', () => {
    const s = opened({ subtasks: [subtask(), subtask({ blocksParent: false, state: 'failed' })] })
    expect(decide(s)).toMatchObject({ action: { on: 'subtask' }, reason: 'subtasks_open' })
    expect(decide(s).explain.summary).toContain('Part')
    const free = opened({ subtasks: [subtask({ blocksParent: false })] })
    expect(decide(free).action).toMatchObject({ effect: { kind: 'merge' } })
    const manual = { ...s, policy: policy({ autoMerge: false }) }
    expect(decide(manual).action).toMatchObject({ on: 'subtask' })
  })

  test('that failed or were cancelled are a person’s business until none has any more', () => {
    for (const state of ['failed', 'cancelled'] as const) {
      const s = opened({ subtasks: [subtask({ state })] })
      expect(attention(s)).toBe('subtask_failed')
      const asked = { ...s, run: run({ state: 'needs_attention', attention: 'subtask_failed', prNumber: 7 }) }
      expect(decide(asked).action).toMatchObject({ on: 'person' })
      for (const subtasks of [[], [subtask()]]) {
        expect(decide({ ...asked, subtasks }).action).toMatchObject({ to: 'pr_opened' })
      }
    }
  })

  test('are waited for when somebody has merged; then the parent is completed, whatever came of them', () => {
    for (const state of ['queued', 'running', 'pr_opened', 'needs_attention'] as const) {
      const s = opened({
        run: run({ state, prNumber: 7 }),
        pullRequest: known({ state: 'merged' }),
        subtasks: [subtask()],
      })
      expect(decide(s)).toMatchObject({ action: { type: 'wait', on: 'subtask' } })
      expect(decide(s).wakeAt).not.toBeNull()
      expect(decide({ ...s, attempt: liveAttempt() }).action).toMatchObject({ type: 'stop_attempt' })
      const failed = { ...s, subtasks: [subtask({ state: 'failed' })] }
      expect(decide(failed).action).toMatchObject({ to: 'completed' })
      const cancelled = { ...s, run: { ...s.run, intent: 'cancel' as const } }
      expect(decide(cancelled).action).toMatchObject({ to: 'completed' })
    }
  })

  test('do not keep a parent whose pull request was closed', () => {
    const s = opened({ pullRequest: known({ state: 'closed' }), subtasks: [subtask()] })
    expect(decide(s).action).toMatchObject({ to: 'failed' })
  })

  test('do not stop a merge that is under way', () => {
    const key = 'merge:run-1:head-1:base-1:1:1'
    const s = opened({ subtasks: [subtask()], effects: [effect({ kind: 'merge', key, state: 'executing' })] })
    expect(decide(s).reason).toBe('merging')
  })
})

describe('a run that depends on others', () => {
  const pending = (change: Parameters<typeof run>[0] = {}) =>
    snapshot({ run: run({ state: 'pending', ...change }), attempt: null })

  test('fails with them, or waits for a person, as its repository says; a step always fails', () => {
    for (const state of ['failed', 'cancelled'] as const) {
      const s = { ...pending({ state: 'waiting_on_deps' }), dependencies: [dependency({ state })] }
      expect(decide(s)).toMatchObject({ action: { to: 'failed' }, reason: 'dependency_failed' })
      const waits = { ...s, policy: policy({ onDependencyFailure: 'wait' }) }
      expect(attention(waits)).toBe('dependency_failed')
      const step = { ...waits, run: { ...s.run, taskType: 'step' as const } }
      expect(decide(step).action).toMatchObject({ to: 'failed' })
      // Only from waiting can a person be asked.
      expect(decide({ ...waits, run: { ...s.run, state: 'pending' } }).action).toMatchObject({
        to: 'waiting_on_deps',
      })
    }
  })

  test('goes back to waiting once the dependency is retried or removed', () => {
    const s = {
      ...pending({ state: 'needs_attention', attention: 'dependency_failed' }),
      policy: policy({ onDependencyFailure: 'wait' }),
    }
    const failed = { ...s, dependencies: [dependency({ state: 'failed' })] }
    expect(decide(failed)).toMatchObject({ action: { on: 'person' }, reason: 'dependency_failed' })
    for (const dependencies of [[], [dependency({ state: 'queued' })]]) {
      const decision = decide({ ...s, dependencies })
      expect(decision.action).toMatchObject({ to: 'waiting_on_deps' })
    }
    const waiting = { ...s, run: run({ state: 'waiting_on_deps' }) }
    expect(decide(waiting).action).toEqual({ type: 'enqueue' })
  })

  test('and is held starts when a person runs it, not before', () => {
    const s = pending({ held: true })
    expect(decide(s)).toMatchObject({ action: { type: 'wait', on: 'person' }, reason: 'held' })
    expect(decide({ ...s, dependencies: [dependency()] }).reason).toBe('held')
    expect(decide(pending()).action).toEqual({ type: 'enqueue' })
    const step = {
      ...pending({ held: true, taskType: 'step' }),
      dependencies: [dependency({ state: 'failed' })],
    }
    expect(decide(step).action).toMatchObject({ to: 'failed' })
  })

  test('does not look at them again once it has begun', () => {
    const s = snapshot({ run: run({ state: 'queued' }), dependencies: [dependency({ state: 'failed' })] })
    expect(decide({ ...s, attempt: attempt({ state: 'failed' }) }).action).toMatchObject({ on: 'capacity' })
  })
})
