import {
  bigint,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, moment, workspaceId } from './columns.ts'
import { runs } from './runs.ts'

/** The next `seq` of each run's log; its row lock makes the numbers gapless. */
export const logHeads = pgTable(
  'log_heads',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: workspaceId(),
    nextSeq: bigint('next_seq', { mode: 'number' }).notNull().default(1),
    /** The first entry there is; those before it were removed by age, and their numbers are not used again. */
    firstSeq: bigint('first_seq', { mode: 'number' }).notNull().default(1),
    /** When entries were last removed by age. */
    prunedAt: moment('pruned_at'),
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
  (t) => [
    primaryKey({ columns: [t.runId, t.seq] }),
    /** For a page of one type, however rare it is. */
    index('log_entries_by_type').on(t.runId, t.logType, t.seq),
  ],
)

/**
 * What searches read instead of a long log: for each block of 1024 entries, bits that say which pieces of text do not occur in
 * it, cut into shards. Derived from the entries at leisure; a block without one is looked at itself.
 */
export const logSignatures = pgTable(
  'log_signatures',
  {
    runId: uuid('run_id').notNull(),
    workspaceId: workspaceId(),
    shard: smallint('shard').notNull(),
    block: integer('block').notNull(),
    bits: bytes('bits').notNull(),
  },
  (t) => [
    /** In this order a search reads one shard of all blocks in a row. */
    primaryKey({ columns: [t.runId, t.shard, t.block] }),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
  ],
)
