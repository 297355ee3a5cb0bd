import type { NoAnswerReason } from '@optio/forges'
import { sql } from 'drizzle-orm'
import { foreignKey, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { moment, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'
import { runs } from './runs.ts'

/** Pull requests on a forge that is asked for many at once: when each is looked at next. Of unfinished runs only. */
export const pullRequestWatches = pgTable(
  'pull_request_watches',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: workspaceId(),
    repositoryId: uuid('repository_id').notNull(),
    number: integer('number').notNull(),
    headRef: text('head_ref').notNull(),
    dueAt: moment('due_at').notNull().default(sql`now()`),
    /** Somebody said that it changed: an observation from before then is old. */
    askedAt: moment('asked_at'),
    observedAt: moment('observed_at'),
    /** When the observation last was another one. */
    changedAt: moment('changed_at').notNull().default(sql`now()`),
    /** Looks in a row without an answer, and why there was none the last time. */
    failures: integer('failures').notNull().default(0),
    silence: text('silence').$type<NoAnswerReason>(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }),
    index('pull_request_watches_due').on(t.dueAt),
    index('pull_request_watches_of').on(t.repositoryId, t.number),
    index('pull_request_watches_branch').on(t.repositoryId, t.headRef),
  ],
)

/** Deliveries of a forge's webhooks, each once: a replay finds its id here. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    /** The forge's own id of it. */
    id: text('id').primaryKey(),
    event: text('event').notNull(),
    action: text('action'),
    workspaceId: uuid('workspace_id'),
    repositoryId: uuid('repository_id'),
    /** As the forge names it. */
    repository: text('repository'),
    state: text('state', { enum: ['received', 'done', 'ignored', 'failed'] }).notNull(),
    detail: text('detail'),
    /** What is needed of it until it is done. */
    payload: jsonb('payload').$type<Record<string, unknown>>(),
    receivedAt: moment('received_at').notNull().default(sql`now()`),
    doneAt: moment('done_at'),
  },
  (t) => [
    index('webhook_deliveries_newest').on(t.workspaceId, t.receivedAt.desc(), t.id.desc()),
    index('webhook_deliveries_of_repository').on(t.repositoryId, t.receivedAt.desc(), t.id.desc()),
    index('webhook_deliveries_open').on(t.receivedAt).where(sql`state = 'received'`),
    index('webhook_deliveries_by_age').on(t.receivedAt),
  ],
)
