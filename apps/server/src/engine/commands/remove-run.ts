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
  const [run] = await context.database.orm
    .select({ state: runs.state, title: runs.title, hostId: environments.hostId })
    .from(runs)
    .leftJoin(environments, eq(environments.runId, runs.id))
    .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
  if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
  if (!isFinished(run.state)) {
    await requestCancel(context, ref, actor)
    await awaitEnd(context, ref.runId)
  }
  if (run.hostId === context.config.hostId) await clearEnvironment(context, ref.runId)
  await context.database.transaction(async (tx) => {
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
        data: { taskId: ref.runId },
      },
    ])
  })
}

async function clearEnvironment(context: EngineContext, runId: string): Promise<void> {
  if (await context.workspaces.holdsUnsavedWork(runId)) await context.workspaces.setAside(runId)
  else await context.workspaces.remove(runId)
}
