import { sql } from 'drizzle-orm'
import { bigint, foreignKey, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, workspaceId } from './columns.ts'
import { runs } from './runs.ts'
import { workspaces } from './workspaces.ts'

/**
 * What happened, for the history of a run and for `/ws/events`. Ids are handed out in the order of commit: the insert takes
 * a lock of the workspace that is held until the commit, so a reader that continues after an id can miss nothing.
 */
export const events = pgTable(
  'events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    workspaceId: workspaceId(),
    runId: uuid('run_id'),
    type: text('type').notNull(),
    fromState: text('from_state'),
    toState: text('to_state'),
    trigger: text('trigger'),
    message: text('message'),
    /** Who did it: a user, or `optio`. */
    actor: text('actor').notNull(),
    data: jsonb('data').$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId], foreignColumns: [workspaces.id] }),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('events_of_workspace').on(t.workspaceId, t.id),
    index('events_of_run').on(t.runId, t.id),
    /** What people did, which is little of all that happens. */
    index('events_of_people').on(t.workspaceId, t.id).where(sql`actor <> 'optio'`),
    /** For pruning by age. Ids ascend with time, so that a few pages tell where the old ones are. */
    index('events_by_age').using('brin', t.createdAt),
  ],
)
