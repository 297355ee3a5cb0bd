import {
  AGENT_FAILURE_KINDS,
  isCourtesy,
  isFinished,
  isLive,
  judgeCommand,
  legalNextStates,
  mergeFactsOf,
  mergeRefusal,
  REVIEW_AUTHOR,
  type ReviewThread,
} from '@optio/core'
import { type Mood, retrySubtasks } from './parts.ts'
import { proveMerge } from './proofs.ts'
import { newRemote, type World, type WorldEffect } from './world.ts'

/** Those who move the world: agent, executor of effects, checks, forge, reviewers, persons. */

/** Those after which a run does not go on for ever by itself, whatever the world does. */
const FAILURES_THAT_END = AGENT_FAILURE_KINDS.filter((kind) => kind !== 'rate_limit')

/** The agent and its supervisor: one thing happens to the live attempt. */
export function agentActs(world: World, mood: Mood) {
  const { attempt } = world
  if (attempt === null || !isLive(attempt.state)) return
  const random = mood !== 'cooperative'
  if (attempt.stopRequested !== null) {
    return endAttempt(world, 'stopped', attempt.stopRequested)
  }
  if (attempt.state === 'starting') {
    if (random && world.chance(0.15)) {
      attempt.environmentFault = true
      return endAttempt(world, 'failed')
    }
    if (random && world.chance(0.05)) return endAttempt(world, 'lost')
    // In the engine these two facts change in one transaction; here they may come apart.
    attempt.state = 'running'
    attempt.startedAt = world.now
    attempt.deadlineAt = world.now + 600_000
    if (world.chance(0.7) && world.run.state === 'provisioning') world.moveTo('running')
    return
  }
  if (world.chance(0.3)) {
    world.spent += BigInt(Math.floor(world.random() * 800_000_000))
    attempt.lastOutputAt = world.now
    return
  }
  if (!random) return succeed(world, { commits: true, good: true, dirty: false, verdict: true })
  const fate = world.random()
  if (fate < (world.faulty ? 0.8 : 0.12)) return endAttempt(world, 'lost')
  if (fate < 0.25) return endAttempt(world, 'failed')
  if (fate < 0.3) {
    const kinds = mood === 'chaotic' ? AGENT_FAILURE_KINDS : FAILURES_THAT_END
    attempt.failure = { kind: world.pick(kinds), message: 'it said why', retryAt: null }
    return endAttempt(world, 'failed')
  }
  if (fate < 0.34) return endAttempt(world, 'stopped', 'orphaned')
  if (fate < 0.38) return endAttempt(world, 'stopped', 'deadline')
  if (fate < 0.4) return endAttempt(world, 'stopped', 'output_limit')
  if (fate < 0.42 && mood === 'chaotic') return endAttempt(world, 'stopped', 'operator')
  succeed(world, {
    commits: world.chance(0.8),
    good: mood === 'chaotic' && world.chance(0.5),
    dirty: world.chance(0.25),
    verdict: world.chance(0.6),
  })
}

function endAttempt(
  world: World,
  state: 'failed' | 'stopped' | 'lost',
  stopReason: NonNullable<World['attempt']>['stopReason'] = null,
): void {
  const { attempt } = world
  if (attempt === null) return
  Object.assign(attempt, { state, stopReason, endedAt: world.now, exitCode: state === 'failed' ? 1 : null })
}

function succeed(
  world: World,
  did: { commits: boolean; good: boolean; dirty: boolean; verdict: boolean },
): void {
  const { attempt } = world
  if (attempt === null) return
  if (world.run.kind !== 'repo') {
    const result = did.verdict ? 'Well:\n```json\n{"verdict":"approve","summary":"Good."}\n```\n' : 'Done.'
    Object.assign(attempt, { state: 'succeeded', exitCode: 0, endedAt: world.now, result })
    return
  }
  if (did.commits) world.cloneHead = world.newCommit(did.good)
  Object.assign(attempt, {
    state: 'succeeded',
    exitCode: 0,
    endedAt: world.now,
    outcome: {
      headSha: world.cloneHead,
      baseSha: world.base,
      commitsAhead: world.cloneHead === null ? 0 : 1,
      dirtyFiles: did.dirty ? ['left.txt'] : [],
      dirtyTotal: did.dirty ? 1 : 0,
    },
  })
}

/** The executor: takes a pending effect, or goes on with one that is being carried out. */
export function effectsAct(world: World, mood: Mood) {
  const over = world.run.intent !== null || isFinished(world.run.state)
  const pending = world.effects.find(
    ({ state, kind }) => state === 'pending' && (!over || isCourtesy(kind) || kind === 'close_pull_request'),
  )
  const executing = world.effects.find(({ state }) => state === 'executing')
  if (executing) return carryOutEffect(world, executing, mood)
  if (!pending) return
  pending.state = 'executing'
}

function carryOutEffect(world: World, effect: WorldEffect, mood: Mood): void {
  effect.tries++
  if (mood !== 'cooperative' && world.chance(0.15)) {
    const silence = world.pick([null, 'credential', 'limited', 'unreachable'] as const)
    // A forge that gives no answer makes nothing hopeless.
    const hopeless = silence === null && world.chance(0.5)
    const state = hopeless ? 'dead' : 'pending'
    Object.assign(effect, { state, silence, lastError: 'the forge answered 502' })
    return
  }
  const done = perform(world, effect)
  // Killed between the deed and its record: it is carried out again.
  if (mood !== 'cooperative' && world.chance(0.15)) return
  done()
  Object.assign(effect, { state: 'done', silence: null, doneAt: world.now })
}

/** Does it on the other side (again without harm) and answers what is then recorded with the effect. */
function perform(world: World, effect: WorldEffect): () => void {
  const { request } = effect
  const refuse = (code: string, message: string) => () => {
    effect.refusal = { code, message, at: world.now }
  }
  switch (request.kind) {
    case 'publish': {
      if (world.remoteHead !== request.headSha) {
        // What a person pushed there is not pushed over, unless the agent has taken it over.
        if (world.remoteHead !== world.run.publishedSha && world.chance(0.5)) {
          return refuse('branch_moved', 'Somebody else pushed to the branch.')
        }
        if (world.remoteHead !== null && world.chance(0.3)) {
          world.lag = { head: world.remoteHead, until: world.now + 3_000 }
        }
        world.remoteHead = request.headSha
        world.seenSince(request.headSha)
      }
      return () => {
        world.run.publishedSha = request.headSha
      }
    }
    case 'open_pull_request':
      if (world.remote === null || world.remote.state !== 'open') {
        world.remote = newRemote(request.draft)
      }
      return () => {
        world.run.prNumber = 7
      }
    case 'run_checks':
      startCheck(world, request.headSha, request.baseSha)
      return () => {}
    case 'merge': {
      const merged = world.merges.some(({ headSha }) => headSha === request.headSha)
      if (merged) return () => {}
      if (world.run.state !== 'pr_opened') return refuse('not_wanted', 'The task has gone on.')
      const observation = world.observation()
      const facts = mergeFactsOf({ ...factsOf(world), headSince: world.seenSince(observation.headSha) })
      const refusal = mergeRefusal(observation, world.policy, request, facts)
      if (refusal) return refuse(refusal.code, refusal.message)
      if (world.chance(0.1)) return refuse('blocked', 'The checkout of main is dirty.')
      proveMerge(world, request.headSha, request.baseSha)
      world.merges.push(request)
      if (world.remote) world.remote.state = 'merged'
      return () => {}
    }
    case 'post_review': {
      if (world.run.kind !== 'review') throw new Error('only a review says a verdict')
      if (world.remote?.state !== 'open') return refuse('not_open', 'It is not open any more.')
      const { headSha, verdict } = request
      if (headSha !== world.run.review?.headSha) throw new Error('a verdict about what was not read')
      if (verdict.verdict !== 'approve') throw new Error('a verdict that was not given')
      const posted = world.remote.reviews.some(({ body }) => body === request.key)
      if (!posted) review(world, REVIEW_AUTHOR, 'approved', { headSha, body: request.key })
      return () => {}
    }
    case 'answer_threads': {
      for (const thread of world.remote?.threads ?? []) {
        const answered = thread.comments.some(({ body }) => body === request.key)
        if (request.threadIds.includes(thread.id) && !answered) {
          thread.comments = [...thread.comments, remark(world, 'optio', request.key)]
        }
      }
      return () => {}
    }
    case 'close_pull_request':
      if (world.remote?.state === 'open') world.remote.state = 'closed'
      return () => {}
    default:
      return () => {}
  }
}

function factsOf({ subtasks, reviews, policy, now, run }: World) {
  return { subtasks, reviews, policy, now, run }
}

function remark(world: World, author: string, body: string): ReviewThread['comments'][number] {
  const isOwn = author === 'optio'
  return { author, body, byWriter: author !== STRANGER, isOwn, createdAt: world.now }
}

function startCheck(world: World, headSha: string, baseSha: string): void {
  const there = world.checks.find((check) => check.headSha === headSha && check.baseSha === baseSha)
  if (!there) {
    world.checks.push({ headSha, baseSha, status: 'queued', conclusion: null, stopRequested: false })
  } else if (there.conclusion === 'cancelled' || there.conclusion === 'error') {
    Object.assign(there, { status: 'queued', conclusion: null, stopRequested: false })
  }
}

export function checksAct(world: World, mood: Mood) {
  // Where nothing says that there are any, some may begin all the same, soon after a head came.
  const isNew = world.remoteHead !== null && world.now - world.seenSince(world.remoteHead) < 90_000
  const begins = world.checksRequired || (mood !== 'cooperative' && isNew && world.chance(0.2))
  if (!world.ownChecks && begins && world.remoteHead !== null && world.remote !== null) {
    if (!world.checks.some(({ headSha }) => headSha === world.remoteHead)) {
      return startCheck(world, world.remoteHead, world.base)
    }
  }
  const open = world.checks.find(({ status }) => status !== 'completed')
  if (!open) {
    // Somebody runs a check again that said nothing.
    const mute = world.checks.find(({ conclusion }) => conclusion === 'error' || conclusion === 'cancelled')
    if (mute && !world.ownChecks && mood !== 'hostile')
      Object.assign(mute, { status: 'queued', conclusion: null })
    return
  }
  if (open.stopRequested) return Object.assign(open, { status: 'completed', conclusion: 'cancelled' })
  if (open.status === 'queued') return Object.assign(open, { status: 'running' })
  const broken = mood !== 'cooperative' && world.chance(0.1)
  const good = world.goodCommits.has(open.headSha)
  Object.assign(open, {
    status: 'completed',
    conclusion: broken ? world.pick(['error', 'cancelled'] as const) : good ? 'success' : 'failure',
  })
}

/** The forge and the people at it, who do not care for Optio. */
export function forgeActs(world: World): void {
  const { remote } = world
  const what = world.random()
  if (what < 0.15) world.forgeSilentUntil = world.now + Math.floor(world.random() * 20_000)
  if (what > 0.97) {
    const old = world.base
    world.base = `${old}+`
    if (world.chance(0.5)) world.conflictingBases.add(world.base)
  }
  if (remote === null || remote.state !== 'open' || world.remoteHead === null) return
  if (what > 0.87 && what < 0.93) {
    review(
      world,
      world.pick(['ada', 'bob', STRANGER]),
      world.pick(['approved', 'changes_requested', 'commented', 'dismissed'] as const),
    )
  }
  if (what > 0.93 && what < 0.94) world.remoteHead = world.newCommit(world.chance(0.7))
  if (what > 0.94 && what < 0.943) remote.state = 'merged'
  if (what > 0.943 && what < 0.946) remote.state = 'closed'
  if (what > 0.946 && what < 0.95) world.policy.autoMerge = !world.policy.autoMerge
  if (what > 0.82 && what < 0.87) threadsAct(world, remote)
}

/** Somebody begins a thread, says something in one, or resolves one. */
function threadsAct(world: World, { threads }: NonNullable<World['remote']>): void {
  const comment = remark(world, world.pick(['ada', 'bob', STRANGER]), 'why?')
  const thread = threads.length > 0 && world.chance(0.5) ? world.pick(threads) : null
  if (thread === null) {
    const id = `thread-${++world.commitCount}`
    threads.push({ id, path: 'a.txt', line: 1, comments: [comment] })
  } else if (world.chance(0.3)) threads.splice(threads.indexOf(thread), 1)
  else thread.comments = [...thread.comments, comment]
}

/** May not write to the repository. */
const STRANGER = 'eve'

/** A person asks for something, where it is legal. */
export function personAsks(
  world: World,
  command: 'cancel' | 'retry' | 'resume' | 'forceRestart' | 'forceRedo' | 'runNow',
): boolean {
  const { run } = world
  const verdict = judgeCommand(command, {
    state: run.state,
    intent: run.intent,
    prNumber: run.prNumber,
    held: run.held,
    hasLiveAttempt: world.hasLiveAttempt,
  })
  if (!verdict.ok) return false
  world.attemptsSincePerson = 0
  if (command === 'cancel') run.intent = 'cancel'
  else if (command === 'runNow') run.held = false
  else if (command === 'forceRedo') {
    if (isFinished(run.state)) world.redo()
    else if (run.state !== 'pending' && run.state !== 'waiting_on_deps') run.intent ??= 'redo'
  } else {
    if (run.kind === 'repo' && isFinished(run.state)) retryAfterClose(world)
    const reason = command === 'forceRestart' ? 'restart' : command
    world.next = { reason, purpose: null, counts: null, notBefore: null, context: {} }
    Object.assign(run, { retryCount: 0, autoResumeCount: 0, attention: null, notBefore: null })
    if (!legalNextStates(run.state).includes('queued'))
      throw new Error(`${command} leads nowhere from ${run.state}`)
    world.moveTo('queued')
  }
  return true
}

/** A pull request that was closed is left; one that is still to be closed is not closed any more. */
function retryAfterClose(world: World): void {
  const closing = world.effects.findIndex(
    ({ kind, state }) => kind === 'close_pull_request' && state === 'pending',
  )
  if (closing >= 0 && world.remote?.state === 'open') world.effects.splice(closing, 1)
  const isBeingClosed = world.effects.some(
    ({ kind, key, state }) =>
      kind === 'close_pull_request' && key.endsWith(`:${world.run.prNumber}`) && state === 'executing',
  )
  if (world.remote?.state === 'open' && isBeingClosed) world.remote.state = 'closed'
  if (world.remote?.state !== 'closed') return
  world.run.prNumber = null
  world.remote = null
  world.reviews = []
  world.records = []
  world.lastSeen = null
}

/** A person who wants to see it done: merges, lifts what stands in the way, raises the budget, resumes. */
export function personHelps(world: World, reason: string): void {
  const { run, remote } = world
  if (reason === 'budget_reached') world.spent = 0n
  if (reason === 'held') {
    personAsks(world, 'runNow')
    return
  }
  if (reason === 'subtask_failed') {
    retrySubtasks(world)
    return
  }
  if (reason === 'review_failed' || reason === 'review_rounds') {
    world.startReview(world.remoteHead ?? '')
    return
  }
  if (run.state === 'needs_attention') {
    personAsks(world, 'resume')
    return
  }
  if (remote === null || world.remoteHead === null) return
  remote.draft = false
  if (reason === 'merge_by_person') remote.state = 'merged'
  else if (reason === 'changes_requested' || reason === 'approval_missing') {
    for (const author of ['ada', 'bob', STRANGER]) review(world, author, 'approved')
    if ([...remote.reviews, ...world.records].some(({ author }) => author === REVIEW_AUTHOR))
      world.startReview(world.remoteHead)
  }
}

function review(
  world: World,
  author: string,
  state: 'approved' | 'changes_requested' | 'commented' | 'dismissed',
  about: { readonly headSha?: string; readonly body?: string } = {},
): void {
  world.remote?.reviews.push({
    author,
    state,
    body: about.body ?? 'see there',
    headSha: about.headSha ?? world.remoteHead ?? '',
    comments: [],
    byWriter: author !== STRANGER,
    submittedAt: world.now,
  })
}
