import { sql } from 'drizzle-orm'
import type { Database } from '../database/connection.ts'
import { addEffectJob } from './wake-ups.ts'

/**
 * Jobs are hints, and a hint can be missing: a process died between two transactions, a job was lost with its last try. The
 * sweep reads the truth and adds what is missing. Cheap when nothing is: two index scans.
 */
export async function sweep(database: Database): Promise<{ runs: number; effects: number }> {
  const overdueRuns = await database.orm.execute<{ id: string }>(sql`
    select graphile_worker.add_job('wake', json_build_object('runId', id), job_key := 'wake:' || id), id
    from (
      select id from runs
      where state not in ('completed', 'failed', 'cancelled') and next_look_at < now() - interval '2 seconds'
      order by next_look_at limit 500
    ) overdue`)
  const overdueEffects = await database.orm.execute<{ id: string }>(sql`
    select ${addEffectJob()}, id
    from (
      select id, kind from effects
      where state = 'pending' and coalesce(not_before, created_at) < now() - interval '5 seconds'
      limit 500
    ) overdue`)
  await unlockNobodysJobs(database)
  return { runs: overdueRuns.rows.length, effects: overdueEffects.rows.length }
}

/**
 * A worker takes its first jobs while its pool is still being put on record. If its process dies just then, nobody knows
 * whose they are, and graphile-worker would keep them locked for hours. The five seconds are for a process that lives.
 */
async function unlockNobodysJobs(database: Database): Promise<void> {
  await database.orm.execute(sql`
    select graphile_worker.force_unlock_workers(array_agg(distinct locked_by)) from graphile_worker.jobs j
    where locked_at < now() - interval '5 seconds'
      and not exists (select from processes p where j.locked_by = any(p.pool_ids))`)
}
