import type { ReviewComment } from '@optio/core'
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
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, moment, updatedAt, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'
import { runs } from './runs.ts'

/** Pull requests of local repositories: nobody else would keep them. */
export const pullRequests = pgTable(
  'pull_requests',
  {
    repositoryId: uuid('repository_id').notNull(),
    number: integer('number').notNull(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    title: text('title').notNull(),
    body: text('body').notNull(),
    state: text('state', { enum: ['open', 'merged', 'closed'] })
      .notNull()
      .default('open'),
    draft: boolean('draft').notNull().default(false),
    headRef: text('head_ref').notNull(),
    headSha: text('head_sha').notNull(),
    baseRef: text('base_ref').notNull(),
    baseSha: text('base_sha').notNull(),
    mergedSha: text('merged_sha'),
    /** Recorded before the push that merges, so that a repetition after a crash knows what happened. */
    mergingSha: text('merging_sha'),
    closedBy: text('closed_by'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.repositoryId, t.number] }),
    unique('pull_requests_workspace_key').on(t.workspaceId, t.repositoryId, t.number),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    uniqueIndex('pull_requests_one_open').on(t.repositoryId, t.headRef).where(sql`state = 'open'`),
    index('pull_requests_of_run').on(t.runId),
  ],
)

/**
 * One run of a repository's `testCommand` on the merge of one head and one base. It is a supervised process like an attempt,
 * takes a slot, and has the same fence.
 */
export const checkRuns = pgTable(
  'check_runs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    repositoryId: uuid('repository_id').notNull(),
    prNumber: integer('pr_number').notNull(),
    name: text('name').notNull(),
    headSha: text('head_sha').notNull(),
    baseSha: text('base_sha').notNull(),
    status: text('status', { enum: ['queued', 'running', 'completed'] })
      .notNull()
      .default('queued'),
    conclusion: text('conclusion', { enum: ['success', 'failure', 'timed_out', 'cancelled', 'error'] }),
    summary: text('summary').notNull().default(''),
    log: text('log'),
    /** Times it was lost to a fault of the machine and started again. */
    restarts: integer('restarts').notNull().default(0),
    hostId: text('host_id'),
    processId: uuid('process_id'),
    generation: integer('generation').notNull().default(1),
    stopRequested: boolean('stop_requested').notNull().default(false),
    createdAt: createdAt(),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
  },
  (t) => [
    unique('check_runs_key').on(t.runId, t.prNumber, t.name, t.headSha, t.baseSha),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId, t.prNumber],
      foreignColumns: [pullRequests.workspaceId, pullRequests.repositoryId, pullRequests.number],
    }).onDelete('cascade'),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('check_runs_open').on(t.status, t.hostId).where(sql`status in ('queued', 'running')`),
    index('check_runs_of_pull_request').on(t.repositoryId, t.prNumber),
  ],
)

export const pullRequestReviews = pgTable(
  'pull_request_reviews',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    repositoryId: uuid('repository_id').notNull(),
    prNumber: integer('pr_number').notNull(),
    author: text('author').notNull(),
    state: text('state', { enum: ['approved', 'changes_requested', 'commented'] }).notNull(),
    body: text('body').notNull(),
    headSha: text('head_sha').notNull(),
    comments: jsonb('comments').$type<ReviewComment[]>().notNull().default([]),
    submittedAt: moment('submitted_at').notNull().default(sql`now()`),
  },
  (t) => [
    foreignKey({
      columns: [t.workspaceId, t.repositoryId, t.prNumber],
      foreignColumns: [pullRequests.workspaceId, pullRequests.repositoryId, pullRequests.number],
    }).onDelete('cascade'),
    index('pull_request_reviews_of').on(t.repositoryId, t.prNumber, t.submittedAt),
  ],
)
