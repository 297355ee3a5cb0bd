import type { RunState, WaitingOn } from '@optio/core'
import { and, eq, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Queries } from '../../database/connection.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import { blueprints, runs, runWords } from '../../database/schema/index.ts'
import { type BlueprintFilter, blueprintConditions } from '../blueprints/conditions.ts'
import { afterCursor, newestFirst, placeColumn } from '../newest-first.ts'
import { tasksWithWords } from './word-search.ts'

const order = { createdAt: runs.createdAt, id: runs.id }
/** Words are of those runs that work on a repository. */
const orderOfWords = { createdAt: runWords.createdAt, id: runWords.runId }

/** The same as they are selected, whatever is called `runs`. */
const selected = {
  createdAt: sql<Date>`${runs.createdAt}`.mapWith(runs.createdAt).as('created_at'),
  id: sql<string>`${runs.id}`.as('id'),
}

export interface TaskFilter extends Omit<BlueprintFilter, 'kind'> {
  readonly states?: readonly RunState[] | undefined
  readonly waitingOn?: readonly WaitingOn[] | undefined
  /** Subtasks of this one, reviews among them. */
  readonly parentTaskId?: string | undefined
  /** Runs of this definition, of whatever kind they are. */
  readonly blueprintId?: string | undefined
  /** Runs of every kind, not only those that work on a repository. */
  readonly everyKind?: boolean
  readonly wholePrompts: boolean
}

/**
 * Which tasks they are; one more than `limit`, if there is one. Not run yet, so that a test can have it explained. Their places are worked
 * out when it is known which they are: what is selected is computed of those that an offset passes over, too.
 */
export function listTasksQuery(db: Queries, workspaceId: string, filter: TaskFilter) {
  const { source, where } = matchingRuns(workspaceId, filter)
  const page = db
    .select(selected)
    .from(source)
    .where(where)
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
    .as('page')
  return db
    .select({ id: page.id, place: placeColumn(page) })
    .from(page)
    .orderBy(...newestFirst(page))
}

/**
 * Runs and definitions as one list: only what they are, since their rows have nothing else in common. Each of both is read in its own
 * index as far as the page may need it.
 */
export function listAllQuery(db: Queries, workspaceId: string, filter: TaskFilter) {
  const definitions = { createdAt: blueprints.createdAt, id: blueprints.id }
  const enough = enoughOf(filter)
  const { source, where } = matchingRuns(workspaceId, filter)
  const ofRuns = db
    .select({ ...selected, isDefinition: sql<boolean>`false`.as('is_definition') })
    .from(source)
    .where(where)
    .orderBy(...newestFirst(order))
    .limit(enough)
  const ofDefinitions = db
    .select({
      createdAt: sql<Date>`${blueprints.createdAt}`.mapWith(blueprints.createdAt).as('created_at'),
      id: sql<string>`${blueprints.id}`.as('id'),
      isDefinition: sql<boolean>`true`.as('is_definition'),
    })
    .from(blueprints)
    .where(blueprintConditions(workspaceId, filter))
    .orderBy(...newestFirst(definitions))
    .limit(enough)
  const page = unionAll(ofRuns, ofDefinitions)
    .orderBy(sql`created_at desc nulls last`, sql`id desc nulls last`)
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
    .as('page')
  return db
    .select({ id: page.id, place: placeColumn(page), isDefinition: page.isDefinition })
    .from(page)
    .orderBy(...newestFirst(page))
}

function enoughOf({ offset, limit }: TaskFilter): number {
  return (offset ?? 0) + limit + 1
}

/** All that match, or with words enough of the newest; either is called `runs`. */
function matchingRuns(workspaceId: string, filter: TaskFilter): { source: SQL; where: SQL | undefined } {
  const after = afterCursor(order, filter.cursor)
  const scope = scopeOf(workspaceId, filter)
  const conditions = [
    filter.states?.length ? inArray(runs.state, [...filter.states]) : undefined,
    filter.repositoryId === undefined ? undefined : eq(runs.repositoryId, filter.repositoryId),
    filter.agentType === undefined ? undefined : eq(runs.agentType, filter.agentType),
    waitsOn(filter.waitingOn),
    filter.createdBy === undefined ? undefined : eq(runs.createdBy, filter.createdBy),
    filter.since === undefined ? undefined : gte(runs.createdAt, sql`${filter.since}::timestamptz`),
    filter.until === undefined
      ? undefined
      : sql`${runs.createdAt} < ${filter.until}::timestamptz + interval '1 millisecond'`,
    filter.none ? sql`false` : undefined,
  ]
  const isAll = isAnyRepoTask(filter) && conditions.every((condition) => condition === undefined)
  if (!filter.words) {
    return { source: sql`${runs} ${isAll ? plannedOnce : sql``}`, where: and(scope, ...conditions, after) }
  }
  const search = {
    ...{ words: filter.words, scope, after, conditions, enough: enoughOf(filter) },
    amongWords: isAll
      ? and(eq(runWords.workspaceId, workspaceId), afterCursor(orderOfWords, filter.cursor))
      : undefined,
  }
  return { source: sql`(${tasksWithWords(search)}) runs`, where: undefined }
}

/**
 * Whose runs: of a parent or of a definition all of them, else those that work on a repository. Each has its index. The kind is not
 * asked for where another index is meant: there are at most as many rows as that one has.
 */
function scopeOf(workspaceId: string, filter: TaskFilter): SQL | undefined {
  const { parentTaskId, blueprintId } = filter
  return and(
    eq(runs.workspaceId, workspaceId),
    isAnyRepoTask(filter) ? sql`${runs.kind} = 'repo'` : undefined,
    parentTaskId === undefined ? undefined : eq(runs.parentRunId, parentTaskId),
    blueprintId === undefined ? undefined : eq(runs.blueprintId, blueprintId),
  )
}

function isAnyRepoTask({ parentTaskId, blueprintId, everyKind }: TaskFilter): boolean {
  return parentTaskId === undefined && blueprintId === undefined && !everyKind
}

/** For one alone as an equation with a literal: the index of those that wait for a person holds for nothing else. */
function waitsOn(wanted: readonly WaitingOn[] | undefined): SQL | undefined {
  if (!wanted?.length) return undefined
  if (wanted.every((each) => each === 'person')) return sql`${runs.waitingOn} = 'person'`
  return inArray(runs.waitingOn, [...wanted])
}
