import type { ReviewState, ReviewThread } from '@optio/core'
import type { World } from './world.ts'

/** What is said at the pull request. */

/** May not write to the repository. */
export const STRANGER = 'eve'

export function remark(world: World, author: string, body: string): ReviewThread['comments'][number] {
  const isOwn = author === 'optio'
  return { author, body, byWriter: author !== STRANGER, isOwn, createdAt: world.now }
}

export function review(
  world: World,
  author: string,
  state: ReviewState,
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
