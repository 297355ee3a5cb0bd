import { connectDatabase } from '../../apps/server/dist/database/connection.js'
import { startEmbeddedPostgres } from '../../apps/server/dist/database/embedded/embedded-postgres.js'
import { migrateDatabase } from '../../apps/server/dist/database/migrate.js'
import { makeDataDirectory, removeDataDirectory } from './server.mjs'

/** Warnings and errors only. */
export const quietLog = { info() {}, warn: console.warn, error: console.error }

/** For Fastify, which wants a whole logger. @type {import('../../apps/server/dist/http/app.js').AppOptions['logger']} */
export const noRequestLog = {
  ...quietLog,
  level: 'error',
  fatal: console.error,
  debug() {},
  trace() {},
  silent() {},
  child: () => noRequestLog,
}

/** An embedded Postgres as it ships (on disk, fsync on) with Optio's tables, used by this process alone. */
export async function openDatabase() {
  const directory = await makeDataDirectory()
  const postgres = await startEmbeddedPostgres({ dataDir: directory, log: quietLog })
  const database = await connectDatabase({ target: postgres.connection, log: quietLog, poolSize: 20 })
  await migrateDatabase(database, quietLog)
  return {
    directory,
    database,
    socketDirectory: postgres.connection.host,
    async close() {
      await database.close()
      await postgres.stop()
      await removeDataDirectory(directory)
    },
  }
}
