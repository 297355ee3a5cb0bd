import { setTimeout as sleep } from 'node:timers/promises'
import { OptioError } from '@optio/contract'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { explainDatabaseError, isConnectionError, isSerializationFailure } from './errors.ts'

/** Drizzle on the pool: each query on any of its connections. */
export type PoolQueries = NodePgDatabase<Record<string, never>>
/** Drizzle on the connection of a transaction; its own `transaction` makes a savepoint. */
export type Transaction = Parameters<Parameters<PoolQueries['transaction']>[0]>[0]
/** What queries are built on, where either will do. */
export type Queries = PoolQueries | Transaction

export interface TransactionOptions {
  /** How often it is run again after it lost against a concurrent one; 5. */
  readonly retries?: number
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable'
}

/** See `Database.transaction`. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (tx: Transaction, client: pg.PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const retries = options.retries ?? 5
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await once(pool, work, options)
    } catch (error) {
      if (!isSerializationFailure(error)) throw explainDatabaseError(error) ?? error
      if (attempt >= retries) {
        throw new OptioError(
          'CONFLICT',
          `Others changed the same data ${attempt + 1} times in a row. Try again.`,
          {
            cause: error,
          },
        )
      }
      // Not all losers at once again.
      await sleep(Math.random() * 10 * 2 ** attempt)
    }
  }
}

async function once<T>(
  pool: pg.Pool,
  work: (tx: Transaction, client: pg.PoolClient) => Promise<T>,
  { isolation }: TransactionOptions,
): Promise<T> {
  const client = await pool.connect()
  let failure: { readonly error: unknown } | undefined
  try {
    const result = await drizzle<Record<string, never>, pg.PoolClient>(client).transaction(
      async (tx) => {
        try {
          return await work(tx, client)
        } catch (error) {
          failure = { error }
          throw error
        }
      },
      isolation === undefined ? undefined : { isolationLevel: isolation },
    )
    client.release()
    return result
  } catch (thrown) {
    // A rollback on a broken connection throws too, and hides why it was rolled back.
    const error = failure === undefined ? thrown : failure.error
    client.release(failure === undefined || isConnectionError(thrown) || isConnectionError(error))
    throw error
  }
}
