import { OptioError } from '@optio/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { ReviewRequest, RunRef } from '../engine.ts'
import type { RunRow } from '../read-run.ts'
import { eventOf } from '../run-events.ts'
import { wakeRun } from '../wake-ups.ts'
import { findOpenReview, insertReview, type NewReviewRun, repositoryOf } from './insert-review.ts'
import { openPullRequestOf } from './open-pull-request.ts'

/**
 * Has an agent review the pull request at the head it has now. A review of that head that is unfinished is answered again: two
 * would only say the same.
 */
export async function startReview(
  context: EngineContext,
  ref: RunRef,
  request: ReviewRequest,
  actor: string,
): Promise<{ runId: string }> {
  const run = await requireRepoRun(context.database.orm, ref)
  const { headSha, baseSha } = await openPullRequestOf(context, run)
  return await context.database.transaction(async (tx) => {
    const [parent] = await tx.select().from(runs).where(eq(runs.id, run.id)).for('update')
    if (!parent) throw notFound(ref)
    if (parent.prNumber !== run.prNumber) {
      const message = `Pull request #${run.prNumber} is not that of the task any more: it was started anew meanwhile.`
      throw new OptioError('PULL_REQUEST_NOT_OPEN', message)
    }
    const open = await findOpenReview(tx, parent.id, headSha)
    if (open !== null) return { runId: open }
    const review = { ...request, headSha, baseSha }
    await requireReviewer(context, tx, parent, review)
    await tx
      .update(runs)
      .set({ version: sql`${runs.version} + 1` })
      .where(eq(runs.id, parent.id))
    const { runId, created } = await insertReview(context, tx, parent, review, actor)
    await wakeRun(tx, parent.id)
    const started = eventOf(parent, {
      type: 'task:review_started',
      trigger: 'person',
      message: `A review of commit ${headSha.slice(0, 10)} was asked for.`,
      actor,
      data: { reviewTaskId: runId },
    })
    await appendEvents(tx, [started, created])
    return { runId }
  })
}

/** Throws AGENT_NOT_AVAILABLE for an agent that could not be started. */
async function requireReviewer(
  context: EngineContext,
  tx: Transaction,
  parent: RunRow,
  { agentType }: NewReviewRun,
): Promise<void> {
  const repository = await repositoryOf(tx, parent)
  const chosen = agentType ?? repository.reviewAgentType ?? repository.defaultAgentType
  if (context.adapter(chosen) === null) {
    throw new OptioError('AGENT_NOT_AVAILABLE', `This Optio cannot run agents of type ${chosen}.`)
  }
  if (chosen === 'command' && repository.agentCommand === null) {
    throw new OptioError(
      'AGENT_NOT_AVAILABLE',
      `The repository says no program to run: set its agentCommand (PATCH /api/repos/${repository.id}), or name another agentType.`,
    )
  }
}

async function requireRepoRun(db: Queries, ref: RunRef): Promise<RunRow> {
  const [run] = await db
    .select()
    .from(runs)
    .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
  if (!run) throw notFound(ref)
  if (run.kind === 'repo') return run
  throw new OptioError(
    'WRONG_TASK_TYPE',
    `This is a run of kind ${run.kind}. Only the pull request of a repo-task that writes code can be reviewed.`,
  )
}

function notFound({ runId }: RunRef): OptioError {
  return new OptioError('TASK_NOT_FOUND', `There is no task ${runId}.`)
}
