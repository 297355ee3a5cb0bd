import type {
  AttemptContext,
  AttentionCode,
  EnvironmentSpec,
  PullRequestObservation,
  ReviewVerdict,
  RunState,
  WaitingOn,
} from '@optio/core'
import { ATTEMPT_REASONS, RUN_KINDS, RUN_STATES, TASK_TYPES } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  boolean,
  check,
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
import { blueprints } from './blueprints.ts'
import { createdAt, moment, updatedAt, usd, workspaceId } from './columns.ts'
import { repositories } from './repositories.ts'

/**
 * One execution of a task: the truth about it. Every change of what `decide` reads raises `version`; the engine writes with
 * compare-and-set on it. Cost and tokens are not here: they are the sums over the run's attempts.
 */
export const runs = pgTable(
  'runs',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    kind: text('kind', { enum: RUN_KINDS }).notNull(),
    state: text('state', { enum: RUN_STATES }).$type<RunState>().notNull(),
    version: integer('version').notNull().default(1),
    title: text('title').notNull(),
    prompt: text('prompt').notNull(),
    description: text('description'),
    repositoryId: uuid('repository_id'),
    repoUrl: text('repo_url'),
    baseRef: text('base_ref'),
    branch: text('branch'),
    agentType: text('agent_type').notNull(),
    model: text('model'),
    priority: integer('priority').notNull().default(100),
    maxRetries: integer('max_retries').notNull().default(3),
    retryCount: integer('retry_count').notNull().default(0),
    autoResumeCount: integer('auto_resume_count').notNull().default(0),
    budgetUsd: usd('budget_usd'),
    metadata: jsonb('metadata').$type<Record<string, unknown>>().notNull().default({}),
    ticketSource: text('ticket_source'),
    ticketExternalId: text('ticket_external_id'),
    ticketUrl: text('ticket_url'),
    /** The issue of its repository it was made of: one unfinished run at most has it. */
    issueNumber: integer('issue_number'),
    /** Names of secrets its agents get besides those their type and its repository name. */
    agentSecrets: jsonb('agent_secrets').$type<string[]>().notNull().default([]),
    createdBy: text('created_by').notNull(),

    /** The saved definition it was made from; always there for a standalone run. */
    blueprintId: uuid('blueprint_id'),
    /** What started it. No reference: it stays true when the trigger is gone. */
    triggerId: uuid('trigger_id'),
    /** What its title and prompt were rendered with. */
    params: jsonb('params').$type<Record<string, unknown>>(),
    /** Whose limit of simultaneous work it counts against: its repository, or the definition of a standalone run. */
    groupId: uuid('group_id').generatedAlwaysAs(sql`coalesce(repository_id, blueprint_id)`),
    /** As its definition said when it was made; for a repo run null: then its repository says. */
    agentCommand: jsonb('agent_command').$type<string[]>(),
    maxTurns: integer('max_turns'),
    environmentSpec: jsonb('environment_spec').$type<EnvironmentSpec>(),

    parentRunId: uuid('parent_run_id'),
    taskType: text('task_type', { enum: TASK_TYPES }).notNull().default('coding'),
    subtaskOrder: integer('subtask_order'),
    blocksParent: boolean('blocks_parent').notNull().default(false),
    /** It is not queued before a person runs it. */
    held: boolean('held').notNull().default(false),

    /** The commits a review reads. */
    reviewHeadSha: text('review_head_sha'),
    reviewBaseSha: text('review_base_sha'),
    /** What a review came to; recorded together with its being shown on the pull request. */
    verdict: jsonb('verdict').$type<ReviewVerdict>(),

    /** What a person asked for and is not done yet. */
    intent: text('intent', { enum: ['cancel', 'redo'] }),
    /** The attempt the run is queued for. */
    nextReason: text('next_reason', { enum: ATTEMPT_REASONS }),
    nextPurpose: text('next_purpose', { enum: ['commit'] }),
    nextContext: jsonb('next_context').$type<AttemptContext>().notNull().default({}),
    /** False when the next attempt starts a new agent session. */
    nextResumesSession: boolean('next_resumes_session').notNull().default(true),
    notBefore: moment('not_before'),
    queuedAt: moment('queued_at'),
    attentionCode: text('attention_code').$type<AttentionCode>(),
    errorMessage: text('error_message'),
    errorCategory: text('error_category'),
    resultSummary: text('result_summary'),

    baseSha: text('base_sha'),
    /** Tip of the agent's work as last collected. */
    headSha: text('head_sha'),
    publishedSha: text('published_sha'),
    prNumber: integer('pr_number'),
    prUrl: text('pr_url'),
    /** What the forge last said, for pages and for the next look; `decide` reads a fresh one where it is cheap. */
    observation: jsonb('observation').$type<PullRequestObservation>(),
    /** When the head of `observation` was first seen. */
    headSeenAt: moment('head_seen_at'),
    observationError: text('observation_error'),
    observationFailures: integer('observation_failures').notNull().default(0),

    /** Why it waits, in words, as of the last decision. */
    explanation: jsonb('explanation').$type<{ reason: string; summary: string; wouldChange: string[] }>(),
    /** Whom or what it waits for, as of the last decision; null once it is finished. */
    waitingOn: text('waiting_on').$type<WaitingOn>(),
    /** The sweep looks again at the latest then; null once finished. */
    nextLookAt: moment('next_look_at').default(sql`now()`),

    createdAt: createdAt(),
    updatedAt: updatedAt(),
    startedAt: moment('started_at'),
    completedAt: moment('completed_at'),
  },
  (t) => [
    unique('runs_workspace_id_key').on(t.workspaceId, t.id),
    foreignKey({
      columns: [t.workspaceId, t.repositoryId],
      foreignColumns: [repositories.workspaceId, repositories.id],
    }),
    foreignKey({
      columns: [t.workspaceId, t.blueprintId],
      foreignColumns: [blueprints.workspaceId, blueprints.id],
    }),
    foreignKey({ columns: [t.workspaceId, t.parentRunId], foreignColumns: [t.workspaceId, t.id] }).onDelete(
      'cascade',
    ),
    check('runs_priority', sql`${t.priority} between 0 and 1000`),
    check('runs_retries', sql`${t.maxRetries} between 0 and 10 and ${t.retryCount} >= 0`),
    check(
      'runs_repository',
      sql`${t.kind} <> 'repo' or (${t.repositoryId} is not null and ${t.branch} is not null)`,
    ),
    check(
      'runs_standalone',
      sql`${t.kind} <> 'standalone' or (${t.blueprintId} is not null and ${t.repositoryId} is null)`,
    ),
    check(
      'runs_review',
      sql`${t.kind} <> 'review' or (${t.repositoryId} is not null and ${t.parentRunId} is not null and ${t.reviewHeadSha} is not null and ${t.reviewBaseSha} is not null)`,
    ),
    check('runs_parent', sql`${t.parentRunId} is null or ${t.taskType} <> 'coding'`),
    check('runs_not_own_parent', sql`${t.parentRunId} <> ${t.id}`),
    check('runs_attention', sql`(${t.state} = 'needs_attention') = (${t.attentionCode} is not null)`),
    check('runs_queued_for', sql`${t.state} <> 'queued' or ${t.nextReason} is not null`),
    index('runs_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()).where(sql`kind = 'repo'`),
    index('runs_of_blueprint')
      .on(t.blueprintId, t.createdAt.desc(), t.id.desc())
      .where(sql`blueprint_id is not null`),
    index('runs_of_parent').on(t.parentRunId, t.createdAt, t.id).where(sql`parent_run_id is not null`),
    /** Of one pull request's head at most one review is made at a time. */
    uniqueIndex('runs_one_review')
      .on(t.parentRunId, t.reviewHeadSha)
      .where(sql`kind = 'review' and state not in ('completed', 'failed', 'cancelled')`),
    index('runs_unfinished_of_trigger')
      .on(t.triggerId)
      .where(sql`trigger_id is not null and state not in ('completed', 'failed', 'cancelled')`),
    /** For filters that few or none may fit: without them all tasks would be walked through to find that out. */
    index('runs_by_agent')
      .on(t.workspaceId, t.agentType, t.createdAt.desc(), t.id.desc())
      .where(sql`kind = 'repo'`),
    index('runs_by_author')
      .on(t.workspaceId, t.createdBy, t.createdAt.desc(), t.id.desc())
      .where(sql`kind = 'repo'`),
    index('runs_waiting')
      .on(t.workspaceId, t.waitingOn, t.createdAt.desc(), t.id.desc())
      .where(sql`waiting_on is not null`),
    uniqueIndex('runs_one_of_issue')
      .on(t.repositoryId, t.issueNumber)
      .where(sql`issue_number is not null and state not in ('completed', 'failed', 'cancelled')`),
    /** The last task of each issue. */
    index('runs_of_issue')
      .on(t.repositoryId, t.issueNumber, t.createdAt.desc())
      .where(sql`issue_number is not null`),
    index('runs_by_state').on(t.workspaceId, t.state, t.createdAt.desc(), t.id.desc()),
    index('runs_by_repository').on(t.repositoryId, t.createdAt.desc(), t.id.desc()),
    /** What sums over many runs ask of each, without its long row. */
    index('runs_sorts').on(t.workspaceId, t.id, t.repoUrl, t.kind),
    index('runs_claimable').on(t.priority, t.queuedAt, t.id).where(sql`state = 'queued'`),
    /** For each process's glance, every second: what could be claimed of one repository or definition, and the end of the next backoff. */
    index('runs_queued_of').on(t.groupId).where(sql`state = 'queued'`),
    index('runs_backing_off').on(t.notBefore).where(sql`state = 'queued' and not_before is not null`),
    index('runs_waiting_for_person')
      .on(t.workspaceId, t.createdAt.desc(), t.id.desc())
      .where(sql`waiting_on = 'person'`),
    index('runs_to_look_at').on(t.nextLookAt).where(sql`state not in ('completed', 'failed', 'cancelled')`),
  ],
)

/**
 * A run waits for another run. The other is no foreign key: when it is deleted the row stays, as a dependency that was cancelled
 * (a trigger of the database puts down its title), and whoever waited for it is judged by that.
 */
export const runDependencies = pgTable(
  'run_dependencies',
  {
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    dependsOnId: uuid('depends_on_id').notNull(),
    deletedTitle: text('deleted_title'),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.dependsOnId] }),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('run_dependencies_dependents').on(t.dependsOnId),
    check('run_dependencies_not_self', sql`${t.runId} <> ${t.dependsOnId}`),
  ],
)
