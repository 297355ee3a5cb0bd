import { FINISHED_STATES, isFinished } from '@optio/core'
import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import { runs } from '../../database/schema/index.ts'
import type { EngineLog } from '../logs/engine-log.ts'
import { deleteHidden, hideLog } from '../logs/prune.ts'
import { readRetention } from './settings.ts'

const DAY_MS = 24 * 3_600_000

/** Keys of requests have no use after that, whatever is set. */
const KEYS_DAYS = 1

/** Rows, and logs, that are looked at or removed in one go. */
const AT_ONCE = 2_000
const LOGS_AT_ONCE = 100

export interface PruneContext {
  readonly database: Database
  readonly engineLog: Pick<EngineLog, 'append'>
}

/** How much was removed. */
export interface Pruned {
  readonly logs: number
  readonly events: number
  readonly firings: number
  /** Of a forge's webhooks. */
  readonly deliveries: number
  readonly keys: number
}

/**
 * Removes what is older than the settings of retention say: in small steps, each of which stands by itself, so that a kill in
 * between or a second process that does the same does no harm. Nothing of a task that is not finished is touched. `now` in
 * milliseconds since the epoch.
 */
export async function prune(context: PruneContext, now: number = Date.now()): Promise<Pruned> {
  const { database } = context
  const { logsDays, eventsDays, deliveriesDays } = await readRetention(database.orm)
  const before = (days: number) => new Date(now - days * DAY_MS)
  return {
    logs: logsDays === undefined ? 0 : await pruneLogs(context, before(logsDays), logsDays),
    events: eventsDays === undefined ? 0 : await pruneEvents(database, before(eventsDays)),
    firings: deliveriesDays === undefined ? 0 : await pruneFirings(database, before(deliveriesDays)),
    deliveries: deliveriesDays === undefined ? 0 : await pruneDeliveries(database, before(deliveriesDays)),
    keys: await pruneKeys(database, before(KEYS_DAYS)),
  }
}

/** Logs of runs that ended before then. One that was worked on again since its log was removed is looked at again. */
async function pruneLogs({ database, engineLog }: PruneContext, before: Date, days: number): Promise<number> {
  const why = `logs of finished tasks are kept for ${days === 1 ? '1 day' : `${days} days`}.`
  let removed = 0
  let last: string | null = null
  do {
    const ids = await oldLogs(database, before, last)
    for (const id of ids) if (await pruneLog({ database, engineLog }, id, before, why)) removed += 1
    last = ids.at(LOGS_AT_ONCE - 1) ?? null
  } while (last !== null)
  return removed
}

/** Ids of runs, in their order, after one of them. */
async function oldLogs({ orm }: Database, before: Date, after: string | null): Promise<string[]> {
  const { rows } = await orm.execute<{ id: string }>(sql`
    select r.id from runs r join log_heads h on h.run_id = r.id
    where r.state = any(${sql.param([...FINISHED_STATES])}::text[]) and r.completed_at < ${before.toISOString()}::timestamptz
      and (h.pruned_at is null or h.pruned_at < r.completed_at)
      and (${after}::uuid is null or r.id > ${after}::uuid)
    order by r.id limit ${LOGS_AT_ONCE}`)
  return rows.map(({ id }) => id)
}

/** With the run's row locked, so that nobody retries it while its log goes; what is hidden then can be deleted without it. */
async function pruneLog(
  { database, engineLog }: PruneContext,
  runId: string,
  before: Date,
  why: string,
): Promise<boolean> {
  const hidden = await database.transaction(async (tx) => {
    const [run] = await tx
      .select({
        id: runs.id,
        workspaceId: runs.workspaceId,
        state: runs.state,
        completedAt: runs.completedAt,
      })
      .from(runs)
      .where(eq(runs.id, runId))
      .for('update')
    if (!run || !isFinished(run.state) || run.completedAt === null || run.completedAt >= before) return null
    return await hideLog(tx, engineLog, run, why)
  })
  if (hidden !== null) await deleteHidden(database.orm, runId)
  return hidden === true
}

/**
 * Events of what is finished, and those about no run. What was removed last is put down with the workspace in the same transaction,
 * so that readers who come back with an older cursor are told that they missed something.
 */
async function pruneEvents(database: Database, before: Date): Promise<number> {
  let removed = 0
  for (;;) {
    const { rows } = await database.orm.execute<{ n: number }>(sql`
      with old as (
        select e.id from events e left join runs r on r.id = e.run_id
        where e.created_at < ${before.toISOString()}::timestamptz
          and (r.id is null or r.state = any(${sql.param([...FINISHED_STATES])}::text[]))
        limit ${AT_ONCE}
      ), gone as (
        delete from events using old where events.id = old.id returning events.id, events.workspace_id
      ), told as (
        update workspaces w set events_pruned_to = greatest(w.events_pruned_to, g.last)
        from (select workspace_id, max(id) as last from gone group by workspace_id) g where g.workspace_id = w.id
      )
      select count(*)::int as n from gone`)
    const { n = 0 } = rows[0] ?? {}
    removed += n
    if (n < AT_ONCE) return removed
  }
}

/** Firings that came to something. One that still waits for its run stays, however old. */
async function pruneFirings(database: Database, before: Date): Promise<number> {
  return await inSteps(
    database,
    sql`
    delete from trigger_firings where id in (
      select id from trigger_firings
      where created_at < ${before.toISOString()}::timestamptz and state <> 'waiting' limit ${AT_ONCE}
    )`,
  )
}

/** Deliveries that were worked on. Of those that are gone a replay is taken for a new one, which does no harm. */
async function pruneDeliveries(database: Database, before: Date): Promise<number> {
  return await inSteps(
    database,
    sql`
    delete from webhook_deliveries where id in (
      select id from webhook_deliveries
      where received_at < ${before.toISOString()}::timestamptz and state <> 'received' limit ${AT_ONCE}
    )`,
  )
}

async function pruneKeys(database: Database, before: Date): Promise<number> {
  return await inSteps(
    database,
    sql`
    delete from idempotency_keys where (workspace_id, user_id, key) in (
      select workspace_id, user_id, key from idempotency_keys
      where created_at < ${before.toISOString()}::timestamptz limit ${AT_ONCE}
    )`,
  )
}

async function inSteps({ orm }: Database, step: ReturnType<typeof sql>): Promise<number> {
  let removed = 0
  for (;;) {
    const { rowCount } = await orm.execute(step)
    removed += rowCount ?? 0
    if ((rowCount ?? 0) < AT_ONCE) return removed
  }
}
