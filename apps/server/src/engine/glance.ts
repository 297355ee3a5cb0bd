import { sql } from 'drizzle-orm'
import { hasUnfinishedRun, QUEUED_TRIGGERS } from '../features/triggers/due.ts'
import type { EngineContext, ProcessIdentity } from './context.ts'

/** What a process has to do besides what it is told of. */
export interface Glance {
  /** A process on the list is dead. */
  readonly dead: boolean
  /** Effects are being carried out, perhaps by nobody any more. */
  readonly executing: boolean
  /** Attempts or checks of this host that nobody supervises. */
  readonly orphans: boolean
  /** Something this process supervises is to be stopped. */
  readonly stops: boolean
  /** Something waits that there is a slot for. */
  readonly claimable: boolean
  /** A schedule is due, or a firing waits for nothing any more. */
  readonly due: boolean
  /** Jobs whose time has come and that nobody works on. */
  readonly dueJobs: number
  /** Milliseconds until the next job, the end of the next backoff or the next schedule; null when there is none. */
  readonly nextMs: number | null
}

/** Due jobs are counted up to this many: no process works on more at once. */
const MOST_DUE = 100

/**
 * One statement that says whether there is anything to do: a turn that looks for each thing in turn costs fifteen, every
 * second, in every process, although nearly always nothing is found. What it finds is looked at properly afterwards, so
 * all of it is a hint. A lock that it gets of a dead process is free again when the statement ends.
 *
 * @param held ids of what this process supervises.
 */
export async function glance(
  { database, config }: Pick<EngineContext, 'database' | 'config'>,
  self: ProcessIdentity,
  held: readonly string[],
): Promise<Glance> {
  const nobodys = sql`(process_id is null
    or process_id = ${self.id} and not (id = any(${sql.param(held)}::uuid[]))
    or not exists (select from processes p where p.id = process_id))`
  const { rows } = await database.orm.execute<{ [K in keyof Glance]: Glance[K] }>(sql`
    with recursive ${QUEUED_TRIGGERS}, used as materialized (
      select group_id, count(*) as n from (
        select r.group_id from attempts a join runs r on r.id = a.run_id where a.state in ('starting', 'running')
        union all
        select c.repository_id from check_runs c where c.status = 'running'
      ) slots group by group_id
    ), roomy as materialized (
      select p.id from (
        select id, max_concurrent_tasks as slots from repositories
        union all
        select id, max_concurrent from blueprints where kind = 'standalone'
      ) p left join used u on u.group_id = p.id
      where coalesce(u.n, 0) < p.slots
        and (select coalesce(sum(n), 0) from used) < ${config.maxConcurrent}
        and not exists (select from installation where paused_at is not null)
    ), jobs as materialized (
      select run_at from graphile_worker.jobs where locked_at is null and attempts < max_attempts
    )
    select
      exists (select from processes where id <> ${self.id}
        and (pg_try_advisory_xact_lock(lock_key)
          or heartbeat_at < now() - make_interval(secs => ${config.heartbeatTimeoutMs / 1000}))) as dead,
      exists (select from effects where state = 'executing') as executing,
      exists (select from attempts
        where state in ('starting', 'running') and host_id = ${self.hostId} and ${nobodys})
        or exists (select from check_runs
          where status = 'running' and host_id = ${self.hostId} and ${nobodys}) as orphans,
      exists (select from attempts where state in ('starting', 'running') and host_id = ${self.hostId}
          and process_id = ${self.id} and stop_requested is not null)
        or exists (select from check_runs
          where status = 'running' and process_id = ${self.id} and stop_requested) as stops,
      exists (select from roomy, lateral (
          select from runs r left join environments e on e.run_id = r.id
          where r.group_id = roomy.id and r.state = 'queued' and r.intent is null
            -- It is merged, and only not completed yet.
            and r.waiting_on is distinct from 'subtask'
            and (r.not_before is null or r.not_before <= now())
            and (e.host_id is null or e.host_id = ${self.hostId})
          limit 1) waiting)
        or exists (select from check_runs c join roomy on roomy.id = c.repository_id
          where c.status = 'queued') as claimable,
      exists (select from triggers where next_fire_at <= now())
        or exists (select from queued q
          where q.trigger_id is not null and not ${hasUnfinishedRun(sql`q.trigger_id`)}) as due,
      (select count(*)::int from (select from jobs where run_at <= now() limit ${MOST_DUE}) due) as "dueJobs",
      (select ceil(extract(epoch from min(at) - now()) * 1000)::int from (
          select min(run_at) as at from jobs where run_at > now() and run_at < now() + interval '1 hour'
          union all
          select min(not_before) from runs
          where state = 'queued' and not_before > now() and not_before < now() + interval '1 hour'
          union all
          select min(next_fire_at) from triggers
          where next_fire_at > now() and next_fire_at < now() + interval '1 hour'
        ) coming) as "nextMs"`)
  const [row] = rows
  if (!row) throw new Error('the database answered a question without a row')
  return row
}
