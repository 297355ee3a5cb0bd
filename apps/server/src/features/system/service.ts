import type { System } from '@optio/contract'
import { sql } from 'drizzle-orm'
import type { Database } from '../../database/connection.ts'
import type { EngineCommands } from '../../engine/engine.ts'

export interface SystemDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'pauseStarts' | 'unpauseStarts'>
  readonly version: string
  /** `OPTIO_MAX_CONCURRENT`. */
  readonly maxConcurrent: number
}

export type SystemService = ReturnType<typeof createSystemService>

export function createSystemService({ database, commands, version, maxConcurrent }: SystemDeps) {
  const read = async (): Promise<System> => {
    const { rows } = await database.orm.execute<{
      since: number | null
      by: string | null
      reason: string | null
      running: number
      processes: number
    }>(sql`
      select (extract(epoch from paused_at) * 1000)::bigint as since, paused_by as by, pause_reason as reason,
        ((select count(*) from attempts where state in ('starting', 'running'))
          + (select count(*) from check_runs where status = 'running'))::int as running,
        (select count(*) from processes)::int as processes
      from installation`)
    const { since = null, by = null, reason = null, running = 0, processes = 0 } = rows[0] ?? {}
    return {
      version,
      paused: since === null || by === null ? null : { since: new Date(since).toISOString(), by, reason },
      maxConcurrent,
      running,
      processes,
    }
  }

  return {
    read,

    /** Pausing again keeps the first pause. A blank reason is none. */
    async pause(reason: string | null, actor: string): Promise<System> {
      await commands.pauseStarts(reason === null || reason.trim() === '' ? null : reason.trim(), actor)
      return await read()
    },

    async unpause(actor: string): Promise<System> {
      await commands.unpauseStarts(actor)
      return await read()
    },
  }
}
