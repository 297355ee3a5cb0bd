import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import type { ProcessIdentity } from '../context.ts'

export interface Adopted {
  readonly attempts: readonly { readonly id: string; readonly generation: number }[]
  readonly checks: readonly { readonly id: string; readonly generation: number }[]
}

/**
 * Takes over the attempts and checks of this host that nobody supervises: that are free, that a process has which is not on
 * the list any more, or that are this process's by a transaction whose answer was lost, so that it does not know of them.
 * Raising the generation in the same statement fences whoever had them; two processes that try at once get different rows.
 * A process that was itself taken off the list takes nothing.
 *
 * @param held ids of what this process supervises.
 */
export async function adoptOrphans(
  database: Database,
  self: ProcessIdentity,
  held: readonly string[],
): Promise<Adopted> {
  const nobodys = sql`(process_id is null
      or process_id = ${self.id} and not (id = any(${sql.param(held)}::uuid[]))
      or not exists (select from processes p where p.id = process_id))
    and exists (select from processes p where p.id = ${self.id})`
  const adopted = await database.orm.execute<{ id: string; generation: number }>(sql`
    update attempts set process_id = ${self.id}, generation = generation + 1
    where id in (
      select id from attempts
      where state in ('starting', 'running') and host_id = ${self.hostId} and ${nobodys}
      for update skip locked
    )
    returning id, generation`)
  const checks = await database.orm.execute<{ id: string; generation: number }>(sql`
    update check_runs set process_id = ${self.id}, generation = generation + 1
    where id in (
      select id from check_runs
      where status = 'running' and host_id = ${self.hostId} and ${nobodys}
      for update skip locked
    )
    returning id, generation`)
  return { attempts: adopted.rows, checks: checks.rows }
}

/** Of what this process supervises, the attempts and checks that are to be stopped. */
export async function readStopRequests(
  database: Database,
  self: ProcessIdentity,
): Promise<{ id: string; reason: string }[]> {
  const { rows } = await database.orm.execute<{ id: string; reason: string }>(sql`
    select id, stop_requested as reason from attempts
    where host_id = ${self.hostId} and process_id = ${self.id} and state in ('starting', 'running') and stop_requested is not null
    union all
    select id, 'cancel' from check_runs
    where status = 'running' and process_id = ${self.id} and stop_requested`)
  return rows
}

/** An operator ends everything this process supervises. */
export async function requestStopOfAll(database: Database, self: ProcessIdentity): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.execute(sql`
      update attempts set stop_requested = coalesce(stop_requested, 'operator')
      where process_id = ${self.id} and state in ('starting', 'running')`)
    await tx.execute(
      sql`update check_runs set stop_requested = true where process_id = ${self.id} and status = 'running'`,
    )
  })
}
