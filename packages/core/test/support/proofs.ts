import { judgeMerge, mergeFactsOf, REVIEW_AUTHOR } from '@optio/core'
import type { World } from './world.ts'

/** Proves what must be true of the pair of commits that Optio merges, and of the run it merges for. */
export function proveMerge(world: World, headSha: string, baseSha: string): void {
  const observation = world.observation()
  if (observation.headSha !== headSha || observation.baseSha !== baseSha)
    throw new Error('merged a moved head')
  if (judgeMerge(observation, mergeFactsOf(world)).obstacles.length > 0) {
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
  const approvals = observation.reviews.filter((r) => r.state === 'approved' && r.headSha === headSha)
  if (!spoke && approvals.length === 0) throw new Error('merged what was not proven')
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
