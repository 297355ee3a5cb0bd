import { COURTESY_EFFECTS } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'

/**
 * Wake-ups are jobs of graphile-worker, added in the transaction that makes them necessary. They are hints: the run's row
 * is the truth, and the sweep adds again what is missing.
 */

export const WAKE_TASK = 'wake'
export const EFFECT_TASK = 'effect'

/** Has the run looked at at once. One job per run waits at most, however often it is asked for. */
export async function wakeRun(tx: Pick<Transaction, 'execute'>, runId: string): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(${WAKE_TASK}, json_build_object('runId', ${runId}::text),
      job_key := ${`wake:${runId}`})`)
}

/** Has all that wait for a run looked at, because it ended, or can come to something again. */
export async function wakeDependents(tx: Pick<Transaction, 'execute'>, runId: string): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(${WAKE_TASK}, json_build_object('runId', run_id::text), job_key := 'wake:' || run_id)
    from run_dependencies where depends_on_id = ${runId}`)
}

/**
 * Has the run looked at again at a time. It has a job key of its own, because replacing a job moves its time, and a look
 * in an hour must not push back a wake-up that is due now.
 */
export async function lookAgainAt(tx: Pick<Transaction, 'execute'>, runId: string, at: Date): Promise<void> {
  await tx.execute(sql`
    select graphile_worker.add_job(${WAKE_TASK}, json_build_object('runId', ${runId}::text),
      job_key := ${`look:${runId}`}, run_at := ${at.toISOString()}::timestamptz)`)
}

/** So many of the effects that no run waits for are carried out at once: a forge that is slow to take them must not hold all workers. */
const COURTESIES_AT_ONCE = 3

const COURTESY = sql.raw(`kind in (${COURTESY_EFFECTS.map((kind) => `'${kind}'`).join(', ')})`)

/**
 * Adds the job of each row that has the `id` and `kind` of an effect. Of what no run waits for the jobs of one queue are done one after
 * the other, and all else goes first.
 */
export const addEffectJob = (at = sql`null`) => sql`
  graphile_worker.add_job('effect', json_build_object('effectId', id), job_key := 'effect:' || id,
    queue_name := case when ${COURTESY} then 'courtesies:' || abs(hashtext(id::text) % ${sql.raw(String(COURTESIES_AT_ONCE))}) end,
    priority := case when ${COURTESY} then 10 else 0 end, run_at := ${at}::timestamptz)`

export async function scheduleEffect(
  tx: Pick<Transaction, 'execute'>,
  effectId: string,
  at: Date | null = null,
): Promise<void> {
  await tx.execute(
    sql`select ${addEffectJob(sql`${at?.toISOString() ?? null}`)} from effects where id = ${effectId}`,
  )
}
