import { diskSpace, treeSize } from '@optio/runtimes'
import { eq, sql } from 'drizzle-orm'
import { environments } from '../database/schema/index.ts'
import type { EngineConfig, EngineContext } from './context.ts'

const MIB = 1024 * 1024

/**
 * Why nothing new should be started on this host, in words; null while there is room. A clone or an agent that runs into a
 * full disk in the middle costs more than one that waits.
 */
export async function diskProblem({ dataDir, minFreeBytes }: EngineConfig): Promise<string | null> {
  try {
    const { freeBytes } = await diskSpace(dataDir)
    if (freeBytes >= minFreeBytes) return null
    const left = Math.floor(freeBytes / MIB)
    return `Optio’s disk has only ${left} MiB left; nothing new starts below ${Math.ceil(minFreeBytes / MIB)} MiB.`
  } catch {
    // What cannot be measured does not stop the work; a write that fails will say what is wrong.
    return null
  }
}

/** Room on this host's disk and what the environments on it take, in bytes. */
export async function diskUse(
  context: EngineContext,
): Promise<{ freeBytes: number; totalBytes: number; environmentsBytes: number }> {
  const space = await diskSpace(context.config.dataDir)
  const [taken] = await context.database.orm
    .select({ bytes: sql<number>`coalesce(sum(${environments.diskBytes}), 0)::bigint`.mapWith(Number) })
    .from(environments)
    .where(eq(environments.hostId, context.config.hostId))
  return { ...space, environmentsBytes: taken?.bytes ?? 0 }
}

/** Files and directories counted of an environment; a larger one is shown with what was counted. */
const MOST_ENTRIES = 200_000

/** Measures a run's environment for the pages. */
export async function measureEnvironment(context: EngineContext, runId: string): Promise<void> {
  const { bytes } = await treeSize(context.workspaces.paths(runId).root, { maxEntries: MOST_ENTRIES })
  await context.database.orm
    .update(environments)
    .set({ diskBytes: bytes })
    .where(eq(environments.runId, runId))
}
