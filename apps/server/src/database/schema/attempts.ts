import type { AgentFailure, AttemptContext, AttemptOutcome, ForgeFailure, StopReason } from '@optio/core'
import { ATTEMPT_REASONS, ATTEMPT_STATES, STOP_REASONS } from '@optio/core'
import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, moment, usd, workspaceId } from './columns.ts'
import { runs } from './runs.ts'

/**
 * One launch of an agent process inside a run. `generation` is the fence: whoever supervises the attempt writes with it,
 * and a take-over raises it, so that a stale holder's write fails. `processId` is who supervises it now.
 */
export const attempts = pgTable(
  'attempts',
  {
    id: uuid('id').primaryKey(),
    workspaceId: workspaceId(),
    runId: uuid('run_id').notNull(),
    number: integer('number').notNull(),
    reason: text('reason', { enum: ATTEMPT_REASONS }).notNull(),
    purpose: text('purpose', { enum: ['commit'] }),
    context: jsonb('context').$type<AttemptContext>().notNull().default({}),
    state: text('state', { enum: ATTEMPT_STATES }).notNull().default('starting'),
    generation: integer('generation').notNull().default(1),
    processId: uuid('process_id'),
    hostId: text('host_id').notNull(),
    agentType: text('agent_type').notNull(),
    model: text('model'),
    /** Most turns the agent may take, for agents that count them; null for no limit. */
    maxTurns: integer('max_turns'),
    /** The session to go on with, told to the agent; null for a new one. */
    resumeSessionId: text('resume_session_id'),
    /** The session the agent says it has. */
    sessionId: text('session_id'),
    pullRequestHead: text('pull_request_head'),

    /** Bytes of the agent's output that are in the log; moved in the transaction that stores the entries. */
    stdoutOffset: bigint('stdout_offset', { mode: 'number' }).notNull().default(0),
    stderrOffset: bigint('stderr_offset', { mode: 'number' }).notNull().default(0),
    /** State of the adapter's stream parser at `stdoutOffset`. */
    parserState: jsonb('parser_state').$type<unknown>(),
    inputTokens: bigint('input_tokens', { mode: 'number' }).notNull().default(0),
    outputTokens: bigint('output_tokens', { mode: 'number' }).notNull().default(0),
    costUsd: usd('cost_usd').notNull().default('0'),
    costEstimated: boolean('cost_estimated').notNull().default(false),
    modelUsed: text('model_used'),
    resultSummary: text('result_summary'),

    /** People can say something to its agent while it runs. */
    takesMessages: boolean('takes_messages').notNull().default(false),
    /** Nothing more is said to the agent: it was told that its input is at an end. */
    inputClosedAt: moment('input_closed_at'),
    stopRequested: text('stop_requested', { enum: STOP_REASONS }).$type<StopReason>(),
    stopReason: text('stop_reason', { enum: STOP_REASONS }).$type<StopReason>(),
    exitCode: integer('exit_code'),
    environmentFault: boolean('environment_fault').notNull().default(false),
    errorMessage: text('error_message'),
    /** What the agent itself reported as the cause of its failure; or the forge that gave no answer before there was an agent. */
    failure: jsonb('failure').$type<AgentFailure | ForgeFailure>(),
    outcome: jsonb('outcome').$type<AttemptOutcome>(),
    createdAt: createdAt(),
    startedAt: moment('started_at'),
    deadlineAt: moment('deadline_at'),
    lastOutputAt: moment('last_output_at'),
    endedAt: moment('ended_at'),
  },
  (t) => [
    unique('attempts_number_key').on(t.runId, t.number),
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    /** At most one live agent per run, ever. */
    uniqueIndex('attempts_one_live').on(t.runId).where(sql`state in ('starting', 'running')`),
    /** What was spent in a period, read from the index alone. */
    index('attempts_by_end').on(t.workspaceId, t.endedAt, t.runId, t.costUsd),
    index('attempts_live').on(t.hostId, t.processId).where(sql`state in ('starting', 'running')`),
    check('attempts_ended', sql`(${t.state} in ('starting', 'running')) = (${t.endedAt} is null)`),
    check('attempts_usage', sql`${t.inputTokens} >= 0 and ${t.outputTokens} >= 0 and ${t.costUsd} >= 0`),
  ],
)

/** Where the attempts of a run execute: its own directory on one host. Only that host adopts its attempts. */
export const environments = pgTable(
  'environments',
  {
    runId: uuid('run_id').primaryKey(),
    workspaceId: workspaceId(),
    hostId: text('host_id').notNull(),
    /** `setupCommands` have run to the end in this clone. */
    setupDoneAt: moment('setup_done_at'),
    diskBytes: bigint('disk_bytes', { mode: 'number' }),
    lastUsedAt: moment('last_used_at').notNull().default(sql`now()`),
    createdAt: createdAt(),
  },
  (t) => [
    foreignKey({ columns: [t.workspaceId, t.runId], foreignColumns: [runs.workspaceId, runs.id] }).onDelete(
      'cascade',
    ),
    index('environments_by_host').on(t.hostId, t.lastUsedAt),
  ],
)
