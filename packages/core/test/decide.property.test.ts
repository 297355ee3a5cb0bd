import {
  decide,
  isCapReached,
  isCourtesy,
  isFinished,
  isLegalTransition,
  isLive,
  openSubtasks,
  parseVerdict,
} from '@optio/core'
import { describe, expect, test } from 'vitest'
import { holds, stateAfter } from './support/properties.ts'

/** Reasons that speak of commits and pull requests. */
const NOT_FOR_REVIEWS = [
  'no_changes',
  'uncommitted_changes',
  'checks_failing',
  'changes_requested',
  'conflict',
  'no_progress',
  'secret_in_changes',
  'branch_moved',
  'subtask_failed',
  'review_failed',
  'review_rounds',
]
const NOT_FOR_STANDALONE = [...NOT_FOR_REVIEWS, 'effect_failed']

describe('for any snapshot, also an impossible one', () => {
  test('decide never throws, gives reasons in words, and answers the same to the same', () => {
    holds((s, decision) => {
      expect(decide(structuredClone(s))).toEqual(decision)
      expect(decision.reason).not.toBe('')
      expect(decision.explain.summary.trim()).not.toBe('')
      for (const sentence of decision.explain.wouldChange) expect(sentence.trim()).not.toBe('')
      const asksPerson =
        decision.action.type === 'needs_attention' ||
        (decision.action.type === 'wait' && decision.action.on === 'person')
      if (asksPerson) expect(decision.explain.wouldChange).not.toHaveLength(0)
    })
  })

  test('every transition it asks for is legal from where the run is', () => {
    holds((s, decision) => {
      const to = stateAfter(decision)
      if (to === null || (to === s.run.state && decision.action.type === 'redo')) return
      expect(isLegalTransition(s.run.state, to), `${s.run.state} -> ${to} (${decision.reason})`).toBe(true)
    })
  })

  test('a finished run waits on nothing, whatever else is said', () => {
    holds((s, decision) => {
      if (isFinished(s.run.state)) expect(decision.action).toEqual({ type: 'wait', on: 'nothing' })
      else expect(decision.action).not.toEqual({ type: 'wait', on: 'nothing' })
    })
  })

  test('a wait never ends before it began', () => {
    holds((s, decision) => {
      if (decision.wakeAt !== null) expect(decision.wakeAt).toBeGreaterThan(s.now)
    })
  })

  test('who waits for the forge, a pause or a check is woken by the clock at the latest', () => {
    holds((_, { action, wakeAt, reason }) => {
      if (action.type !== 'wait' || reason === 'stopping_checks') return
      if (['forge', 'backoff', 'check', 'review', 'subtask'].includes(action.on))
        expect(wakeAt, reason).not.toBeNull()
    })
  })

  test('a run with a pull request is always looked at again', () => {
    holds((s, { action, wakeAt }) => {
      if (action.type === 'wait' && s.run.prNumber !== null && !isFinished(s.run.state)) {
        expect(wakeAt).not.toBeNull()
      }
    })
  })

  test('while an agent lives nothing is queued, published or merged, and the run does not end', () => {
    holds((s, { action }) => {
      if (s.attempt === null || !isLive(s.attempt.state) || isFinished(s.run.state)) return
      if (action.type === 'transition') expect(action.to).toBe('running')
      else expect(['wait', 'stop_attempt']).toContain(action.type)
    })
  })

  test('no effect is asked for under a key that exists', () => {
    holds((s, { action }) => {
      if (action.type !== 'effect') return
      expect(s.effects.map(({ key }) => key)).not.toContain(action.effect.key)
    })
  })

  test('no attempt is asked for when the budget is reached', () => {
    holds((s, { action }) => {
      if (action.type === 'queue_attempt') expect(isCapReached(s.spent, s.run.budgetUsd)).toBe(false)
    })
  })

  test('a counted attempt is never asked for beyond its limit', () => {
    holds((s, { action }) => {
      if (action.type !== 'queue_attempt') return
      if (action.next.counts === 'retry') expect(s.run.retryCount).toBeLessThan(s.run.maxRetries)
      if (action.next.counts === 'auto_resume') {
        expect(s.run.autoResumeCount).toBeLessThan(s.policy.maxAutoResumes)
        expect(s.policy.autoResume).toBe(true)
      }
    })
  })

  test('a merged or closed pull request ends the run in every unfinished state, once nothing of it runs', () => {
    holds((s, decision) => {
      if (
        s.run.kind !== 'repo' ||
        isFinished(s.run.state) ||
        s.run.intent !== null ||
        s.pullRequest.kind !== 'known'
      )
        return
      const { state } = s.pullRequest.observation
      if (state === 'open') return
      const live = s.attempt !== null && isLive(s.attempt.state)
      const busy =
        live ||
        s.liveChecks.count > 0 ||
        s.effects.some(({ kind, state }) => state === 'executing' && !isCourtesy(kind))
      const to = stateAfter(decision)
      const held = state === 'merged' && openSubtasks(s.subtasks).length > 0
      if (busy || held) expect(to).toBeNull()
      else expect(to).toBe(state === 'merged' ? 'completed' : 'failed')
      if (held && !busy) expect(decision.action).toEqual({ type: 'wait', on: 'subtask' })
    })
  })

  test('a run without a repository knows nothing of git, and ends with its agent', () => {
    holds(
      ({ attempt }, { action, explain }) => {
        // Nothing of it is asked of a forge.
        if (attempt?.failure?.kind === 'forge') return
        expect(['effect', 'start_review']).not.toContain(action.type)
        if (action.type === 'transition') expect(action.to).not.toBe('pr_opened')
        if (action.type === 'needs_attention') expect(NOT_FOR_STANDALONE).not.toContain(action.code)
        // It waits for a person for reasons it was once given, which can be any here, and has no checks and effects.
        const impossible =
          action.type === 'wait'
            ? ['person', 'effect', 'check'].includes(action.on)
            : action.type === 'stop_checks'
        if (impossible) return
        const words = [explain.summary, ...explain.wouldChange].join(' ')
        expect(words).not.toMatch(/pull request|repository|commit|branch|merge/)
      },
      { kind: 'standalone' },
    )
  })

  test('a review does nothing outside but say its verdict, bound to the head it read', () => {
    let posted = 0
    holds(
      (s, { action }) => {
        expect(action.type).not.toBe('start_review')
        if (action.type === 'transition') expect(action.to).not.toBe('pr_opened')
        if (action.type === 'needs_attention') expect(NOT_FOR_REVIEWS).not.toContain(action.code)
        if (action.type === 'effect') {
          posted++
          if (action.effect.kind !== 'post_review') throw new Error(`a review asks for ${action.effect.kind}`)
          expect(action.effect.headSha).toBe(s.run.review?.headSha)
          expect(s.attempt?.state).toBe('succeeded')
          expect(action.effect.verdict).toEqual(parseVerdict(s.attempt?.result ?? ''))
        }
      },
      { kind: 'review', numRuns: 10_000 },
    )
    expect(posted, 'the property was never put to the test').toBeGreaterThan(10)
  })

  test('a review is completed by a verdict only', () => {
    let completed = 0
    holds(
      (s, { action }) => {
        if (action.type !== 'transition' || action.to !== 'completed') return
        completed++
        const posted = s.effects.some(({ kind, state }) => kind === 'post_review' && state === 'done')
        expect(posted || parseVerdict(s.attempt?.result ?? '') !== null).toBe(true)
      },
      { kind: 'review', numRuns: 10_000 },
    )
    expect(completed, 'the property was never put to the test').toBeGreaterThan(10)
  })

  test('what depends on others is not queued before they are completed, and what is held not before a person runs it', () => {
    holds((s, decision) => {
      if (stateAfter(decision) !== 'queued' || decision.action.type !== 'enqueue') return
      expect(s.dependencies.every(({ state }) => state === 'completed')).toBe(true)
      expect(s.run.held && s.run.state === 'pending').toBe(false)
    })
  })
})
