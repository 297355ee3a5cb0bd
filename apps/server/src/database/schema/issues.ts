import { sql } from 'drizzle-orm'
import {
  boolean,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from 'drizzle-orm/pg-core'
import { moment, updatedAt, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'

/** Copies of the issues of connected repositories, kept fresh by webhooks and by reading what changed. Never the truth of a task. */
export const issues = pgTable(
  'issues',
  {
    repositoryId: uuid('repository_id').notNull(),
    number: integer('number').notNull(),
    workspaceId: workspaceId(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    state: text('state', { enum: ['open', 'closed'] }).notNull(),
    url: text('url').notNull(),
    labels: jsonb('labels').$type<string[]>().notNull(),
    assignees: jsonb('assignees').$type<string[]>().notNull(),
    isAssigned: boolean('is_assigned').generatedAlwaysAs(sql`jsonb_array_length(assignees) > 0`),
    author: text('author').notNull(),
    commentCount: integer('comment_count').notNull().default(0),
    /** It carries the label that hands it to Optio. */
    hasOptioLabel: boolean('has_optio_label').notNull().default(false),
    /** Optio itself puts the label there: when it appears, it asks for nothing. */
    labelExpected: boolean('label_expected').notNull().default(false),
    /** The label is still to be acted on. */
    labelPending: boolean('label_pending').notNull().default(false),
    /** Why its label did not hand it to Optio, in words. */
    notAssigned: text('not_assigned'),
    /** As the forge says; an older version never replaces a newer one. */
    createdAt: moment('created_at').notNull(),
    updatedAt: moment('updated_at').notNull(),
    seenAt: moment('seen_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.repositoryId, t.number] }),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }).onDelete('cascade'),
    index('issues_shown').on(
      t.workspaceId,
      t.state,
      t.isAssigned,
      t.createdAt.desc(),
      t.repositoryId,
      t.number,
    ),
    index('issues_of_repository_shown').on(
      t.repositoryId,
      t.state,
      t.isAssigned,
      t.createdAt.desc(),
      t.number,
    ),
    index('issues_words').using('gin', sql`words_of(${t.title}, '')`),
    index('issues_label_pending').on(t.repositoryId).where(sql`label_pending`),
  ],
)

/** How far the copy of a repository's issues has come. */
export const issueSyncs = pgTable(
  'issue_syncs',
  {
    repositoryId: uuid('repository_id').primaryKey(),
    workspaceId: workspaceId(),
    /** When it is read again. */
    dueAt: moment('due_at').notNull().default(sql`now()`),
    /** All that changed before then is known; while all are read from the beginning, of those that are open. */
    since: moment('since'),
    /** When the reading from the beginning that is under way began; null when none is. */
    fullSince: moment('full_since').default(sql`now()`),
    /** When the last one that came to its end began; 1970 where another has to follow. */
    fullAt: moment('full_at'),
    etag: text('etag'),
    syncedAt: moment('synced_at'),
    failures: integer('failures').notNull().default(0),
    error: jsonb('error').$type<{ code: string; message: string; retryAt: string | null }>(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }).onDelete('cascade'),
    index('issue_syncs_due').on(t.dueAt),
    index('issue_syncs_of_workspace').on(t.workspaceId),
  ],
)
