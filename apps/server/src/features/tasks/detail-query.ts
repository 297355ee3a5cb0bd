import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { attempts, repositories, runs } from '../../database/schema/index.ts'
import { usageColumns, usageOf } from './queries.ts'

const { nextContext: _, ...columns } = getTableColumns(runs)

/**
 * A run with all that its page shows, in one statement that Postgres plans once for each connection: it is asked for more often than
 * anything else.
 */
export function prepareDetail(orm: Database['orm']) {
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
    .where(
      sql`${runs.workspaceId} = ${sql.placeholder('workspaceId')} and ${runs.id} = ${sql.placeholder('runId')}`,
    )
    .prepare('task_detail')
}

export type DetailQuery = ReturnType<typeof prepareDetail>
export type DetailRow = Awaited<ReturnType<DetailQuery['execute']>>[number]
