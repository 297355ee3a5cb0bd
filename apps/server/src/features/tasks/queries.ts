import { FINISHED_STATES, type RunState } from '@optio/core'
import { and, asc, eq, getTableColumns, gt, inArray, isNotNull, notInArray, type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { attempts, events, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { placeColumn } from '../newest-first.ts'

const order = { createdAt: runs.createdAt, id: runs.id }

/** What the engine keeps for itself and may be large stays out. */
const { nextContext: _, ...columns } = getTableColumns(runs)

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
        .mapWith(attempts.lastOutputAt)
        .as('usage_activity') as SQL.Aliased<Date | null>,
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

export type TaskRow = Omit<typeof runs.$inferSelect, 'nextContext'> & {
  readonly usage: {
    readonly costUsd: string
    readonly inputTokens: number
    readonly outputTokens: number
    readonly sessionId: string | null
    readonly modelUsed: string | null
    readonly lastActivityAt: Date | null
  }
}

const shortened = {
  prompt: sql<string>`left(${runs.prompt}, ${SUMMARY_LENGTH})`,
  resultSummary: sql<string | null>`left(${runs.resultSummary}, ${RESULT_LENGTH})`,
  params: sql<Record<string, unknown> | null>`
    case when pg_column_size(${runs.params}) <= ${PARAMS_BYTES} then ${runs.params} end`,
}

/** Rows with what the attempts add. The lateral join is made for the rows of the page only, not for all that match. */
export function selectTasks(db: Queries, { wholePrompts }: { wholePrompts: boolean }) {
  const usage = usageOf(db)
  return db
    .select({
      ...columns,
      ...(wholePrompts ? {} : shortened),
      place: placeColumn(order),
      usage: usageColumns(usage),
    })
    .from(runs)
    .leftJoinLateral(usage, sql`true`)
}

/** In any order; those that are gone are missing. */
export async function findTasks(
  db: Queries,
  workspaceId: string,
  ids: readonly string[],
  options: { readonly wholePrompts: boolean },
): Promise<TaskRow[]> {
  if (ids.length === 0) return []
  return (await selectTasks(db, options).where(
    and(eq(runs.workspaceId, workspaceId), inArray(runs.id, [...ids])),
  )) as TaskRow[]
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
    .select()
    .from(attempts)
    .where(and(eq(attempts.workspaceId, workspaceId), eq(attempts.runId, runId)))
    .orderBy(asc(attempts.number))
}

/** The steps of a run's history in the order they were taken, after the one with the id `after`; one more than `limit`, if there is one. */
export async function findTransitions(
  db: Queries,
  { workspaceId, runId }: RunRef,
  page: { limit: number; offset?: number | undefined; after: number },
) {
  return await db
    .select()
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
