import type { Config } from '../config.ts'
import { connectDatabase, type Database } from '../database/connection.ts'
import { startEmbeddedPostgres } from '../database/embedded/embedded-postgres.ts'
import { runningEmbedded } from '../database/embedded/running.ts'
import type { DatabaseLog } from '../database/log.ts'

const quiet: DatabaseLog = { info() {}, warn() {}, error() {} }

export interface OpenDatabase {
  readonly database: Database
  /** Ends the connection, and the embedded server where it was started for this. */
  close(): Promise<void>
}

/**
 * A connection to the database of this installation: the one an Optio runs right now, or else, for this time only, an embedded one of
 * our own. With `alone`, one that is running is refused (DATA_DIR_IN_USE).
 */
export async function openDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { alone }: { readonly alone: boolean },
): Promise<OpenDatabase> {
  const options = { log: quiet, poolSize: 2, applicationName: 'optio backup' }
  if (config.databaseUrl !== null)
    return only(await connectDatabase({ target: { url: config.databaseUrl }, ...options }))
  const running = alone ? null : await runningEmbedded(config.dataDir)
  if (running !== null) return only(await connectDatabase({ target: running, ...options }))
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log: quiet })
  try {
    const database = await connectDatabase({ target: server.connection, ...options })
    return {
      database,
      close: async () => {
        await database.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

function only(database: Database): OpenDatabase {
  return { database, close: () => database.close() }
}
