import { sql } from 'drizzle-orm'
import { bigint, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, moment } from './columns.ts'

/**
 * The Optio processes that are alive. Each holds a session advisory lock on `lockKey` over a connection of its own, which
 * Postgres frees the moment it dies; the heartbeat is for one that hangs.
 */
export const processes = pgTable('processes', {
  id: uuid('id').primaryKey(),
  hostId: text('host_id').notNull(),
  pid: integer('pid').notNull(),
  lockKey: bigint('lock_key', { mode: 'number' }).notNull().unique(),
  /** graphile-worker pool ids: what it writes into `locked_by`. */
  poolIds: text('pool_ids').array().notNull().default(sql`'{}'`),
  url: text('url'),
  version: text('version').notNull(),
  createdAt: createdAt(),
  heartbeatAt: moment('heartbeat_at').notNull().default(sql`now()`),
})
