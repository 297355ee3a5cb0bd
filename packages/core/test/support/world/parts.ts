import { isFinished, REVIEW_AUTHOR, type Verdict } from '@optio/core'
import type { Mood, World } from './world.ts'

/** Those who move what belongs to the run: agents that review its pull request, and its subtasks. */

const STATES = { approve: 'approved', request_changes: 'changes_requested', comment: 'commented' } as const

/** One thing happens to a review that is under way. */
export function reviewersAct(world: World, mood: Mood): void {
  reviewersDo(world, () => {
    if (mood === 'cooperative') return 'approve'
    if (world.chance(0.25)) return null
    return world.pick(
      mood === 'hostile'
        ? (['request_changes', 'comment'] as const)
        : (['approve', 'approve', 'request_changes', 'comment'] as const),
    )
  })
}

/** A review begins, or comes to the verdict; null where it ends, or stops, without one. */
export function reviewersDo(world: World, verdictOf: () => Verdict | null): void {
  const open = world.reviews.filter(({ state }) => !isFinished(state))
  const review = open.length === 0 ? null : world.pick(open)
  if (review === null) return
  if (review.state === 'queued') {
    review.state = 'running'
    return
  }
  const verdict = verdictOf()
  if (verdict === null) {
    review.state = world.pick(['failed', 'cancelled', 'needs_attention'] as const)
    return
  }
  // The verdict is recorded with the posting, and then the review is completed; here both at once.
  if (world.remote?.state === 'open') {
    const said = { body: 'so it is', headSha: review.headSha, comments: [], submittedAt: world.now }
    const own = { ...said, author: REVIEW_AUTHOR, state: STATES[verdict] }
    if (world.verdictsAreOurs) {
      // What is shown says the opposite, so that nothing can go by it.
      const shown = verdict === 'approve' ? ('changes_requested' as const) : ('approved' as const)
      world.remote.reviews.push({ ...said, author: 'optio-app', state: shown, isOwn: true })
      world.records.push({ ...own, recordOf: review.runId })
    } else world.remote.reviews.push(own)
    review.verdict = verdict
  }
  review.state = 'completed'
}

/** One thing happens to a subtask. */
export function subtasksAct(world: World, mood: Mood): void {
  const open = world.subtasks.filter(({ state }) => !isFinished(state))
  if (open.length === 0) return
  world.pick(open).state =
    mood === 'cooperative'
      ? 'completed'
      : world.pick(['running', 'needs_attention', 'running', 'completed', 'failed', 'cancelled'] as const)
}

/** Somebody retries what came to nothing. */
export function retrySubtasks(world: World): void {
  for (const part of world.subtasks) {
    if (part.state === 'failed' || part.state === 'cancelled') part.state = 'queued'
  }
}

/** What it depends on goes on, or comes to nothing. */
export function dependenciesAct(world: World): void {
  for (const dependency of world.dependencies) {
    dependency.state = world.pick(['completed', 'running', 'failed'] as const)
  }
}
