import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { serverAccount } from '../../src/database/embedded/account.ts'
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '../../src/database/embedded/embedded-postgres.ts'
import { killMembers } from '../../src/database/embedded/postmaster.ts'
import type { SocketConnection } from '../../src/database/embedded/provision.ts'
import { processesIn } from '../../src/platform/processes-in-directory.ts'
import { quiet } from './test-server.ts'
import { runTypeScript, type TypeScriptProcess } from './typescript-process.ts'

export const asRoot = process.getuid?.() === 0

/** What `hold-database.ts` prints. */
export interface Held {
  readonly pid: number
  readonly adopted: boolean
  readonly connection: SocketConnection
}
export interface Refused {
  readonly code: string
  readonly message: string
}

const directories: string[] = []
const servers: EmbeddedPostgres[] = []
const holders: TypeScriptProcess[] = []

/** A temporary directory that goes away, with the servers in it, after the test. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'optio-embedded-'))
  directories.push(directory)
  return directory
}

/** No test here crashes the machine, and syncing is most of what a start costs. */
const withoutSync = (options: Partial<EmbeddedPostgresOptions>): Partial<EmbeddedPostgresOptions> => ({
  ...options,
  settings: { fsync: 'off', ...options.settings },
})

/** Starts a server in this process; stopped after the test. */
export async function start(
  dataDir: string,
  options: Partial<EmbeddedPostgresOptions> = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: quiet, ...withoutSync(options) })
  servers.push(server)
  return server
}

/** Starts a server in an Optio of its own, to be killed. */
export function hold(
  dataDir: string,
  options: { readonly prefix?: readonly string[]; readonly start?: Partial<EmbeddedPostgresOptions> } = {},
): TypeScriptProcess {
  const args = [dataDir, JSON.stringify(withoutSync(options.start ?? {}))]
  const holder = runTypeScript('hold-database.ts', args, options.prefix)
  holders.push(holder)
  return holder
}

export const clusterOf = (dataDir: string): string => join(dataDir, 'postgres', 'data')

/** Processes of a cluster that run now. */
export async function membersOf(cluster: string): Promise<number[]> {
  return processesIn(cluster, 'postgres', await serverAccount(cluster))
}

/** Ends everything of a cluster without notice, as a crash of the machine does. */
export async function crash(cluster: string): Promise<void> {
  await killMembers(cluster, await serverAccount(cluster))
}

export async function query<T extends object>(connection: SocketConnection, text: string): Promise<T[]> {
  const client = new pg.Client({ ...connection, ssl: false })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}

/** For `afterEach`. */
export async function cleanUp(): Promise<void> {
  await Promise.all(holders.splice(0).map((holder) => holder.kill()))
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  for (const directory of directories.splice(0)) {
    const cluster = clusterOf(directory)
    if (await stat(cluster).catch(() => null)) await crash(cluster)
    await rm(directory, { recursive: true, force: true })
  }
}
