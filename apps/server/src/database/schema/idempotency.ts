import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, moment, workspaceId } from './columns.ts'

/**
 * A request that creates something and carried an `Idempotency-Key`. What it creates gets `resourceId` as its id, so that after a
 * crash between creating and answering it is known whether it was created, and two that are carried out at once create one thing.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    workspaceId: workspaceId(),
    /** Who sent it. */
    userId: text('user_id').notNull(),
    key: text('key').notNull(),
    /** Method and path, without the query. */
    route: text('route').notNull(),
    /** SHA-256 of the body as it was read, in hex. */
    bodyHash: text('body_hash').notNull(),
    resourceId: uuid('resource_id').notNull(),
    /** Whoever answers it is believed to do so until then. */
    leasedUntil: moment('leased_until').notNull(),
    /** The first answer, as it was sent; null while there is none. */
    status: integer('status'),
    answer: text('answer'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.userId, t.key] }),
    index('idempotency_keys_by_age').on(t.createdAt),
    check('idempotency_keys_answer', sql`(${t.status} is null) = (${t.answer} is null)`),
  ],
)
