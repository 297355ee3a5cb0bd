import type { RunState, WaitingOn } from '@optio/core'
import { and, eq, gte, inArray, type SQL, sql } from 'drizzle-orm'
import { unionAll } from 'drizzle-orm/pg-core'
import type { Database, Queries } from '../../database/connection.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import { blueprints, runs, runWords } from '../../database/schema/index.ts'
import { type BlueprintFilter, blueprintConditions } from '../blueprints/conditions.ts'
import { type ListTerms, placesFor, termsOf, valuesFor } from '../list-terms.ts'
import { afterPlace, newestFirst, placeColumn } from '../newest-first.ts'
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

/** What narrows a list, wherever its page begins and however long it is. */
type Narrowing = Omit<TaskFilter, 'limit' | 'offset' | 'cursor' | 'words' | 'wholePrompts'>

/** A task of a list: which it is, and where in the list. */
export interface ListedTask {
  readonly id: string
  readonly place: number
}

/** Reads which tasks are in a list. What is asked for again and again, and narrowed by nothing but words, is built only once. */
export function createListQueries(orm: Database['orm']) {
  return {
    runs: usuallyBuiltOnce(orm, 'runs', tasksQuery),
    all: usuallyBuiltOnce(orm, 'all', everythingQuery),
  }
}

function usuallyBuiltOnce<T extends ListedTask>(
  orm: Database['orm'],
  name: string,
  build: (db: Queries, terms: ListTerms, narrowing: Narrowing) => PromiseLike<T[]> & Preparable<T>,
): (workspaceId: string, filter: TaskFilter) => Promise<T[]> {
  const built = new Map<string, ReturnType<Preparable<T>['prepare']>>()
  return async (workspaceId, filter) => {
    const terms = termsOf(workspaceId, filter)
    if (isNarrowed(filter)) return await build(orm, terms, filter)
    const form = `${name}${terms.words === undefined ? '' : '_words'}${terms.after === undefined ? '' : '_after'}`
    let statement = built.get(form)
    if (statement === undefined) {
      statement = build(orm, placesFor(terms), NOT_NARROWED).prepare(`list_${form}`)
      built.set(form, statement)
    }
    return await statement.execute(valuesFor(terms))
  }
}

interface Preparable<T> {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<T[]> }
}

/** The same, not run yet: for tests, which have it explained. */
export function listTasksQuery(db: Queries, workspaceId: string, filter: TaskFilter) {
  return tasksQuery(db, termsOf(workspaceId, filter), filter)
}

/** The same, not run yet: for tests, which have it explained. */
export function listAllQuery(db: Queries, workspaceId: string, filter: TaskFilter) {
  return everythingQuery(db, termsOf(workspaceId, filter), filter)
}

/**
 * Which tasks they are; one more than `limit`, if there is one. Their places are worked out when it is known which they are: what is
 * selected is computed of those that an offset passes over, too.
 */
function tasksQuery(db: Queries, terms: ListTerms, narrowing: Narrowing) {
  const { source, where } = matchingRuns(terms, narrowing)
  const page = db
    .select(selected)
    .from(source)
    .where(where)
    .orderBy(...newestFirst(order))
    .limit(terms.rows)
    .offset(terms.offset)
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
function everythingQuery(db: Queries, terms: ListTerms, narrowing: Narrowing) {
  const definitions = { createdAt: blueprints.createdAt, id: blueprints.id }
  const { source, where } = matchingRuns(terms, narrowing)
  const ofRuns = db
    .select({ ...selected, isDefinition: sql<boolean>`false`.as('is_definition') })
    .from(source)
    .where(where)
    .orderBy(...newestFirst(order))
    .limit(terms.enough)
  const ofDefinitions = db
    .select({
      createdAt: sql<Date>`${blueprints.createdAt}`.mapWith(blueprints.createdAt).as('created_at'),
      id: sql<string>`${blueprints.id}`.as('id'),
      isDefinition: sql<boolean>`true`.as('is_definition'),
    })
    .from(blueprints)
    .where(blueprintConditions(terms, narrowing))
    .orderBy(...newestFirst(definitions))
    .limit(terms.enough)
  const page = unionAll(ofRuns, ofDefinitions)
    .orderBy(sql`created_at desc nulls last`, sql`id desc nulls last`)
    .limit(terms.rows)
    .offset(terms.offset)
    .as('page')
  return db
    .select({ id: page.id, place: placeColumn(page), isDefinition: page.isDefinition })
    .from(page)
    .orderBy(...newestFirst(page))
}

/** All that match, or with words enough of the newest; either is called `runs`. */
function matchingRuns(terms: ListTerms, narrowing: Narrowing): { source: SQL; where: SQL | undefined } {
  const { words, enough } = terms
  const after = afterPlace(order, terms.after)
  const scope = scopeOf(terms, narrowing)
  const conditions = conditionsOf(narrowing)
  const isAll = !isNarrowed(narrowing)
  if (words === undefined) {
    return { source: sql`${runs} ${isAll ? plannedOnce : sql``}`, where: and(scope, ...conditions, after) }
  }
  const amongWords = isAll
    ? and(eq(runWords.workspaceId, terms.workspaceId), afterPlace(orderOfWords, terms.after))
    : undefined
  return {
    source: sql`(${tasksWithWords({ words, scope, after, conditions, enough, amongWords })}) runs`,
    where: undefined,
  }
}

/** Nothing but words says what is in the list. */
const NOT_NARROWED: Narrowing = { none: false }

/** All that narrows a list is said by a condition of `conditionsOf`, or by whose runs they are. */
function isNarrowed(narrowing: Narrowing): boolean {
  return !isAnyRepoTask(narrowing) || conditionsOf(narrowing).length > 0
}

/** What tasks must be to be in the list; nothing for one of all of them. */
function conditionsOf(narrowing: Narrowing): SQL[] {
  const { states, repositoryId, agentType, createdBy, since, until } = narrowing
  const conditions = [
    states?.length ? inArray(runs.state, [...states]) : undefined,
    repositoryId === undefined ? undefined : eq(runs.repositoryId, repositoryId),
    agentType === undefined ? undefined : eq(runs.agentType, agentType),
    waitsOn(narrowing.waitingOn),
    createdBy === undefined ? undefined : eq(runs.createdBy, createdBy),
    since === undefined ? undefined : gte(runs.createdAt, sql`${since}::timestamptz`),
    until === undefined
      ? undefined
      : sql`${runs.createdAt} < ${until}::timestamptz + interval '1 millisecond'`,
    narrowing.none ? sql`false` : undefined,
  ]
  return conditions.filter((condition) => condition !== undefined)
}

/**
 * Whose runs: of a parent or of a definition all of them, else those that work on a repository. Each has its index. The kind is not
 * asked for where another index is meant: there are at most as many rows as that one has.
 */
function scopeOf({ workspaceId }: ListTerms, narrowing: Narrowing): SQL | undefined {
  const { parentTaskId, blueprintId } = narrowing
  return and(
    eq(runs.workspaceId, workspaceId),
    isAnyRepoTask(narrowing) ? sql`${runs.kind} = 'repo'` : undefined,
    parentTaskId === undefined ? undefined : eq(runs.parentRunId, parentTaskId),
    blueprintId === undefined ? undefined : eq(runs.blueprintId, blueprintId),
  )
}

function isAnyRepoTask({ parentTaskId, blueprintId, everyKind }: Narrowing): boolean {
  return parentTaskId === undefined && blueprintId === undefined && !everyKind
}

/** For one alone as an equation with a literal: the index of those that wait for a person holds for nothing else. */
function waitsOn(wanted: readonly WaitingOn[] | undefined): SQL | undefined {
  if (!wanted?.length) return undefined
  if (wanted.every((each) => each === 'person')) return sql`${runs.waitingOn} = 'person'`
  return inArray(runs.waitingOn, [...wanted])
}
