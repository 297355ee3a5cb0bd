import { randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import type { Client } from 'pg'
import { uuidv7 } from 'uuidv7'
import type { Database, Transaction } from '../database/connection.ts'
import { processes } from '../database/schema/index.ts'
import type { EngineConfig, ProcessIdentity } from './context.ts'
import { ORPHANS_NOTICE } from './notices.ts'

/**
 * Liveness of processes. Each holds a session advisory lock over a connection of its own: Postgres frees it the moment the
 * process dies, so death is observed, not timed. The heartbeat is for a process that hangs with its connection open.
 */
export interface ProcessMembership {
  readonly identity: ProcessIdentity
  /** Says which graphile-worker pool is this process's: its jobs are unlocked by that id when it dies. */
  addPool(poolId: string): Promise<void>
  heartbeat(): Promise<void>
  /** Settles when the lock's connection is lost or another process took this one for dead: all work must stop. */
  readonly lost: Promise<string>
  leave(): Promise<void>
}

export async function joinProcesses(database: Database, config: EngineConfig): Promise<ProcessMembership> {
  const client = await database.dedicated('liveness')
  const identity: ProcessIdentity = { id: uuidv7(), hostId: config.hostId }
  const lockKey = randomBytes(6).readUIntBE(0, 6)
  const lost = lossOf(client)
  try {
    await client.query('select pg_advisory_lock($1)', [lockKey])
    await database.orm.insert(processes).values({
      ...identity,
      pid: process.pid,
      lockKey,
      url: config.baseUrl(),
      version: config.version,
    })
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
  return {
    identity,
    lost: lost.promise,
    async addPool(poolId) {
      await database.orm
        .update(processes)
        .set({ poolIds: sql`array_append(${processes.poolIds}, ${poolId})` })
        .where(eq(processes.id, identity.id))
    },
    async heartbeat() {
      const alive = await database.orm
        .update(processes)
        .set({ heartbeatAt: sql`now()` })
        .where(eq(processes.id, identity.id))
        .returning({ id: processes.id })
      if (alive.length === 0) lost.report('another process took this one for dead')
    },
    async leave() {
      lost.close()
      try {
        await database.transaction((tx) => releaseWork(tx, identity.id))
      } finally {
        // Without the lock, whoever comes next finds this process dead and releases its work.
        await client.end().catch(() => undefined)
      }
    },
  }
}

function lossOf(client: Client): {
  promise: Promise<string>
  report: (why: string) => void
  close: () => void
} {
  let settle: (why: string) => void = () => {}
  let closed = false
  const promise = new Promise<string>((resolve) => {
    settle = (why) => {
      if (!closed) resolve(why)
    }
  })
  client.on('error', (error) => settle(error.message))
  client.on('end', () => settle('the connection to the database ended'))
  return {
    promise,
    report: settle,
    close: () => {
      closed = true
    },
  }
}

/**
 * Takes dead processes off the list: their jobs are unlocked, their attempts, checks and effects are free to be taken over.
 * graphile-worker itself would keep a dead worker's jobs locked for four hours. Answers how many were found dead.
 */
export async function reapDeadProcesses(
  database: Database,
  self: ProcessIdentity,
  heartbeatTimeoutMs: number,
): Promise<number> {
  return await database.transaction(async (tx) => {
    const { rows } = await tx.execute<{ id: string; pool_ids: string[] }>(sql`
      select id, pool_ids from processes
      where id <> ${self.id}
        and (pg_try_advisory_xact_lock(lock_key) or heartbeat_at < now() - make_interval(secs => ${heartbeatTimeoutMs / 1000}))
      for update skip locked`)
    for (const dead of rows) {
      if (dead.pool_ids.length > 0) {
        await tx.execute(
          sql`select graphile_worker.force_unlock_workers(${sql.param(dead.pool_ids)}::text[])`,
        )
      }
      await releaseWork(tx, dead.id)
    }
    if (rows.length > 0) {
      await tx.execute(sql`select pg_notify('jobs:insert', '{"count":1}')`)
    }
    return rows.length
  })
}

/** Whatever the process supervised or carried out belongs to nobody now; its row is gone. */
async function releaseWork(tx: Transaction, processId: string): Promise<void> {
  await tx.execute(
    sql`update attempts set process_id = null where process_id = ${processId} and state in ('starting', 'running')`,
  )
  await tx.execute(
    sql`update check_runs set process_id = null where process_id = ${processId} and status = 'running'`,
  )
  await tx.execute(sql`
    with freed as (
      update effects set state = 'pending', process_id = null
      where process_id = ${processId} and state = 'executing' returning id, run_id
    )
    select graphile_worker.add_job('effect', json_build_object('effectId', id), job_key := 'effect:' || id),
      -- A run that is to end waits for its effects, and this one may not be carried out any more.
      graphile_worker.add_job('wake', json_build_object('runId', run_id), job_key := 'wake:' || run_id)
    from freed`)
  await tx.execute(sql`delete from processes where id = ${processId}`)
  await tx.execute(sql`select pg_notify('optio', ${JSON.stringify({ k: ORPHANS_NOTICE })})`)
}
