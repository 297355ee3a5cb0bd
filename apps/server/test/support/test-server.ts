import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessIdentity } from '@optio/runtimes'
import pg from 'pg'
import { connectDatabase } from '../../src/database/connection.ts'
import { startEmbeddedPostgres } from '../../src/database/embedded/embedded-postgres.ts'
import { locate } from '../../src/database/embedded/location.ts'
import { killMembers } from '../../src/database/embedded/postmaster.ts'
import type { SocketConnection } from '../../src/database/embedded/provision.ts'
import { migrateDatabase } from '../../src/database/migrate.ts'
import { livenessOf, ownIdentity } from '../../src/platform/process-identity.ts'

/** The migrated database that every test's database is a copy of. */
export const TEMPLATE = 'optio_template'

const PREFIX = 'optio-test-'

export const quiet = { info() {}, warn() {}, error() {} }

export interface TestServer {
  readonly connection: SocketConnection
  stop(): Promise<void>
}

/** A directory of this run of tests; if the run is killed, the next one that needs a database removes it. */
export async function makeRunDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), PREFIX))
  await writeFile(join(directory, 'owner.json'), JSON.stringify(ownIdentity()))
  // Root's server runs as another user, who has to get through.
  await chmod(directory, 0o711)
  return directory
}

/** Ends what runs in a run's directory and removes it. */
export async function removeRunDirectory(directory: string): Promise<void> {
  const { root, cluster, account } = await locate(join(directory, 'data'))
  if (await stat(cluster).catch(() => null)) await killMembers(cluster, account)
  await rm(root, { recursive: true, force: true })
  await rm(directory, { recursive: true, force: true })
}

/** One Postgres for a whole run of tests, in its directory. Not durable. What killed runs left is removed first. */
export async function startTestServer(directory: string): Promise<TestServer> {
  await removeLeftovers()
  const server = await startEmbeddedPostgres({
    dataDir: join(directory, 'data'),
    log: { ...quiet, warn: console.warn, error: console.error },
    settings: {
      ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
      // All test files share it, several at a time, each with the pools of several processes.
      max_connections: '400',
    },
  })
  const stop = () => server.stop()
  try {
    await makeTemplate(server.connection)
  } catch (error) {
    await stop()
    throw error
  }
  return { connection: server.connection, stop }
}

async function makeTemplate(connection: SocketConnection): Promise<void> {
  await asSuperuser(connection, (client) => client.query(`create database ${TEMPLATE} owner optio`))
  const database = await connectDatabase({ target: { ...connection, database: TEMPLATE }, log: quiet })
  try {
    await migrateDatabase(database, quiet)
  } finally {
    await database.close()
  }
}

/** Runs commands that Optio's own role may not give, such as creating databases. */
export async function asSuperuser<T>(
  connection: SocketConnection,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ ...connection, user: 'postgres', database: 'postgres', ssl: false })
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end()
  }
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const directory = join(tmpdir(), name)
    const owner = await readFile(join(directory, 'owner.json'), 'utf8').catch(() => null)
    if (owner === null) {
      // Perhaps made just now by a run that starts at the same time.
      const age = await stat(directory).then(
        (found) => Date.now() - found.mtimeMs,
        () => 0,
      )
      if (age < 600_000) continue
    } else if (livenessOf(JSON.parse(owner) as ProcessIdentity) !== 'dead') continue
    await removeRunDirectory(directory).catch((error: unknown) =>
      console.warn(`Left over from tests: ${directory}`, error),
    )
  }
}
