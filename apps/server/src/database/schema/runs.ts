import type { AttemptContext, AttentionCode, PullRequestObservation, RunState, WaitingOn } from '@optio/core'
import { ATTEMPT_REASONS, RUN_STATES } from '@optio/core'
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
  uuid,
} from 'drizzle-orm/pg-core'
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
    kind: text('kind', { enum: ['repo', 'standalone', 'review'] }).notNull(),
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
    createdBy: text('created_by').notNull(),

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
    check('runs_priority', sql`${t.priority} between 0 and 1000`),
    check('runs_retries', sql`${t.maxRetries} between 0 and 10 and ${t.retryCount} >= 0`),
    check(
      'runs_repository',
      sql`${t.kind} <> 'repo' or (${t.repositoryId} is not null and ${t.branch} is not null)`,
    ),
    check('runs_attention', sql`(${t.state} = 'needs_attention') = (${t.attentionCode} is not null)`),
    check('runs_queued_for', sql`${t.state} <> 'queued' or ${t.nextReason} is not null`),
    index('runs_newest').on(t.workspaceId, t.createdAt.desc(), t.id.desc()),
    index('runs_by_state').on(t.workspaceId, t.state, t.createdAt.desc(), t.id.desc()),
    index('runs_by_repository').on(t.repositoryId, t.createdAt.desc(), t.id.desc()),
    /** What sums over many runs ask of each, without its long row. */
    index('runs_sorts').on(t.workspaceId, t.id, t.repoUrl, t.kind),
    index('runs_claimable').on(t.priority, t.queuedAt, t.id).where(sql`state = 'queued'`),
    /** For each process's glance, every second: what could be claimed of one repository, and the end of the next backoff. */
    index('runs_queued_of').on(t.repositoryId).where(sql`state = 'queued'`),
    index('runs_backing_off').on(t.notBefore).where(sql`state = 'queued' and not_before is not null`),
    index('runs_waiting_for_person')
      .on(t.workspaceId, t.createdAt.desc(), t.id.desc())
      .where(sql`waiting_on = 'person'`),
    index('runs_to_look_at').on(t.nextLookAt).where(sql`state not in ('completed', 'failed', 'cancelled')`),
  ],
)

/** A run waits for another run. */
export const runDependencies = pgTable(
  'run_dependencies',
  {
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    dependsOnId: uuid('depends_on_id').notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.dependsOnId] }),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    foreignKey({
      columns: [t.workspaceId, t.dependsOnId],
      foreignColumns: [runs.workspaceId, runs.id],
    }).onDelete('cascade'),
    index('run_dependencies_dependents').on(t.dependsOnId),
    check('run_dependencies_not_self', sql`${t.runId} <> ${t.dependsOnId}`),
  ],
)
