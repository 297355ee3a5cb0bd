import { OptioError } from '@optio/contract'
import { PgPreparedQuery } from 'drizzle-orm/pg-core'

/** What the operating system calls a server that is not there. */
const SYSTEM_CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EHOSTDOWN'],
  ...['ENETUNREACH', 'ENETDOWN', 'ENOTFOUND', 'EAI_AGAIN'],
])

/** SQLSTATEs of a server that goes down, comes up or has no room for one more: 57P0x and 53300; class 08 is tested apart. */
const SERVER_CODES = new Set(['57P01', '57P02', '57P03', '57P05', '53300'])

/** `pg` has no codes for what it finds out by itself. */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client has encountered a connection error',
  'Client was closed and is not queryable',
  'Cannot use a pool after calling end on the pool',
]

interface Coded {
  readonly code?: unknown
  readonly syscall?: unknown
  readonly message?: unknown
  readonly cause?: unknown
  readonly errors?: unknown
}

/** True when the database could not be reached or ended the connection: the query may be repeated later, as a whole. */
export function isConnectionError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { code, syscall, message, cause, errors } = error as Coded
  if (error instanceof OptioError) return code === 'DATABASE_UNAVAILABLE'
  if (typeof code === 'string') {
    if (SYSTEM_CODES.has(code) || SERVER_CODES.has(code) || /^08[0-9A-Z]{3}$/.test(code)) return true
    // A socket that is not there yet, or not ours.
    if ((code === 'ENOENT' || code === 'EACCES') && syscall === 'connect') return true
  }
  if (typeof message === 'string' && DRIVER_MESSAGES.some((known) => message.includes(known))) return true
  // One name with several addresses fails with one error each.
  if (Array.isArray(errors) && errors.some(isConnectionError)) return true
  return isConnectionError(cause)
}

/** The SQLSTATE of an error or of what caused it; null when it does not come from the server. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null
  const { code, cause } = error as Coded
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : sqlState(cause)
}

/** True when a row was to be added that is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return sqlState(error) === '23505'
}

/** True when the transaction lost against a concurrent one and may win when it is run again. */
export function isSerializationFailure(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(error) ?? '')
}

/**
 * The error a person may read, for what a query threw: DATABASE_UNAVAILABLE (503) or DISK_FULL. Null for errors of the query
 * itself, which are bugs or constraints that the caller knows about.
 */
export function explainDatabaseError(error: unknown): OptioError | null {
  if (error instanceof OptioError) return error
  if (isConnectionError(error)) {
    return new OptioError(
      'DATABASE_UNAVAILABLE',
      'The database cannot be reached at the moment. Try again shortly.',
      {
        cause: error,
      },
    )
  }
  if (sqlState(error) === '53100') {
    return new OptioError(
      'DISK_FULL',
      'The disk of the database is full. Nothing is lost: make room, and work goes on.',
      {
        cause: error,
      },
    )
  }
  return null
}

interface RunsQueries {
  queryWithCache<T>(query: string, params: unknown[], run: () => Promise<T>): Promise<T>
}

/**
 * Makes drizzle pass on the errors of the driver as they are. It wraps them into errors whose message holds every parameter of
 * the query (drizzle-orm 0.45, `DrizzleQueryError`), and so a secret that is being stored would be in the log. The overridden
 * method does nothing else as long as no cache is configured, and we have none. A test holds this on every update.
 */
export function keepParametersOutOfErrors(): void {
  const prototype = PgPreparedQuery.prototype as unknown as RunsQueries
  prototype.queryWithCache = (_query, _params, run) => run()
}
