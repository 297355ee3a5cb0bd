import { bigint, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'

/** Everything that belongs to somebody belongs to a workspace; the first migration makes one. */
export const workspaces = pgTable('workspaces', {
  id: uuid('id').primaryKey(),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  /** Id of the last event that was removed by age; a reader that goes on before it has missed some. */
  eventsPrunedTo: bigint('events_pruned_to', { mode: 'number' }).notNull().default(0),
  createdAt: createdAt(),
})

/** The workspace that exists from the first migration on. */
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001'
