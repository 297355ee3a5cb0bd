import {
  type Decision,
  decide,
  type EffectRequest,
  isCourtesy,
  isFinished,
  isLive,
  type PullRequestFacts,
  parseUsd,
  type ReviewObservation,
  type ReviewThread,
  toldOf,
} from '@optio/core'
import { snapshotOf } from './facts.ts'
import { proveOnSilence } from './proofs.ts'
import type { World } from './world.ts'

/** The engine of a world: takes decisions, proves what must hold of them, and carries them out. */

/** Takes the decision, checks what must hold of it, and carries it out. Answers it. */
function step(world: World): Decision {
  const s = snapshotOf(world)
  if (s.pullRequest.kind === 'known') world.lastSeen = s.pullRequest.observation
  const decision = decide(s)
  world.decisions.push(`${world.run.state}: ${decision.reason}`)
  if (world.decisions.length > 60) world.decisions.shift()
  proveOnSilence(s, decision)
  carryOut(world, decision)
  return decision
}

/** Decides until the run rests, and proves that it comes to rest. */
export function rest(world: World): Decision {
  for (let steps = 0; steps < 25; steps++) {
    const decision = step(world)
    if (decision.action.type === 'wait') return decision
  }
  throw new Error(`the run does not come to rest:\n${world.decisions.join('\n')}`)
}

function carryOut(world: World, { action }: Decision) {
  const { run } = world
  switch (action.type) {
    case 'wait':
      return
    case 'transition':
      if (isFinished(action.to)) end(world)
      if (action.to === 'cancelled') cancelParts(world)
      for (const effect of action.effects ?? []) record(world, effect)
      run.attention = null
      return world.moveTo(action.to)
    case 'enqueue':
      world.next ??= { reason: 'first', purpose: null, counts: null, notBefore: null, context: {} }
      return world.moveTo('queued')
    case 'needs_attention':
      run.attention = action.code
      return world.moveTo('needs_attention')
    case 'queue_attempt':
      world.next = action.next
      run.notBefore = action.next.notBefore
      if (action.next.counts === 'retry') run.retryCount++
      if (action.next.counts === 'auto_resume') run.autoResumeCount++
      run.attention = null
      rememberReviews(world, action.next.context.reviews ?? [])
      rememberThreads(world, action.next.context.threads ?? [])
      return world.moveTo('queued')
    case 'stop_attempt': {
      const { attempt } = world
      if (attempt === null || !isLive(attempt.state)) throw new Error('asked to stop what does not run')
      if (attempt.stopRequested !== null) throw new Error('asked to stop twice')
      attempt.stopRequested = action.stop
      return
    }
    case 'stop_checks':
      for (const check of world.liveChecks) {
        if (check.status === 'queued') Object.assign(check, { status: 'completed', conclusion: 'cancelled' })
        else check.stopRequested = true
      }
      return
    case 'redo':
      return redo(world)
    case 'start_review':
      return startReview(world, action.headSha)
    case 'effect':
      if (world.effects.some(({ key }) => key === action.effect.key)) {
        throw new Error(`asked twice for ${action.effect.key}`)
      }
      return record(world, action.effect)
  }
}

/** One with the same key is recorded once. */
function record({ effects }: World, request: EffectRequest): void {
  const { kind, key } = request
  if (effects.some((effect) => effect.key === key)) return
  const nothing = { lastError: null, silence: null, refusal: null }
  effects.push({ kind, key, state: 'pending', ...nothing, request, tries: 0 })
}

function rememberThreads({ run }: World, threads: readonly ReviewThread[]): void {
  const told = new Map((run.threadsTold ?? []).map(({ id, until }) => [id, until]))
  for (const { id, until } of toldOf(threads)) {
    const before = told.get(id) ?? 0
    if (before >= until) throw new Error('sent back for what was told already')
    told.set(id, until)
  }
  run.threadsTold = [...told].map(([id, until]) => ({ id, until }))
}

function rememberReviews({ run }: World, reviews: readonly ReviewObservation[]): void {
  const { reviewsToldUntil } = run
  if (reviewsToldUntil === undefined) return
  const times = reviews.map(({ submittedAt }) => submittedAt)
  if (times.length > 0) run.reviewsToldUntil = Math.max(reviewsToldUntil ?? 0, ...times)
}

export function startReview({ run, reviews }: World, headSha: string): void {
  if (run.kind !== 'repo') throw new Error('only work on a repository is reviewed')
  if (reviews.some((each) => each.headSha === headSha && !isFinished(each.state))) return
  reviews.push({ runId: `review-${reviews.length + 1}`, headSha, state: 'queued', verdict: null })
}

function cancelParts({ subtasks }: World): void {
  for (const part of subtasks) if (!isFinished(part.state)) part.state = 'cancelled'
}

/** What was planned and not begun is withdrawn. */
function end(world: World): void {
  if (world.hasLiveAttempt) throw new Error('ended while an agent lives')
  if (world.liveChecks.length > 0) throw new Error('ended while checks run')
  for (const effect of world.effects) {
    if (isCourtesy(effect.kind) || effect.kind === 'close_pull_request') continue
    if (effect.state === 'executing') throw new Error('ended while an effect is carried out')
    if (effect.state === 'pending') Object.assign(effect, { state: 'dead', lastError: 'the task had ended' })
  }
  for (const each of world.reviews) if (!isFinished(each.state)) each.state = 'cancelled'
  world.run.intent = null
}

export function redo(world: World): void {
  end(world)
  world.next = { reason: 'first', purpose: null, counts: null, notBefore: null, context: {} }
  Object.assign(world.run, { retryCount: 0, autoResumeCount: 0, attention: null, notBefore: null })
  if (world.run.kind === 'repo') leavePullRequest(world)
  if (world.run.state !== 'queued') world.moveTo('queued')
}

function leavePullRequest(world: World): void {
  if (world.remote?.state === 'open') world.remote.state = 'closed'
  Object.assign(world, { remote: null, remoteHead: null, cloneHead: null, lag: null })
  Object.assign(world, { checks: [], reviews: [], records: [], lastSeen: null, heard: null })
  Object.assign(world.run, { branch: `${world.run.branch}x`, publishedSha: null, prNumber: null })
}

/** A slot is free: the claim makes the attempt, and proves that it may. */
export function claim(world: World): void {
  const { run, next, lastSeen } = world
  if (run.state !== 'queued' || next === null || run.intent !== null) return
  if (run.notBefore !== null && run.notBefore > world.now) return
  // What is known to have ended is not worked on.
  const pullRequest: PullRequestFacts =
    lastSeen !== null && lastSeen.state !== 'open'
      ? { kind: 'known', observation: lastSeen }
      : { kind: 'none' }
  const { action } = decide({ ...snapshotOf(world), pullRequest })
  if (action.type !== 'wait' || action.on !== 'capacity') return
  if (world.hasLiveAttempt) throw new Error('a second live attempt')
  const cap = run.budgetUsd === null ? null : parseUsd(run.budgetUsd)
  if (cap !== null && world.spent >= cap) throw new Error('an attempt is started beyond the budget')
  world.attempts.push({
    number: world.attempts.length + 1,
    reason: next.reason,
    purpose: next.purpose,
    state: 'starting',
    exitCode: null,
    stopReason: null,
    stopRequested: null,
    errorMessage: null,
    result: null,
    failure: null,
    environmentFault: false,
    startedAt: null,
    endedAt: null,
    deadlineAt: null,
    lastOutputAt: null,
    pullRequestHead: run.prNumber === null ? null : world.remoteHead,
    outcome: null,
  })
  world.moveTo('provisioning')
}
