import {
  type Decision,
  isFinished,
  isLive,
  judgeMerge,
  mergeFactsOf,
  REVIEW_AUTHOR,
  type SilenceReason,
  type Snapshot,
} from '@optio/core'
import { observationOf } from './facts.ts'
import type { World } from './world.ts'

/** Proves what must be true of the pair of commits that Optio merges, and of the run it merges for. */
export function proveMerge(world: World, headSha: string, baseSha: string): void {
  const observation = observationOf(world)
  const moved = observation.headSha !== headSha || (world.ownChecks && observation.baseSha !== baseSha)
  if (moved) throw new Error('merged a moved head')
  const { subtasks, reviews, policy, now, run } = world
  if (judgeMerge(observation, mergeFactsOf({ subtasks, reviews, policy, now, run })).obstacles.length > 0) {
    throw new Error('merged what policy forbids')
  }
  if (!world.policy.autoMerge || world.policy.cautiousMode) throw new Error('merged by itself, unasked')
  if (world.run.kind !== 'repo') throw new Error('merged what is not its own')
  const spoke = world.checks.some(
    (check) =>
      check.headSha === headSha &&
      (!world.ownChecks || check.baseSha === baseSha) &&
      check.conclusion === 'success',
  )
  const approvals = observation.reviews.filter(
    (r) => r.state === 'approved' && r.headSha === headSha && r.isOwn !== true && r.byWriter !== false,
  )
  if (!spoke && approvals.length === 0) throw new Error('merged what was not proven')
  const grace = world.ownChecks ? 0 : (world.policy.checksGraceMs ?? 0)
  if (!spoke && world.now < world.seenSince(headSha) + grace)
    throw new Error('merged before a check could begin')
  if (remarksOpen(world)) throw new Error('merged over a remark that nobody was told of')
  const held = world.subtasks.some(({ blocksParent, state }) => blocksParent && state !== 'completed')
  if (held) throw new Error('merged before a subtask that holds it was completed')
  const ofHead = world.reviews.filter((review) => review.headSha === headSha)
  const last = ofHead.at(-1)
  const wanted = last !== undefined || ['on_pr', 'on_ci_pass'].includes(world.policy.review?.trigger ?? '')
  const byPerson = approvals.some(({ author }) => author !== REVIEW_AUTHOR)
  if (wanted && !byPerson && last?.verdict == null) throw new Error('merged without the review it needs')
  if (ofHead.some(({ state }) => state !== 'completed' && state !== 'failed' && state !== 'cancelled')) {
    throw new Error('merged while a review was under way')
  }
}

function remarksOpen({ remote, run, policy }: World): boolean {
  return (remote?.threads ?? []).some(({ id, comments }) => {
    const until = run.threadsTold?.find((told) => told.id === id)?.until ?? -1
    return comments.some(
      (each) => !each.isOwn && each.createdAt > until && (policy.requestsFrom === 'anyone' || each.byWriter),
    )
  })
}

/** What a run waits for, by why the forge is silent. */
export const WAITS_ON_SILENCE = {
  credential: 'forge_credential',
  replaced: 'repository_replaced',
  limited: 'forge_limited',
  unreachable: 'forge_silent',
  failing: 'forge_silent',
} as const satisfies Record<SilenceReason, string>

/** Proves what must hold of every decision while the forge gives no answer: it is no answer, and so brings nothing about. */
export function proveOnSilence(s: Snapshot, decision: Decision): void {
  proveNoFailure(s, decision)
  proveSaid(s, decision)
  if (s.run.kind !== 'repo' || s.pullRequest.kind !== 'unknown') return
  const { action } = decision
  if (action.type === 'start_review') throw new Error('has reviewed what it cannot see')
  if (action.type === 'redo') throw new Error('starts over what may be merged')
  if (action.type === 'effect' && ['merge', 'run_checks'].includes(action.effect.kind))
    throw new Error(`asks for ${action.effect.kind} on silence`)
  if (action.type === 'transition' && (action.to === 'completed' || action.to === 'pr_opened'))
    throw new Error(`is ${action.to} on silence`)
  if (action.type === 'transition' && action.error?.category === 'pull_request')
    throw new Error('failed because of a pull request that nobody has seen')
  if (action.type === 'queue_attempt' && action.next.counts === 'auto_resume')
    throw new Error('an agent is sent back for what nobody said')
}

/** No failure of the run comes of the forge's silence, and no try of its own is used up. */
function proveNoFailure(s: Snapshot, { action }: Decision): void {
  const { attempt } = s
  if (attempt?.state !== 'failed' || attempt.failure?.kind !== 'forge') return
  if (s.run.state !== 'provisioning' && s.run.state !== 'running') return
  const failed = action.type === 'transition' && action.to === 'failed'
  const isByPerson = s.pullRequest.kind === 'known' && s.pullRequest.observation.state === 'closed'
  if (failed && !isByPerson) throw new Error('failed because the forge was silent')
  if (action.type === 'queue_attempt' && action.next.counts !== null)
    throw new Error('a retry is used up because the forge was silent')
  const isAsked = action.type === 'needs_attention' && action.code !== 'budget_reached'
  if (isAsked) throw new Error('a person is asked about what only the forge knows')
}

/** A run that can do nothing without the forge waits, says why, and looks again. */
function proveSaid(s: Snapshot, { action, reason, explain, wakeAt }: Decision): void {
  const { run, attempt, pullRequest } = s
  if (isFinished(run.state) || run.intent !== null || run.kind !== 'repo') return
  if ((attempt !== null && isLive(attempt.state)) || pullRequest.kind !== 'unknown') return
  if (run.state !== 'pr_opened' && run.state !== 'needs_attention') return
  // What a run depends on is not the forge's.
  if (run.attention === 'dependency_failed') return
  if (action.type !== 'wait') throw new Error(`does ${action.type} on silence`)
  if (!explain.summary.includes(pullRequest.message)) throw new Error('does not say that the forge is silent')
  if (wakeAt === null) throw new Error('never asks a silent forge again')
  const expected = WAITS_ON_SILENCE[pullRequest.why ?? 'failing']
  if (run.state === 'pr_opened' && reason !== expected) throw new Error(`${reason} instead of ${expected}`)
  const isForPeople = reason === 'forge_credential' || reason === 'repository_replaced'
  if (isForPeople && action.on !== 'person') throw new Error(`nobody is asked: ${reason}`)
}
