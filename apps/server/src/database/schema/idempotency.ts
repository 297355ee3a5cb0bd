import { sql } from 'drizzle-orm'
import { check, index, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, workspaceId } from './columns.ts'

/**
 * A request that creates something and carried an `Idempotency-Key`. What it creates gets `resourceId` as its id, so that after a
 * crash between creating and answering it is known whether it was created.
 */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    workspaceId: workspaceId(),
    /** The key as it was sent, after who sent it. */
    key: text('key').notNull(),
    /** Method and path, without the query. */
    route: text('route').notNull(),
    /** SHA-256 of the body as it was read, in hex. */
    bodyHash: text('body_hash').notNull(),
    resourceId: uuid('resource_id').notNull(),
    /** Process that answers it, until it has answered. */
    processId: uuid('process_id'),
    /** The first answer; null while there is none. */
    status: integer('status'),
    answer: jsonb('answer').$type<unknown>(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.workspaceId, t.key] }),
    index('idempotency_keys_by_age').on(t.createdAt),
    check('idempotency_keys_answer', sql`(${t.status} is null) = (${t.answer} is null)`),
  ],
)
