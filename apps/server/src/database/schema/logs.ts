import { bigint, foreignKey, integer, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from './columns.ts'
import { runs } from './runs.ts'

/** The next `seq` of each run's log; its row lock makes the numbers gapless. */
export const logHeads = pgTable(
  'log_heads',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: workspaceId(),
    nextSeq: bigint('next_seq', { mode: 'number' }).notNull().default(1),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
  ],
)

/**
 * One store for the log of every run. There is no foreign key to runs: at hundreds of thousands of rows a second it would
 * cost more than the insert; `log_heads`, which has one, is updated in the same transaction.
 */
export const logEntries = pgTable(
  'log_entries',
  {
    runId: uuid('run_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    workspaceId: workspaceId(),
    attempt: integer('attempt').notNull(),
    stream: text('stream').notNull(),
    logType: text('log_type').notNull(),
    content: text('content').notNull(),
    metadata: jsonb('metadata').$type<Record<string, unknown>>(),
    timestamp: moment('timestamp').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.seq] })],
)
