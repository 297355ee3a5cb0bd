import { existsSync } from 'node:fs'
import { type Environment, OptioError } from '@optio/contract'
import { and, eq } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { environments, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'

/** This machine, as far as environments go. */
export interface EnvironmentPlace {
  readonly hostId: string
  /** Absolute path of a run's clone on this host, whether or not it is there. */
  readonly cloneDir: (runId: string) => string
}

/** Where a run's work is. Throws ENVIRONMENT_NOT_FOUND before its first attempt and after it was cleared away. */
export async function readEnvironment(
  db: Queries,
  place: EnvironmentPlace,
  { workspaceId, runId }: RunRef,
): Promise<Environment> {
  const [row] = await db
    .select({
      hostId: environments.hostId,
      diskBytes: environments.diskBytes,
      lastUsedAt: environments.lastUsedAt,
      branch: runs.branch,
    })
    .from(environments)
    .innerJoin(runs, eq(runs.id, environments.runId))
    .where(and(eq(environments.workspaceId, workspaceId), eq(environments.runId, runId)))
  if (row === undefined) {
    throw new OptioError(
      'ENVIRONMENT_NOT_FOUND',
      'This task has no environment: its first attempt has not begun, or it was finished long ago and nothing was left to keep.',
    )
  }
  const onThisHost = row.hostId === place.hostId
  const clone = place.cloneDir(runId)
  return {
    kind: 'local',
    onThisHost,
    path: onThisHost && existsSync(clone) ? clone : null,
    branch: row.branch,
    diskBytes: row.diskBytes,
    lastUsedAt: row.lastUsedAt.toISOString(),
  }
}
