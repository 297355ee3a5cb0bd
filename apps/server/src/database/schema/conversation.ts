import { sql } from 'drizzle-orm'
import { check, foreignKey, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt, moment, updatedAt, workspaceId } from './columns.ts'
import { runs } from './runs.ts'

/** What people say to each other about a task. */
export const taskComments = pgTable(
  'task_comments',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    author: text('author').notNull(),
    content: text('content').notNull(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('task_comments_of_run').on(t.runId, t.createdAt, t.id),
  ],
)

/** What a person says to an agent that runs. Delivered once, in the order of `number`, by whoever supervises the attempt. */
export const taskMessages = pgTable(
  'task_messages',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    attemptId: uuid('attempt_id').notNull(),
    /** 1, 2, … in its attempt. */
    number: integer('number').notNull(),
    author: text('author').notNull(),
    content: text('content').notNull(),
    mode: text('mode', { enum: ['soft', 'interrupt'] }).notNull(),
    /** `undelivered`: the agent ended first. */
    state: text('state', { enum: ['pending', 'delivered', 'undelivered'] })
      .notNull()
      .default('pending'),
    createdAt: createdAt(),
    deliveredAt: moment('delivered_at'),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('task_messages_of_run').on(t.runId, t.createdAt, t.id),
    index('task_messages_pending').on(t.attemptId, t.number).where(sql`state = 'pending'`),
    check('task_messages_delivered', sql`(${t.state} = 'delivered') = (${t.deliveredAt} is not null)`),
  ],
)
