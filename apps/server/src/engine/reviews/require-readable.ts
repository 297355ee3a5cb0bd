import { OptioError } from '@optio/contract'
import { and, eq } from 'drizzle-orm'
import { runs } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'
import { openPullRequestOf } from './open-pull-request.ts'

/**
 * Holds that a review that is to go on still reads what counts: its pull request is open and at the head it reads. Nothing for a run
 * that is no review. Throws PULL_REQUEST_NOT_OPEN, or INVALID_TRANSITION for a head that has passed.
 */
export async function requireReadable(context: EngineContext, ref: RunRef): Promise<void> {
  const [review] = await context.database.orm
    .select()
    .from(runs)
    .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
  if (review?.kind !== 'review') return
  const { headSha } = await openPullRequestOf(context, review)
  if (headSha === review.reviewHeadSha) return
  throw new OptioError(
    'INVALID_TRANSITION',
    `The pull request is at ${headSha.slice(0, 10)} now, and this review reads ${review.reviewHeadSha?.slice(0, 10)}: start a new review of the task instead.`,
  )
}
