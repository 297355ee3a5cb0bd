import {
  askingOf,
  brokenChecks,
  COURTESY_EFFECTS,
  currentChecks,
  type Decision,
  decide,
  decidingChecks,
  type EffectRequest,
  failedChecks,
  failedSubtasks,
  firstCheckAwaitedUntil,
  isCapReached,
  isCourtesy,
  isFinished,
  isHeadApproved,
  isLegalTransition,
  isLive,
  mergeFactsOf,
  mergeRefusal,
  openSubtasks,
  parseVerdict,
  REVIEW_AUTHOR,
  type RunState,
  type Snapshot,
  standingChangeRequests,
  unansweredThreads,
} from '@optio/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitrarySnapshot } from './support/arbitraries.ts'

const RUNS = { numRuns: 2_000 }

/** State a decision leads to, or null when it leaves the state as it is. */
function stateAfter({ action }: Decision): RunState | null {
  if (action.type === 'transition') return action.to
  if (action.type === 'needs_attention') return 'needs_attention'
  return action.type === 'enqueue' || action.type === 'queue_attempt' || action.type === 'redo'
    ? 'queued'
    : null
}

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

function holds(
  property: (s: Snapshot, decision: Decision) => void,
  of: { readonly kind?: Snapshot['run']['kind']; readonly numRuns?: number } = {},
): void {
  const { kind, numRuns = RUNS.numRuns } = of
  const snapshots = arbitrarySnapshot.map((s) => (kind ? { ...s, run: { ...s.run, kind } } : s))
  fc.assert(
    fc.property(snapshots, (s) => property(s, decide(s))),
    { numRuns },
  )
}

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
      (_, { action, explain }) => {
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

describe('a merge', () => {
  /** Snapshots that do ask for a merge: in good order but for one thing that is arbitrary. */
  const nearlyGood = arbitrarySnapshot.map((s): Snapshot => {
    if (s.pullRequest.kind !== 'known') return s
    const observation = s.pullRequest.observation
    return {
      ...s,
      run: { ...s.run, kind: 'repo', state: 'pr_opened', intent: null },
      attempt: s.attempt === null || isLive(s.attempt.state) ? null : s.attempt,
      pullRequest: { ...s.pullRequest, observation: { ...observation, state: 'open' } },
    }
  })
  const ready = fc.tuple(nearlyGood, fc.infiniteStream(fc.boolean())).map(([s, coins]): Snapshot => {
    if (s.pullRequest.kind !== 'known') return s
    const good = () => coins.next().value !== false || coins.next().value !== false
    const { observation } = s.pullRequest
    const { headSha, baseSha } = observation
    const items = observation.checks.items.map((item) =>
      good() ? { ...item, status: 'completed' as const, conclusion: 'success' as const } : item,
    )
    return {
      ...s,
      effects: good() ? [] : s.effects,
      subtasks: s.subtasks.map((each) => (good() ? { ...each, state: 'completed' as const } : each)),
      reviews: s.reviews.map((each) =>
        good() ? { ...each, state: 'completed' as const, verdict: 'comment' as const } : each,
      ),
      policy: {
        ...s.policy,
        autoMerge: good() || s.policy.autoMerge,
        cautiousMode: !good() && s.policy.cautiousMode,
      },
      pullRequest: {
        ...s.pullRequest,
        observation: {
          ...observation,
          threads: good() ? [] : (observation.threads ?? []),
          draft: !good() && observation.draft,
          mergeable: good() ? true : observation.mergeable,
          mergeBlocked: good() ? null : observation.mergeBlocked,
          checks: good() ? { required: true, headSha, baseSha, items } : { ...observation.checks, items },
          reviews: good()
            ? observation.reviews.map((r) => ({ ...r, state: 'approved' as const }))
            : observation.reviews,
        },
      },
    }
  })

  test('is only ever asked for on a head that checks or an approval spoke for, that nobody speaks against', () => {
    let merges = 0
    fc.assert(
      fc.property(ready, (s) => {
        const { action } = decide(s)
        if (action.type !== 'effect' || action.effect.kind !== 'merge') return
        merges++
        if (s.pullRequest.kind !== 'known') throw new Error('merged what was not seen')
        const { observation } = s.pullRequest
        expect(s.run.state).toBe('pr_opened')
        expect(s.policy.autoMerge).toBe(true)
        expect(s.policy.cautiousMode).toBe(false)
        expect(action.effect.headSha).toBe(observation.headSha)
        expect(action.effect.baseSha).toBe(observation.baseSha)
        expect(observation.state).toBe('open')
        expect(observation.draft).toBe(false)
        expect(observation.mergeable).toBe(true)
        expect(observation.mergeBlocked).toBeNull()
        expect(standingChangeRequests(observation)).toEqual([])
        expect(unansweredThreads(observation, askingOf(s))).toEqual([])
        expect(failedChecks(observation)).toEqual([])
        expect(brokenChecks(observation)).toEqual([])
        expect(openSubtasks(s.subtasks)).toEqual([])
        expect(failedSubtasks(s.subtasks)).toEqual([])
        const ofHead = s.reviews.filter(({ headSha }) => headSha === observation.headSha)
        expect(ofHead.every(({ state }) => isFinished(state))).toBe(true)
        const last = ofHead.at(-1)
        const byPerson = observation.reviews.some(
          ({ author, state, headSha, byWriter, isOwn }) =>
            author !== REVIEW_AUTHOR &&
            state === 'approved' &&
            headSha === observation.headSha &&
            byWriter !== false &&
            isOwn !== true,
        )
        const automatic = s.policy.review !== null && s.policy.review.trigger !== 'manual'
        if (last !== undefined || automatic) {
          expect((last?.state === 'completed' && last.verdict !== null) || byPerson).toBe(true)
        }
        const spoke = decidingChecks(observation)
        const { headSince } = s.pullRequest
        const { checksGraceMs: graceMs } = s.policy
        expect(firstCheckAwaitedUntil(observation, { now: s.now, headSince, graceMs })).toBeNull()
        const required = currentChecks(observation).filter((check) => check.required)
        if (required.length > 0) expect(spoke).toEqual(required)
        expect(spoke.every(({ status }) => status === 'completed')).toBe(true)
        const passed = spoke.some(({ conclusion }) => conclusion === 'success')
        expect(passed || (!observation.checks.required && isHeadApproved(observation))).toBe(true)
        if (passed) {
          expect(observation.checks.headSha).toBe(observation.headSha)
          expect([null, observation.baseSha]).toContain(observation.checks.baseSha)
        }
      }),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(merges, 'the property was never put to the test').toBeGreaterThan(200)
  })

  test('that was decided is refused once its observation would no longer be merged', () => {
    let refused = 0
    let allowed = 0
    fc.assert(
      fc.property(
        ready,
        fc.constantFrom('head-1', 'head-2'),
        fc.constantFrom('base-1', 'base-2'),
        (s, headSha, baseSha) => {
          if (s.pullRequest.kind !== 'known') return
          const { observation } = s.pullRequest
          const facts = mergeFactsOf({ ...s, headSince: s.pullRequest.headSince })
          const refusal = mergeRefusal(observation, s.policy, { headSha, baseSha }, facts)
          const rests = observation.checks.baseSha !== null
          const moved = observation.headSha !== headSha || (rests && observation.baseSha !== baseSha)
          const fresh = decide({ ...s, effects: [], liveChecks: { count: 0, stopRequested: false } }).action
          const merges = fresh.type === 'effect' && fresh.effect.kind === 'merge'
          if (refusal === null) allowed++
          else refused++
          if (moved || !s.policy.autoMerge || s.policy.cautiousMode) expect(refusal).not.toBeNull()
          if (merges && !moved) expect(refusal).toBeNull()
          if (refusal === null) {
            expect(standingChangeRequests(observation)).toEqual([])
            expect(unansweredThreads(observation, askingOf(s))).toEqual([])
            expect(openSubtasks(s.subtasks)).toEqual([])
            expect(failedSubtasks(s.subtasks)).toEqual([])
          }
        },
      ),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(Math.min(refused, allowed)).toBeGreaterThan(20)
  })

  test('is never brought about by what a stranger, or Optio itself, posted', () => {
    let merges = 0
    let held = 0
    fc.assert(
      fc.property(
        ready,
        fc.constantFrom({ byWriter: false }, { isOwn: true }),
        fc.constantFrom('approved' as const, 'commented' as const, 'changes_requested' as const),
        (given, by, state) => {
          if (given.pullRequest.kind !== 'known') return
          const { pullRequest } = given
          const s: Snapshot = { ...given, policy: { ...given.policy, requestsFrom: 'writers' } }
          const { observation } = pullRequest
          const reviews = observation.reviews.filter(({ author }) => author !== 'eve')
          const said = {
            author: 'eve',
            state,
            body: '',
            headSha: observation.headSha,
            comments: [],
            submittedAt: s.now,
          }
          const judged = (all: typeof reviews) =>
            decide({ ...s, pullRequest: { ...pullRequest, observation: { ...observation, reviews: all } } })
          const without = judged(reviews)
          const after = judged([...reviews, { ...said, ...by }])
          const merged = without.action.type === 'effect' && without.action.effect.kind === 'merge'
          if (merged) merges++
          // A stranger's request holds the merge; nothing of theirs brings anything about.
          const holds = state === 'changes_requested' && 'byWriter' in by
          if (!holds) expect(after).toEqual(without)
          else if (merged) {
            held++
            expect(after.action).toEqual({ type: 'wait', on: 'person' })
          }
          if (after.action.type === 'queue_attempt') expect(without.action.type).toBe('queue_attempt')
        },
      ),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(Math.min(merges, held), 'the property was never put to the test').toBeGreaterThan(10)
  })

  test('is never brought about by an approval of another head', () => {
    let merges = 0
    fc.assert(
      fc.property(ready, fc.constantFrom('eve', REVIEW_AUTHOR), (s, author) => {
        if (s.pullRequest.kind !== 'known') return
        const { observation } = s.pullRequest
        // Somebody who has said nothing else: an approval by one who requested changes does lift the request.
        const reviews = observation.reviews.filter((each) => each.author !== author)
        const approval = {
          author,
          state: 'approved' as const,
          body: '',
          headSha: 'head-0',
          comments: [],
          submittedAt: s.now,
        }
        const judged = (given: typeof reviews) =>
          decide({
            ...s,
            pullRequest: {
              ...s.pullRequest,
              observation: { ...observation, reviews: given },
            } as Snapshot['pullRequest'],
          })
        const without = judged(reviews)
        if (without.action.type === 'effect' && without.action.effect.kind === 'merge') merges++
        expect(judged([...reviews, approval])).toEqual(without)
      }),
      { numRuns: 3_000, seed: 20_251_121 },
    )
    expect(merges, 'the property was never put to the test').toBeGreaterThan(50)
  })

  test('waits for the review that policy wants: started once for a head, and not beyond the rounds', () => {
    let started = 0
    fc.assert(
      fc.property(ready, (s) => {
        const { action } = decide(s)
        if (action.type !== 'start_review') return
        started++
        expect(s.run).toMatchObject({ kind: 'repo', state: 'pr_opened' })
        expect(['on_pr', 'on_ci_pass']).toContain(s.policy.review?.trigger)
        expect(s.reviews.length).toBeLessThan(s.policy.review?.maxRounds ?? 0)
        expect(s.reviews.map(({ headSha }) => headSha)).not.toContain(action.headSha)
        if (s.pullRequest.kind !== 'known') throw new Error('reviews what was not seen')
        expect(s.pullRequest.observation).toMatchObject({ headSha: action.headSha, state: 'open' })
      }),
      { numRuns: 5_000, seed: 20_251_121 },
    )
    expect(started, 'the property was never put to the test').toBeGreaterThan(100)
  })
})

describe('what is told to others at the end of a run', () => {
  const effectsOf = ({ action }: Decision): readonly EffectRequest[] =>
    action.type === 'transition' ? (action.effects ?? []) : []

  test('is a courtesy or the close of its own pull request, and only such as its settings ask for', () => {
    const seen = new Set<string>()
    holds(
      (s, decision) => {
        const to = stateAfter(decision)
        for (const each of effectsOf(decision)) {
          seen.add(each.kind)
          if (each.kind !== 'close_pull_request') expect(COURTESY_EFFECTS).toContain(each.kind)
          switch (each.kind) {
            case 'close_pull_request':
              expect([to, s.policy.closeOnCancel, each.prNumber]).toEqual(['cancelled', true, s.run.prNumber])
              break
            case 'delete_branch':
              expect([to, s.policy.deleteBranchOnMerge, each.branch]).toEqual([
                'completed',
                true,
                s.run.branch,
              ])
              if (s.pullRequest.kind !== 'known') throw new Error('deletes what was not seen as merged')
              expect(s.pullRequest.observation).toMatchObject({ state: 'merged', headSha: each.headSha })
              break
            case 'close_issue':
              expect([to, s.policy.closeIssueOnMerge, each.issueNumber]).toEqual([
                'completed',
                true,
                s.run.issueNumber,
              ])
              break
            case 'comment_issue':
              expect([to, each.about, each.issueNumber]).toEqual(['failed', 'failed', s.run.issueNumber])
              break
            case 'answer_threads':
              expect(to).toBe('pr_opened')
              break
            default:
              throw new Error(`nobody asked for ${each.kind}`)
          }
        }
      },
      { kind: 'repo', numRuns: 10_000 },
    )
    const ends = ['close_issue', 'close_pull_request', 'comment_issue', 'delete_branch']
    expect(ends.filter((kind) => !seen.has(kind))).toEqual([])
  })
})
