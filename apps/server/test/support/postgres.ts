import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { inject } from 'vitest'
import { connectDatabase, type Database, type DatabaseConfig } from '../../src/database/connection.ts'
import type { SocketConnection } from '../../src/database/embedded/provision.ts'
import { asSuperuser, quiet, TEMPLATE } from './test-server.ts'

export interface TestDatabase {
  readonly target: SocketConnection
  /** The same as a DATABASE_URL, for processes that a test starts. */
  readonly url: string
  /** A pool on it; the caller closes it, or `drop` does. */
  open(config?: Partial<DatabaseConfig>): Promise<Database>
  /** Ends all connections to it and removes it. */
  drop(): Promise<void>
}

/**
 * A database of one's own with all tables, empty but for what the migrations put there: a copy of one that was migrated once
 * per run (some 20 ms). Make one per test file and `drop` it in `afterAll`.
 *
 * @param options.empty without any table.
 */
export async function testDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const server = await testServer()
  const database = `test_${randomBytes(6).toString('hex')}`
  const template = options.empty ? 'template0' : TEMPLATE
  await asSuperuser(server, (client) =>
    client.query(`create database ${database} owner optio template ${template}`),
  )
  const target = { ...server, database }
  const opened: Database[] = []
  return {
    target,
    url: `postgres://${target.user}@/${database}?host=${encodeURIComponent(target.host)}&port=${target.port}`,
    async open(config) {
      const pool = await connectDatabase({ target, log: quiet, ...config })
      opened.push(pool)
      return pool
    },
    async drop() {
      await Promise.all(opened.map((pool) => pool.close()))
      await asSuperuser(server, (client) => client.query(`drop database if exists ${database} with (force)`))
    },
  }
}

/** The run's one Postgres; the first call starts it. */
async function testServer(): Promise<SocketConnection> {
  const answer = JSON.parse(await text(connect(inject('testPostgres')))) as {
    connection?: SocketConnection
    error?: string
  }
  if (answer.connection === undefined) throw new Error(`No Postgres for the tests: ${answer.error}`)
  return answer.connection
}
