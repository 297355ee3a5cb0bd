import { REQUESTS_FROM } from '@optio/contract'
import { REVIEW_TRIGGERS } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, moment, updatedAt, usd, workspaceId } from './columns.ts'
import { workspaces } from './workspaces.ts'

/**
 * A connected repository and its settings. Disconnecting keeps the row (`disconnectedAt`), because finished runs and pull
 * requests speak of it; connecting the same repository again revives it.
 */
export const repositories = pgTable(
  'repositories',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    repoUrl: text('repo_url').notNull(),
    gitPlatform: text('git_platform', { enum: ['local', 'github', 'gitlab'] }).notNull(),
    fullName: text('full_name').notNull(),
    defaultBranch: text('default_branch').notNull(),
    /** The forge's own number of it, whatever it is called and whoever owns it; null for local ones, and until it is known. */
    forgeId: bigint('forge_id', { mode: 'number' }),
    isPrivate: boolean('is_private').notNull().default(true),
    defaultAgentType: text('default_agent_type').notNull().default('command'),
    agentCommand: jsonb('agent_command').$type<string[]>(),
    model: text('model'),
    maxTurnsCoding: integer('max_turns_coding'),
    setupCommands: text('setup_commands'),
    testCommand: text('test_command'),
    autoMerge: boolean('auto_merge').notNull().default(false),
    mergeMethod: text('merge_method', { enum: ['squash', 'merge', 'rebase'] })
      .notNull()
      .default('squash'),
    cautiousMode: boolean('cautious_mode').notNull().default(false),
    autoResume: boolean('auto_resume').notNull().default(true),
    maxAutoResumes: integer('max_auto_resumes').notNull().default(10),
    maxConcurrentTasks: integer('max_concurrent_tasks').notNull().default(2),
    stallThresholdMs: integer('stall_threshold_ms').notNull().default(300_000),
    maxAttemptMs: integer('max_attempt_ms').notNull().default(7_200_000),
    budgetUsd: usd('budget_usd'),
    /** Template used instead of the one for coding that holds for all. */
    promptTemplateOverride: text('prompt_template_override'),
    reviewEnabled: boolean('review_enabled').notNull().default(false),
    reviewTrigger: text('review_trigger', { enum: REVIEW_TRIGGERS }).notNull().default('manual'),
    /** Null for the repository's default agent. */
    reviewAgentType: text('review_agent_type'),
    reviewModel: text('review_model'),
    reviewPromptTemplate: text('review_prompt_template'),
    maxTurnsReview: integer('max_turns_review'),
    /** Reviews of one pull request that Optio starts by itself before it asks a person. */
    maxReviewRounds: integer('max_review_rounds').notNull().default(3),
    /** What becomes of a task when one it depends on fails or is cancelled. */
    onDependencyFailure: text('on_dependency_failure', { enum: ['fail', 'wait'] })
      .notNull()
      .default('fail'),
    deleteBranchOnMerge: boolean('delete_branch_on_merge').notNull().default(true),
    /** The pull request of a task that is cancelled is closed. */
    closeOnCancel: boolean('close_on_cancel').notNull().default(true),
    closeIssueOnMerge: boolean('close_issue_on_merge').notNull().default(true),
    /** Who may cause work by a label, a review or a comment on the forge. */
    requestsFrom: text('requests_from', { enum: REQUESTS_FROM }).notNull().default('writers'),
    /** Names of secrets its agents get besides those their type needs. */
    agentSecrets: jsonb('agent_secrets').$type<string[]>().notNull().default([]),
    /** The webhook Optio registered there. */
    webhookId: bigint('webhook_id', { mode: 'number' }),
    webhookUrl: text('webhook_url'),
    /** When a delivery last came; while they come, what is quiet is asked for less often. */
    webhookSeenAt: moment('webhook_seen_at'),
    /** The next pull-request number of a local repository. */
    nextPullRequestNumber: integer('next_pull_request_number').notNull().default(1),
    disconnectedAt: moment('disconnected_at'),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId], foreignColumns: [workspaces.id] }),
    unique('repositories_workspace_id_key').on(t.workspaceId, t.id),
    unique('repositories_url_key').on(t.workspaceId, t.repoUrl),
    /** Of each server: the third part of an address is its host. */
    uniqueIndex('repositories_forge_id')
      .on(t.workspaceId, sql`split_part(repo_url, '/', 3)`, t.forgeId)
      .where(sql`forge_id is not null and disconnected_at is null`),
    check(
      'repositories_turns',
      sql`${t.maxTurnsCoding} between 1 and 10000 and ${t.maxTurnsReview} between 1 and 10000`,
    ),
    check('repositories_review_rounds', sql`${t.maxReviewRounds} between 1 and 100`),
    check(
      'repositories_limits',
      sql`${t.maxConcurrentTasks} >= 1 and ${t.maxAutoResumes} >= 0 and ${t.maxAttemptMs} > 0`,
    ),
  ],
)

export type RepositoryRow = typeof repositories.$inferSelect
