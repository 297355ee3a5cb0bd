import { OptioError } from '@optio/contract'
import { isFinished } from '@optio/core'
import { and, eq } from 'drizzle-orm'
import { environments, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'
import { eventOf } from '../run-events.ts'
import { wakeDependents, wakeRun } from '../wake-ups.ts'
import { awaitEnd } from './await-end.ts'
import { requestCancel } from './person.ts'

/** Times its subtasks are looked for again because there was a new one when it was to be deleted. */
const MOST_ROUNDS = 20

/**
 * Stops what runs, then deletes its subtasks in the same way, then the run. Work that exists only in its environment is set aside,
 * never deleted. What waits for it is told: to it, it counts as cancelled from now on.
 */
export async function removeRun(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    // First the run itself: nothing makes it more subtasks then by itself, and it is asked nothing because of those that go.
    await stopRun(context, ref, actor)
    for (const runId of await subtasksOf(context, ref)) {
      await removeRun(context, { ...ref, runId }, actor).catch(ignoreGone)
    }
    const deleted = await deleteRun(context, ref, actor)
    if (deleted === 'has_subtasks') continue
    // Only now: until its row is gone, somebody may start it again in there.
    if (deleted.hostId === context.config.hostId) await clearEnvironment(context, ref.runId)
    return
  }
  throw new OptioError(
    'CONFLICT',
    'The task was given new subtasks again and again. Delete it once that is over.',
  )
}

/** Somebody else deleted it meanwhile. */
function ignoreGone(error: unknown): void {
  if (!(error instanceof OptioError) || error.code !== 'TASK_NOT_FOUND') throw error
}

async function stopRun(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  const its = and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId))
  const [found] = await context.database.orm.select({ state: runs.state }).from(runs).where(its)
  if (!found) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
  if (isFinished(found.state)) return
  await requestCancel(context, ref, actor).catch((error) => ignoreEnded(context, ref, error))
  await awaitEnd(context, ref.runId)
}

/** It ended by itself, or with its parent, right before it was to be cancelled. */
async function ignoreEnded(context: EngineContext, { runId }: RunRef, error: unknown): Promise<void> {
  if (!(error instanceof OptioError) || error.code !== 'INVALID_TRANSITION') throw error
  const [run] = await context.database.orm.select({ state: runs.state }).from(runs).where(eq(runs.id, runId))
  if (run && !isFinished(run.state)) throw error
}

async function subtasksOf(context: EngineContext, { workspaceId, runId }: RunRef): Promise<string[]> {
  const rows = await context.database.orm
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.parentRunId, runId), eq(runs.workspaceId, workspaceId)))
  return rows.map(({ id }) => id)
}

async function deleteRun(
  context: EngineContext,
  ref: RunRef,
  actor: string,
): Promise<{ hostId: string | null } | 'has_subtasks'> {
  return await context.database.transaction(async (tx) => {
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
      .for('update')
    if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
    if (!isFinished(run.state)) {
      throw new OptioError(
        'INVALID_TRANSITION',
        'The task was started again meanwhile. Cancel it, then delete it.',
      )
    }
    // Whoever makes one holds this row.
    if ((await tx.$count(runs, eq(runs.parentRunId, run.id))) > 0) return 'has_subtasks'
    const [environment] = await tx
      .select({ hostId: environments.hostId })
      .from(environments)
      .where(eq(environments.runId, run.id))
    await tx.delete(runs).where(eq(runs.id, run.id))
    await context.engineLog.remove(tx, { id: run.id, workspaceId: run.workspaceId })
    await wakeDependents(tx, run.id)
    if (run.parentRunId !== null) await wakeRun(tx, run.parentRunId)
    const deleted = eventOf(run, {
      type: 'task:deleted',
      trigger: 'person',
      message: `Deleted “${run.title}”.`,
      actor,
      data: { deletedTaskId: run.id },
    })
    await appendEvents(tx, [{ ...deleted, runId: null }])
    return { hostId: environment?.hostId ?? null }
  })
}

/** The task is gone by now, so a failure is nobody's answer; the directory stays. */
async function clearEnvironment(context: EngineContext, runId: string): Promise<void> {
  try {
    if (await context.workspaces.holdsUnsavedWork(runId)) await context.workspaces.setAside(runId)
    else await context.workspaces.remove(runId)
  } catch (error) {
    context.log.warn({ runId, err: error }, 'the environment of a deleted task could not be cleared')
  }
}
