import { OptioError } from '@optio/contract'
import { isFinished } from '@optio/core'
import { and, eq } from 'drizzle-orm'
import { environments, runDependencies, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'
import { wakeRun } from '../wake-ups.ts'
import { awaitEnd } from './await-end.ts'
import { requestCancel } from './person.ts'

/** Stops what runs, then deletes the run. Work that exists only in its environment is set aside, never deleted. */
export async function removeRun(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  const its = and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId))
  const [found] = await context.database.orm.select({ state: runs.state }).from(runs).where(its)
  if (!found) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
  if (!isFinished(found.state)) {
    await requestCancel(context, ref, actor)
    await awaitEnd(context, ref.runId)
  }
  const hostId = await context.database.transaction(async (tx) => {
    const [run] = await tx
      .select({ state: runs.state, title: runs.title })
      .from(runs)
      .where(its)
      .for('update')
    if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
    if (!isFinished(run.state)) {
      throw new OptioError(
        'INVALID_TRANSITION',
        'The task was started again meanwhile. Cancel it, then delete it.',
      )
    }
    const [environment] = await tx
      .select({ hostId: environments.hostId })
      .from(environments)
      .where(eq(environments.runId, ref.runId))
    const dependents = await tx
      .delete(runDependencies)
      .where(eq(runDependencies.dependsOnId, ref.runId))
      .returning({ id: runDependencies.runId })
    await tx.delete(runs).where(eq(runs.id, ref.runId))
    await context.engineLog.remove(tx, { id: ref.runId, workspaceId: ref.workspaceId })
    for (const { id } of dependents) await wakeRun(tx, id)
    await appendEvents(tx, [
      {
        workspaceId: ref.workspaceId,
        runId: null,
        type: 'task:deleted',
        trigger: 'person',
        message: `Deleted “${run.title}”.`,
        actor,
        data: { deletedTaskId: ref.runId },
      },
    ])
    return environment?.hostId ?? null
  })
  // Only now: until its row is gone, somebody may start it again in there.
  if (hostId === context.config.hostId) await clearEnvironment(context, ref.runId)
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
