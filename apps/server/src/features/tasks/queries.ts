import { FINISHED_STATES, type PullRequestObservation, type RunState, type WaitingOn } from '@optio/core'
import {
  and,
  asc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  isNotNull,
  notInArray,
  type SQL,
  sql,
} from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { attempts, events, runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'
import { tasksWithWords } from './word-search.ts'

const order = { createdAt: runs.createdAt, id: runs.id }

/** What the engine keeps for itself and may be large stays out. */
const { nextContext: _, ...columns } = getTableColumns(runs)

/** Characters of a prompt in a summary. */
const SUMMARY_LENGTH = 200

/** Cost, tokens and what else is known of a run's attempts only: sums are exact, because they are numeric. */
function usageOf(db: Queries) {
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

/** Rows with what the attempts add. The lateral join is made for the rows of the page only, not for all that match. */
function selectTasks(db: Queries, { wholePrompts }: { wholePrompts: boolean }) {
  const usage = usageOf(db)
  const prompt = wholePrompts
    ? sql<string>`${runs.prompt}`
    : sql<string>`left(${runs.prompt}, ${SUMMARY_LENGTH})`
  return db
    .select({
      ...columns,
      prompt,
      place: placeColumn(order),
      usage: {
        costUsd: usage.costUsd,
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        sessionId: usage.sessionId,
        modelUsed: usage.modelUsed,
        lastActivityAt: usage.lastActivityAt,
      },
    })
    .from(runs)
    .leftJoinLateral(usage, sql`true`)
}

export interface TaskFilter extends PageRequest {
  readonly states?: readonly RunState[] | undefined
  readonly repoUrl?: string | undefined
  readonly agentType?: string | undefined
  readonly waitingOn?: readonly WaitingOn[] | undefined
  /** Each begins a word of title or prompt; see `tasksWithWords`. */
  readonly words?: string | undefined
  readonly since?: string | undefined
  /** Inclusive to the millisecond, the precision in which times are answered. */
  readonly until?: string | undefined
  readonly createdBy?: string | undefined
  readonly wholePrompts: boolean
  /** Nothing can match. */
  readonly none: boolean
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listTasksQuery(db: Queries, workspaceId: string, filter: TaskFilter) {
  const after = afterCursor(order, filter.cursor)
  const conditions = [
    eq(runs.workspaceId, workspaceId),
    eq(runs.kind, 'repo'),
    filter.states?.length ? inArray(runs.state, [...filter.states]) : undefined,
    filter.repoUrl === undefined ? undefined : eq(runs.repoUrl, filter.repoUrl),
    filter.agentType === undefined ? undefined : eq(runs.agentType, filter.agentType),
    waitsOn(filter.waitingOn),
    filter.createdBy === undefined ? undefined : eq(runs.createdBy, filter.createdBy),
    filter.since === undefined ? undefined : gte(runs.createdAt, sql`${filter.since}::timestamptz`),
    filter.until === undefined
      ? undefined
      : sql`${runs.createdAt} < ${filter.until}::timestamptz + interval '1 millisecond'`,
    filter.none ? sql`false` : undefined,
  ]
  const enough = (filter.offset ?? 0) + filter.limit + 1
  const found = filter.words
    ? sql`${runs.id} = any(${tasksWithWords({ words: filter.words, workspaceId, after, conditions, enough })})`
    : and(...conditions, after)
  return selectTasks(db, filter)
    .where(found)
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

/** For one alone as an equation with a literal: the index of those that wait for a person holds for nothing else. */
function waitsOn(wanted: readonly WaitingOn[] | undefined): SQL | undefined {
  if (!wanted?.length) return undefined
  if (wanted.every((each) => each === 'person')) return sql`${runs.waitingOn} = 'person'`
  return inArray(runs.waitingOn, [...wanted])
}

export async function findTask(db: Queries, { workspaceId, runId }: RunRef): Promise<TaskRow | null> {
  const [row] = await selectTasks(db, { wholePrompts: true }).where(
    and(eq(runs.workspaceId, workspaceId), eq(runs.id, runId), eq(runs.kind, 'repo')),
  )
  return (row as TaskRow | undefined) ?? null
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

export async function findIdsByState(
  db: Queries,
  workspaceId: string,
  states: readonly RunState[],
): Promise<string[]> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.kind, 'repo'), inArray(runs.state, [...states])))
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

/** The attempt an agent may be running for; null when there is none. */
export async function findLiveAttempt(db: Queries, { workspaceId, runId }: RunRef) {
  const [live] = await db
    .select({
      startedAt: attempts.startedAt,
      createdAt: attempts.createdAt,
      lastOutputAt: attempts.lastOutputAt,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.workspaceId, workspaceId),
        eq(attempts.runId, runId),
        inArray(attempts.state, ['starting', 'running']),
      ),
    )
  return live ?? null
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

export async function countByState(db: Queries, workspaceId: string): Promise<Map<RunState, number>> {
  const rows = await db
    .select({ state: runs.state, count: sql<number>`count(*)::int` })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.kind, 'repo')))
    .groupBy(runs.state)
  return new Map(rows.map(({ state, count }) => [state, count]))
}

export async function countWaitingForPerson(db: Queries, workspaceId: string): Promise<number> {
  return await db.$count(
    runs,
    and(eq(runs.workspaceId, workspaceId), eq(runs.kind, 'repo'), sql`${runs.waitingOn} = 'person'`),
  )
}

/** What the forge last said of each open pull request. */
export async function findOpenObservations(
  db: Queries,
  workspaceId: string,
): Promise<(PullRequestObservation | null)[]> {
  const rows = await db
    .select({ observation: runs.observation })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.kind, 'repo'), eq(runs.state, 'pr_opened')))
  return rows.map(({ observation }) => observation)
}
