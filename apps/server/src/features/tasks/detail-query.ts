import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import { createBatchedLookup } from '../../database/batched.ts'
import type { Database } from '../../database/connection.ts'
import { attempts, repositories, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { usageColumns, usageOf } from './queries.ts'

const { nextContext: _, ...columns } = getTableColumns(runs)

/**
 * Runs with all that their pages show, whatever workspace they are of, in one statement that Postgres plans once for each connection: it
 * is asked for more often than anything else.
 */
function prepareDetail(orm: Database['orm']) {
  const usage = usageOf(orm)
  const live = orm
    .select({
      liveSince: sql`coalesce(${attempts.lastOutputAt}, ${attempts.startedAt}, ${attempts.createdAt})`
        .mapWith(attempts.createdAt)
        .as('live_since') as SQL.Aliased<Date>,
    })
    .from(attempts)
    .where(sql`${attempts.runId} = ${runs.id} and ${attempts.state} in ('starting', 'running')`)
    .limit(1)
    .as('live')
  return orm
    .select({
      run: columns,
      usage: usageColumns(usage),
      defaultBranch: repositories.defaultBranch,
      repositoryStallMs: repositories.stallThresholdMs,
      /** When the agent that runs was last heard of; null when none runs. */
      liveSince: live.liveSince,
      hasSteps: sql<boolean>`exists (
        select from runs step where step.parent_run_id = ${runs.id} and step.task_type = 'step')`,
    })
    .from(runs)
    .leftJoinLateral(usage, sql`true`)
    .leftJoinLateral(live, sql`true`)
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(sql`${runs.id} = any(${sql.placeholder('ids')}::uuid[])`)
    .prepare('task_detail')
}

export type DetailRow = Awaited<ReturnType<ReturnType<typeof prepareDetail>['execute']>>[number]

/** Finds a run with all that its page shows; null where the workspace has none of this id. */
export function createDetailLookup(orm: Database['orm']): (ref: RunRef) => Promise<DetailRow | null> {
  const query = prepareDetail(orm)
  const lookUp = createBatchedLookup(async (ids) => {
    const rows = await query.execute({ ids })
    return new Map(rows.map((row) => [row.run.id, row]))
  })
  return async ({ workspaceId, runId }) => {
    const found = await lookUp(runId)
    return found?.run.workspaceId === workspaceId ? found : null
  }
}
