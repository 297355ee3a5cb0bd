import type { RunState } from '@optio/core'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { runDependencies, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'

/** What waits for one task: so many are answered, the oldest first. */
const MOST_DEPENDENTS = 1000

/** In the order in which they were added. One that was deleted counts as cancelled, and has the title it had. */
export function dependenciesQuery(db: Queries, { workspaceId, runId }: RunRef) {
  return db
    .select({
      id: runDependencies.dependsOnId,
      title: sql<string>`coalesce(${runs.title}, ${runDependencies.deletedTitle}, '')`,
      state: sql<RunState>`coalesce(${runs.state}, 'cancelled')`,
      deleted: sql<boolean>`${runs.id} is null`,
    })
    .from(runDependencies)
    .leftJoin(runs, eq(runs.id, runDependencies.dependsOnId))
    .where(and(eq(runDependencies.workspaceId, workspaceId), eq(runDependencies.runId, runId)))
    .orderBy(asc(runDependencies.createdAt), asc(runDependencies.dependsOnId))
}

export function dependentsQuery(db: Queries, { workspaceId, runId }: RunRef) {
  return db
    .select({ id: runs.id, title: runs.title, state: runs.state })
    .from(runDependencies)
    .innerJoin(runs, eq(runs.id, runDependencies.runId))
    .where(and(eq(runDependencies.workspaceId, workspaceId), eq(runDependencies.dependsOnId, runId)))
    .orderBy(asc(runs.createdAt), asc(runs.id))
    .limit(MOST_DEPENDENTS)
}
