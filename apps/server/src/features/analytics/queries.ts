import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'

export interface CostFilter {
  /** Days of UTC that are summed, today included. */
  readonly days: number
  readonly repoUrl?: string | undefined
}

/** Amounts as the database writes them: exact decimals. */
export interface CostRows {
  /** Today in UTC, `YYYY-MM-DD`. */
  readonly today: string
  readonly total: string
  readonly tasks: number
  /** Of as many days before. */
  readonly totalBefore: string
  /** Only days on which an attempt ended, and today if one runs. */
  readonly daily: readonly { readonly date: string; readonly cost: string; readonly tasks: number }[]
  readonly byRepo: readonly { readonly repoUrl: string; readonly cost: string }[]
  readonly byKind: readonly { readonly kind: 'repo' | 'standalone' | 'review'; readonly cost: string }[]
  readonly top: readonly { readonly id: string; readonly title: string; readonly cost: string }[]
}

const MOST_REPOS = 100
const MOST_TASKS = 10

/**
 * What attempts cost, each on the day it ended, or today while it runs: one statement, so that all parts are of one moment.
 * The attempts of the period are read once and summed by run before anything else is looked up. Not run yet, so that a test
 * can have it explained.
 */
export function costsQuery(workspaceId: string, today: string, { days, repoUrl }: CostFilter) {
  const first = sql`${dayBefore(today, days - 1)}::date`
  // The period before is read, too: the trend compares with it.
  const since = sql`${dayBefore(today, 2 * days - 1)}::timestamp at time zone 'UTC'`
  const ofRepository =
    repoUrl === undefined
      ? sql``
      : sql`and a.run_id in (select id from runs where workspace_id = ${workspaceId} and repo_url = ${repoUrl})`
  return sql`
    with spent as materialized (
      select run_id, day, sum(cost) as cost from (
        select a.run_id, (a.ended_at at time zone 'UTC')::date as day, a.cost_usd as cost
        from attempts a where a.workspace_id = ${workspaceId} and a.ended_at >= ${since} ${ofRepository}
        union all
        select a.run_id, ${today}::date, a.cost_usd
        from attempts a where a.workspace_id = ${workspaceId} and a.ended_at is null ${ofRepository}
      ) a group by run_id, day
    ), by_run as materialized (
      select run_id, sum(cost) as cost from spent where day >= ${first} group by run_id
    ), costly as materialized (
      select r.repo_url, r.kind, by_run.cost from by_run join runs r on r.workspace_id = ${workspaceId} and r.id = by_run.run_id where by_run.cost > 0
    )
    select ${today}::text as today,
      (select coalesce(sum(cost), 0)::text from by_run) as total,
      (select count(*)::int from by_run) as tasks,
      (select coalesce(sum(cost), 0)::text from spent where day < ${first}) as "totalBefore",
      (select coalesce(json_agg(json_build_object('date', day, 'cost', cost::text, 'tasks', tasks)), '[]')
        from (select day, sum(cost) as cost, count(*) as tasks from spent where day >= ${first} group by day) d) as daily,
      (select coalesce(json_agg(json_build_object('repoUrl', repo_url, 'cost', cost::text) order by cost desc), '[]')
        from (select repo_url, sum(cost) as cost from costly where repo_url is not null
              group by repo_url order by cost desc, repo_url limit ${MOST_REPOS}) r) as "byRepo",
      (select coalesce(json_agg(json_build_object('kind', kind, 'cost', cost::text) order by cost desc), '[]')
        from (select kind, sum(cost) as cost from costly group by kind) k) as "byKind",
      (select coalesce(json_agg(json_build_object('id', r.id, 'title', r.title, 'cost', t.cost::text) order by t.cost desc, r.id), '[]')
        from (select run_id, cost from by_run where cost > 0 order by cost desc, run_id limit ${MOST_TASKS}) t
        cross join lateral (select id, title from runs where id = t.run_id offset 0) r) as top`
}

function dayBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 24 * 3_600_000).toISOString().slice(0, 10)
}

/** Room for the sums of some hundred thousand attempts: with the usual 4 MiB they would be sorted on the disk. */
const WORK_MEM = '64MB'

export async function readCosts(
  database: Pick<Database, 'transaction'>,
  workspaceId: string,
  filter: CostFilter,
): Promise<CostRows> {
  return await database.transaction(async (tx) => {
    // Postgres takes the sums for few and would look up their runs one by one: it is told to join them in one go.
    const { rows: days } = await tx.execute<{ today: string }>(sql`
      select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as today, set_config('work_mem', ${WORK_MEM}, true),
             set_config('enable_nestloop', 'off', true)`)
    const query = costsQuery(workspaceId, days[0]?.today ?? '', filter)
    const { rows } = await tx.execute<{ [K in keyof CostRows]: CostRows[K] }>(query)
    const [row] = rows
    if (!row) throw new Error('the database answered a question without a row')
    return row
  })
}
