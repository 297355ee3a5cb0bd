import { isCourtesy, isFinished, mergeFactsOf, mergeRefusal, REVIEW_AUTHOR } from '@optio/core'
import { startCheck } from './checks.ts'
import { observationOf } from './facts.ts'
import { proveMerge } from './proofs.ts'
import { remark, review } from './remarks.ts'
import { type Mood, newRemote, type World, type WorldEffect } from './world.ts'

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

function carryOutEffect(world: World, effect: WorldEffect, mood: Mood) {
  const { silence } = world
  // Optio starts its own checks without a forge. A forge that gives no answer makes nothing hopeless, and no try count.
  if (silence !== null && effect.kind !== 'run_checks') {
    return Object.assign(effect, { state: 'pending', silence: silence.why, lastError: silence.message })
  }
  effect.tries++
  if (mood !== 'cooperative' && world.chance(0.1)) {
    const state = world.pick(['dead', 'pending'] as const)
    return Object.assign(effect, { state, silence: null, lastError: 'the disk is full' })
  }
  const done = perform(world, effect)
  // Killed between the deed and its record: it is carried out again.
  if (mood !== 'cooperative' && world.chance(0.15)) return
  done()
  Object.assign(effect, { state: 'done', silence: null, doneAt: world.now })
  // What Optio did itself makes what was heard before old.
  world.heard = null
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
      const observation = observationOf(world)
      const { subtasks, reviews, policy, now, run } = world
      const headSince = world.seenSince(observation.headSha)
      const facts = mergeFactsOf({ subtasks, reviews, policy, now, run, headSince })
      const refusal = mergeRefusal(observation, policy, request, facts)
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
