import { isAncestor, resolveCommit } from '@optio/git'
import { and, eq, sql } from 'drizzle-orm'
import { runDependencies, runs } from '../../../database/schema/index.ts'
import type { EngineContext } from '../../context.ts'
import type { RunRow } from '../../read-run.ts'
import { faultOf } from '../environment.ts'

/**
 * Holds that the base a new clone starts from contains what the run's dependencies merged into it. They are merged before the
 * run starts and the mirror is fresh, so where a merge is missing the repository is behind, or its history was rewritten:
 * throws EnvironmentFault, and it is tried again.
 */
export async function requireDependenciesInBase(
  context: EngineContext,
  run: RunRow,
  repositoryId: string,
  baseRef: string,
): Promise<void> {
  const merged = await context.database.orm
    .select({ title: runs.title, sha: sql<string | null>`${runs.observation} ->> 'mergedSha'` })
    .from(runDependencies)
    .innerJoin(runs, eq(runs.id, runDependencies.dependsOnId))
    .where(
      and(
        eq(runDependencies.runId, run.id),
        eq(runs.repositoryId, repositoryId),
        sql`${runs.observation} ->> 'baseRef' = ${baseRef}`,
        eq(runs.state, 'completed'),
      ),
    )
  if (merged.length === 0) return
  const mirrorDir = context.workspaces.mirrorDir(repositoryId)
  const base = await resolveCommit(mirrorDir, `refs/heads/${baseRef}`)
  for (const { title, sha } of merged) {
    // A base that is gone is said where the clone is made.
    if (sha === null || base === null) continue
    const known = await resolveCommit(mirrorDir, sha)
    if (known !== null && (await isAncestor(mirrorDir, known, base))) continue
    throw faultOf(
      `${baseRef} does not contain commit ${sha.slice(0, 10)} yet, with which “${title}” was merged; this task depends on it.`,
    )
  }
}
