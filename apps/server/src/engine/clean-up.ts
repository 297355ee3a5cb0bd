import { FINISHED_STATES, isFinished } from '@optio/core'
import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import { environments, runs } from '../database/schema/index.ts'
import type { EngineContext } from './context.ts'

/** Environments that are read together. */
const AT_ONCE = 50

/**
 * Removes environments of finished runs of this host by age, unless they hold work that exists nowhere else; and those that were
 * set aside with such work, when their time of grace is over. Answers how many of the first kind.
 */
export async function cleanUpEnvironments(context: EngineContext): Promise<number> {
  const before = new Date(Date.now() - context.config.environmentTtlMs)
  let removed = 0
  for (;;) {
    const old = await findOld(context, before)
    for (const runId of old) if (await removeOrKeep(context, runId, before)) removed++
    // Runs of a schedule can end faster than one go an hour takes them. None is found twice: it is gone, or used now.
    if (old.length < AT_ONCE) break
  }
  await context.workspaces.removeKept({ before: new Date(Date.now() - context.config.keptTtlMs) })
  return removed
}

async function findOld(context: EngineContext, before: Date): Promise<string[]> {
  const old = await context.database.orm
    .select({ runId: environments.runId })
    .from(environments)
    .innerJoin(runs, eq(runs.id, environments.runId))
    .where(
      and(
        eq(environments.hostId, context.config.hostId),
        lt(environments.lastUsedAt, before),
        inArray(runs.state, [...FINISHED_STATES]),
      ),
    )
    .limit(AT_ONCE)
  return old.map(({ runId }) => runId)
}

async function removeOrKeep(context: EngineContext, runId: string, before: Date): Promise<boolean> {
  if (!(await context.workspaces.holdsUnsavedWork(runId))) return await removeUnused(context, runId, before)
  await context.database.orm
    .update(environments)
    .set({ lastUsedAt: sql`now()` })
    .where(eq(environments.runId, runId))
  return false
}

/** With the run's row locked, so that nobody retries it while its directory goes. */
async function removeUnused(context: EngineContext, runId: string, before: Date): Promise<boolean> {
  return await context.database.transaction(async (tx) => {
    const [run] = await tx.select({ state: runs.state }).from(runs).where(eq(runs.id, runId)).for('update')
    if (!run || !isFinished(run.state)) return false
    const [unused] = await tx
      .delete(environments)
      .where(and(eq(environments.runId, runId), lt(environments.lastUsedAt, before)))
      .returning({ runId: environments.runId })
    if (!unused) return false
    await context.workspaces.remove(runId)
    return true
  })
}
