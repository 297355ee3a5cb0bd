import { OptioError } from '@optio/contract'
import pg from 'pg'
import type { SocketConnection } from './embedded/provision.ts'
import { explainDatabaseError, isConnectionError, keepParametersOutOfErrors } from './errors.ts'
import type { DatabaseLog } from './log.ts'
import { drizzleOn } from './row-mapper.ts'
import { inTransaction, type PoolQueries, type Transaction, type TransactionOptions } from './transaction.ts'

/** Where the database is: the socket of the embedded one, or a URL (`DATABASE_URL`). */
export type DatabaseTarget = SocketConnection | { readonly url: string }

export interface DatabaseConfig {
  readonly target: DatabaseTarget
  readonly log: DatabaseLog
  /** Most connections of the pool; 10. Dedicated ones come on top. */
  readonly poolSize?: number
  /** Shown in pg_stat_activity; `optio`. */
  readonly applicationName?: string
  /** A statement of the pool that takes longer fails; 30 s. */
  readonly statementTimeoutMs?: number
}

export type { Queries, Transaction } from './transaction.ts'

export interface Database {
  /** For plain SQL on hot paths, and for graphile-worker. */
  readonly pool: pg.Pool
  /** Drizzle on the pool: each query on any connection. */
  readonly orm: PoolQueries
  /** True when the connection is a unix socket: nothing on the way can swallow it silently. */
  readonly local: boolean
  /**
   * Runs `work` in a transaction and commits it. When it loses against a concurrent one (serialization failure, deadlock), all of `work`
   * is run again, so it must do nothing but queries. `client` is the same connection for plain SQL.
   * Throws what `work` throws, DATABASE_UNAVAILABLE, or CONFLICT when all retries lost.
   */
  transaction<T>(
    work: (tx: Transaction, client: pg.PoolClient) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>
  /**
   * A connection of its own, outside the pool and without a statement timeout: for LISTEN and for session advisory locks. The server
   * notices within half a minute when this machine vanishes, and frees its locks. The caller handles `error` and `end`, and ends it.
   */
  dedicated(purpose: string): Promise<pg.Client>
  /** Resolves when the database answers. Throws DATABASE_UNAVAILABLE. */
  ping(): Promise<void>
  /** Waits for running queries and closes the pool. Idempotent. */
  close(): Promise<void>
}

const OLDEST_SERVER = 150_000

/**
 * bigint (int8) as a number, for this whole process: counts and offsets are beyond 2^31 but not beyond 2^53. One beyond is an error
 * instead of a wrong number. Set globally because drizzle asks the global parsers, whatever the pool says.
 */
function parseBigint(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`The bigint ${text} does not fit into a number. Select it as text.`)
}

/** Opens the pool and checks that the server can be used. Throws CONFIG or DATABASE_UNAVAILABLE, without the password in it. */
export async function connectDatabase(config: DatabaseConfig): Promise<Database> {
  pg.types.setTypeParser(pg.types.builtins.INT8, parseBigint)
  keepParametersOutOfErrors()
  const base = clientConfig(config)
  const limits = await acceptedLimits(base, config)
  const pool = new pg.Pool({
    ...base,
    ...(limits ?? {}),
    max: config.poolSize ?? 10,
    idleTimeoutMillis: 30_000,
  })
  let closed: Promise<void> | undefined
  // An idle connection that breaks: the pool drops it and opens another when it needs one.
  pool.on('error', (error) => {
    if (closed === undefined) config.log.warn({ err: error }, 'A database connection was lost.')
  })
  // A connection that breaks in use: the query that runs on it throws, so nobody else needs to know.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    pool,
    orm: drizzleOn(pool),
    local: isLocal(base),
    transaction: (work, options) => inTransaction(pool, work, options),
    dedicated: (purpose) => openDedicated(base, purpose, limits !== null),
    async ping() {
      try {
        await pool.query('select 1')
      } catch (error) {
        throw explainDatabaseError(error) ?? error
      }
    },
    close() {
      closed ??= pool.end()
      return closed
    },
  }
}

function clientConfig(config: DatabaseConfig): pg.ClientConfig {
  const common = {
    application_name: config.applicationName ?? 'optio',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  }
  if (!('url' in config.target)) return { ...config.target, ...common, ssl: false }
  const { url } = config.target
  if (!/^postgres(ql)?:\/\//.test(url)) throw badUrl('it does not begin with postgres:// or postgresql://')
  return { connectionString: url, ...common }
}

function isLocal(base: pg.ClientConfig): boolean {
  return new pg.Client(base).host.startsWith('/')
}

function badUrl(reason: string): OptioError {
  return new OptioError(
    'CONFIG',
    `DATABASE_URL cannot be used: ${reason}. It looks like postgres://user:password@host:5432/database?sslmode=verify-full`,
  )
}

/**
 * Checks the server with a first connection, and finds out whether it takes timeouts as parameters of the connection. PgBouncer
 * refuses ones it does not know, and setting them later would set them for other clients of it: then there are none (null).
 */
async function acceptedLimits(
  base: pg.ClientConfig,
  config: DatabaseConfig,
): Promise<pg.ClientConfig | null> {
  const limits = {
    statement_timeout: config.statementTimeoutMs ?? 30_000,
    // A process that hangs in the middle of a transaction gives its locks up.
    idle_in_transaction_session_timeout: 60_000,
  }
  try {
    await checkServer({ ...base, ...limits })
    return limits
  } catch (error) {
    const refused = /unsupported startup parameter/i.test((error as Error).message)
    if (!refused) throw explainConnectFailure(error)
  }
  await checkServer(base).catch((error: unknown) => {
    throw explainConnectFailure(error)
  })
  config.log.warn(
    {},
    'The database is behind a pooler that takes no timeouts: a statement that hangs is not ended.',
  )
  return null
}

async function checkServer(base: pg.ClientConfig): Promise<void> {
  const client = newClient(base)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ version: number; encoding: string; replica: boolean }>(
      `select current_setting('server_version_num')::int as version,
              current_setting('server_encoding') as encoding,
              pg_is_in_recovery() as replica`,
    )
    const [server] = rows
    if (server === undefined) return
    if (server.version < OLDEST_SERVER) {
      throw new OptioError(
        'CONFIG',
        `The database is Postgres ${Math.floor(server.version / 10_000)}; Optio needs 15 or newer. Upgrade it, or leave DATABASE_URL out to use the embedded one.`,
      )
    }
    if (server.encoding !== 'UTF8') {
      throw new OptioError(
        'CONFIG',
        `The database has encoding ${server.encoding}; Optio needs UTF8. Make one with \`create database optio encoding 'UTF8' template template0\`.`,
      )
    }
    if (server.replica) {
      throw new OptioError('CONFIG', 'The database is a read-only replica. Give DATABASE_URL of the primary.')
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

function newClient(base: pg.ClientConfig): pg.Client {
  try {
    return new pg.Client(base)
  } catch (error) {
    // Not passed on as the cause: it may quote the URL.
    throw badUrl((error as NodeJS.ErrnoException).code ?? 'it is malformed')
  }
}

function explainConnectFailure(error: unknown): unknown {
  if (error instanceof OptioError) return error
  const { code, message } = error as pg.DatabaseError
  if (code === '28P01' || code === '28000') {
    return new OptioError('CONFIG', `The database refuses the login of DATABASE_URL: ${message}.`)
  }
  if (code === '3D000') {
    return new OptioError(
      'CONFIG',
      `The database of DATABASE_URL does not exist: ${message}. Create it first.`,
    )
  }
  if (isConnectionError(error)) {
    return new OptioError(
      'DATABASE_UNAVAILABLE',
      `The database cannot be reached (${message || code}). Is it running, and is DATABASE_URL right?`,
      { cause: error },
    )
  }
  if (/SSL|TLS|certificate|self-signed/i.test(message)) {
    return new OptioError(
      'CONFIG',
      `No secure connection to the database: ${message}. See sslmode and sslrootcert in DATABASE_URL.`,
    )
  }
  return error
}

async function openDedicated(
  base: pg.ClientConfig,
  purpose: string,
  ownSession: boolean,
): Promise<pg.Client> {
  const client = newClient({ ...base, application_name: `${base.application_name} ${purpose}` })
  client.on('error', () => undefined)
  try {
    await client.connect()
    if (!ownSession) return client
    // On a unix socket these do nothing. 10 s idle + 3 probes each 5 s: dead after 25 s instead of the system's two hours.
    await client.query(
      `select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
              set_config('tcp_keepalives_count', '3', false), set_config('statement_timeout', '0', false),
              set_config('idle_in_transaction_session_timeout', '0', false)`,
    )
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw explainDatabaseError(error) ?? error
  }
}
