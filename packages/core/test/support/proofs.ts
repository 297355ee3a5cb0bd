import { judgeMerge, mergeFactsOf, REVIEW_AUTHOR } from '@optio/core'
import type { World } from './world.ts'

/** Proves what must be true of the pair of commits that Optio merges, and of the run it merges for. */
export function proveMerge(world: World, headSha: string, baseSha: string): void {
  const observation = world.observation()
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
