import { FINISHED_STATES, type RunState } from '@optio/core'
import { and, asc, eq, gt, inArray, isNotNull, notInArray, type SQL, sql } from 'drizzle-orm'
import type { Database, Queries } from '../../database/connection.ts'
import { isoTime, isoTimeOf } from '../../database/iso-time.ts'
import { attempts, events, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'

/** Characters of a prompt in a summary, and of what the agent said at its end. */
const SUMMARY_LENGTH = 200
const RESULT_LENGTH = 2_000
/** Bytes of parameters in a summary: a webhook may send a mebibyte of them. */
const PARAMS_BYTES = 16_384

/** Cost, tokens and what else is known of a run's attempts only: sums are exact, because they are numeric. */
export function usageOf(db: Queries) {
  return db
    .select({
      costUsd: sql<string>`coalesce(sum(${attempts.costUsd}), 0)::text`.as('usage_cost'),
      inputTokens: sql<number>`coalesce(sum(${attempts.inputTokens}), 0)::bigint`.as('usage_input'),
      outputTokens: sql<number>`coalesce(sum(${attempts.outputTokens}), 0)::bigint`.as('usage_output'),
      sessionId: lastKnown(attempts.sessionId).as('usage_session'),
      modelUsed: lastKnown(attempts.modelUsed).as('usage_model'),
      lastActivityAt: sql`max(greatest(${attempts.startedAt}, ${attempts.lastOutputAt}, ${attempts.endedAt}))`
        .mapWith(isoTimeOf)
        .as('usage_activity') as SQL.Aliased<string | null>,
    })
    .from(attempts)
    .where(eq(attempts.runId, runs.id))
    .as('usage')
}

function lastKnown(column: typeof attempts.sessionId | typeof attempts.modelUsed): SQL<string | null> {
  return sql<
    string | null
  >`(array_agg(${column} order by ${attempts.number} desc) filter (where ${column} is not null))[1]`
}

export function usageColumns(usage: ReturnType<typeof usageOf>) {
  const { costUsd, inputTokens, outputTokens, sessionId, modelUsed, lastActivityAt } = usage
  return { costUsd, inputTokens, outputTokens, sessionId, modelUsed, lastActivityAt }
}

/** What a task is shown with; what only the engine reads stays out. */
const shown = {
  id: runs.id,
  workspaceId: runs.workspaceId,
  kind: runs.kind,
  state: runs.state,
  title: runs.title,
  prompt: runs.prompt,
  description: runs.description,
  repositoryId: runs.repositoryId,
  repoUrl: runs.repoUrl,
  baseRef: runs.baseRef,
  branch: runs.branch,
  agentType: runs.agentType,
  model: runs.model,
  priority: runs.priority,
  maxRetries: runs.maxRetries,
  retryCount: runs.retryCount,
  budgetUsd: runs.budgetUsd,
  metadata: runs.metadata,
  ticketSource: runs.ticketSource,
  ticketExternalId: runs.ticketExternalId,
  ticketUrl: runs.ticketUrl,
  createdBy: runs.createdBy,
  blueprintId: runs.blueprintId,
  triggerId: runs.triggerId,
  params: runs.params,
  maxTurns: runs.maxTurns,
  agentSecrets: runs.agentSecrets,
  parentRunId: runs.parentRunId,
  taskType: runs.taskType,
  subtaskOrder: runs.subtaskOrder,
  blocksParent: runs.blocksParent,
  held: runs.held,
  reviewHeadSha: runs.reviewHeadSha,
  verdict: runs.verdict,
  attentionCode: runs.attentionCode,
  errorMessage: runs.errorMessage,
  errorCategory: runs.errorCategory,
  resultSummary: runs.resultSummary,
  baseSha: runs.baseSha,
  headSha: runs.headSha,
  prNumber: runs.prNumber,
  prUrl: runs.prUrl,
  observation: runs.observation,
  waitingOn: runs.waitingOn,
  createdAt: isoTime(runs.createdAt),
  updatedAt: isoTime(runs.updatedAt),
  startedAt: isoTime(runs.startedAt),
  completedAt: isoTime(runs.completedAt),
}

type Run = typeof runs.$inferSelect
type Moment<T> = T extends Date ? T | string : T

/** Moments are dates, or texts as they are answered. */
export type TaskRow = { readonly [K in keyof typeof shown]: Moment<Run[K]> } & {
  readonly usage: {
    readonly costUsd: string
    readonly inputTokens: number
    readonly outputTokens: number
    readonly sessionId: string | null
    readonly modelUsed: string | null
    readonly lastActivityAt: string | null
  }
}

const shortened = {
  prompt: sql<string>`left(${runs.prompt}, ${sql.raw(String(SUMMARY_LENGTH))})`,
  resultSummary: sql<string | null>`left(${runs.resultSummary}, ${sql.raw(String(RESULT_LENGTH))})`,
  params: sql<Record<string, unknown> | null>`
    case when pg_column_size(${runs.params}) <= ${sql.raw(String(PARAMS_BYTES))} then ${runs.params} end`,
}

/** Rows of tasks, by their ids, with what the attempts add. Planned once for each connection, whatever list they are of. */
export function createTaskRows(
  orm: Database['orm'],
): (workspaceId: string, ids: readonly string[], isSummary: boolean) => Promise<TaskRow[]> {
  const prepared = (
    name: string,
    columns: typeof shown | (Omit<typeof shown, keyof typeof shortened> & typeof shortened),
  ) => {
    const usage = usageOf(orm)
    return orm
      .select({ ...columns, usage: usageColumns(usage) })
      .from(runs)
      .leftJoinLateral(usage, sql`true`)
      .where(
        sql`${runs.id} = any(${sql.placeholder('ids')}::uuid[]) and ${runs.workspaceId} = ${sql.placeholder('workspaceId')}`,
      )
      .prepare(name)
  }
  const whole = prepared('whole_tasks', shown)
  const summaries = prepared('task_summaries', { ...shown, ...shortened })
  return async (workspaceId, ids, isSummary) => {
    if (ids.length === 0) return []
    return (await (isSummary ? summaries : whole).execute({ workspaceId, ids })) as TaskRow[]
  }
}

/** Of some tasks of the workspace only what they are in; ids it does not have are missing. */
export async function findStates(
  db: Queries,
  workspaceId: string,
  ids: readonly string[],
): Promise<{ id: string; state: RunState; priority: number }[]> {
  if (ids.length === 0) return []
  return await db
    .select({ id: runs.id, state: runs.state, priority: runs.priority })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), inArray(runs.id, [...ids])))
}

/** Runs of every kind, the oldest first. */
export async function findIdsByState(
  db: Queries,
  workspaceId: string,
  states: readonly RunState[],
): Promise<string[]> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), inArray(runs.state, [...states])))
    .orderBy(asc(runs.createdAt), asc(runs.id))
  return rows.map(({ id }) => id)
}

export async function findUnfinishedIds(
  db: Queries,
  workspaceId: string,
  repositoryId: string,
): Promise<string[]> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(
      and(
        eq(runs.workspaceId, workspaceId),
        eq(runs.repositoryId, repositoryId),
        notInArray(runs.state, [...FINISHED_STATES]),
      ),
    )
  return rows.map(({ id }) => id)
}

export async function findAttempts(db: Queries, { workspaceId, runId }: RunRef) {
  return await db
    .select({
      id: attempts.id,
      number: attempts.number,
      reason: attempts.reason,
      agentType: attempts.agentType,
      model: attempts.model,
      modelUsed: attempts.modelUsed,
      state: attempts.state,
      sessionId: attempts.sessionId,
      exitCode: attempts.exitCode,
      costUsd: attempts.costUsd,
      costEstimated: attempts.costEstimated,
      inputTokens: attempts.inputTokens,
      outputTokens: attempts.outputTokens,
      errorMessage: attempts.errorMessage,
      failure: attempts.failure,
      startedAt: isoTime(attempts.startedAt),
      endedAt: isoTime(attempts.endedAt),
    })
    .from(attempts)
    .where(and(eq(attempts.workspaceId, workspaceId), eq(attempts.runId, runId)))
    .orderBy(asc(attempts.number))
}

export type AttemptRow = Awaited<ReturnType<typeof findAttempts>>[number]

/** The steps of a run's history in the order they were taken, after the one with the id `after`; one more than `limit`, if there is one. */
export async function findTransitions(
  db: Queries,
  { workspaceId, runId }: RunRef,
  page: { limit: number; offset?: number | undefined; after: number },
) {
  return await db
    .select({
      id: events.id,
      fromState: events.fromState,
      toState: events.toState,
      trigger: events.trigger,
      message: events.message,
      actor: events.actor,
      createdAt: isoTime(events.createdAt),
    })
    .from(events)
    .where(
      and(
        eq(events.workspaceId, workspaceId),
        eq(events.runId, runId),
        isNotNull(events.toState),
        gt(events.id, page.after),
      ),
    )
    .orderBy(asc(events.id))
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

export type TransitionRow = Awaited<ReturnType<typeof findTransitions>>[number]
