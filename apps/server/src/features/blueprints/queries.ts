import { and, eq, getTableColumns, gte, inArray, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { blueprints, repositories, runs, triggers } from '../../database/schema/index.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'
import type { DefinitionKind } from '../tasks/resolve.ts'

const order = { createdAt: blueprints.createdAt, id: blueprints.id }

/** The words are for searches only. */
const { words: _, ...columns } = getTableColumns(blueprints)

/** Characters of a prompt in a summary. */
const SUMMARY_LENGTH = 200

export type BlueprintRow = Omit<typeof blueprints.$inferSelect, 'words'>
export type BlueprintChange = Partial<
  Omit<typeof blueprints.$inferInsert, 'id' | 'workspaceId' | 'kind' | 'repositoryId' | 'words'>
>

/** With what pages want to know beside it. */
export type ShownBlueprint = BlueprintRow & {
  readonly repoUrl: string | null
  readonly nextFireAt: Date | null
  readonly place: number
}

function selectBlueprints(db: Queries, { wholePrompts }: { wholePrompts: boolean }) {
  const nextFireAt = sql<Date | null>`(
    select min(t.next_fire_at) from ${triggers} t
    where t.blueprint_id = ${blueprints.id} and t.enabled and ${blueprints.enabled})`
  return db
    .select({
      ...columns,
      prompt: wholePrompts
        ? sql<string>`${blueprints.prompt}`
        : sql<string>`left(${blueprints.prompt}, ${SUMMARY_LENGTH})`,
      repoUrl: repositories.repoUrl,
      nextFireAt: nextFireAt.mapWith(triggers.nextFireAt),
      place: placeColumn(order),
    })
    .from(blueprints)
    .leftJoin(repositories, eq(repositories.id, blueprints.repositoryId))
}

export interface BlueprintFilter extends PageRequest {
  readonly kind?: DefinitionKind | undefined
  readonly repoUrl?: string | undefined
  readonly agentType?: string | undefined
  /** Each begins a word of name, title or prompt. */
  readonly words?: string | undefined
  readonly since?: string | undefined
  /** Inclusive to the millisecond, the precision in which times are answered. */
  readonly until?: string | undefined
  readonly createdBy?: string | undefined
  /** Nothing can match. */
  readonly none: boolean
}

/** What a row must be to be in the list, wherever the page begins. */
export function blueprintConditions(workspaceId: string, filter: BlueprintFilter): SQL | undefined {
  return and(
    eq(blueprints.workspaceId, workspaceId),
    filter.kind === undefined ? undefined : eq(blueprints.kind, filter.kind),
    filter.repoUrl === undefined ? undefined : ofRepository(workspaceId, filter.repoUrl),
    filter.agentType === undefined ? undefined : eq(blueprints.agentType, filter.agentType),
    filter.createdBy === undefined ? undefined : eq(blueprints.createdBy, filter.createdBy),
    filter.since === undefined ? undefined : gte(blueprints.createdAt, sql`${filter.since}::timestamptz`),
    filter.until === undefined
      ? undefined
      : sql`${blueprints.createdAt} < ${filter.until}::timestamptz + interval '1 millisecond'`,
    filter.words ? hasWords(filter.words) : undefined,
    filter.none ? sql`false` : undefined,
    afterCursor(order, filter.cursor),
  )
}

function ofRepository(workspaceId: string, repoUrl: string): SQL {
  return sql`${blueprints.repositoryId} = (
    select id from ${repositories} where workspace_id = ${workspaceId} and repo_url = ${repoUrl})`
}

/** As `tasksWithWords` reads them: data, cut up by the database as it cut up the texts. Nothing but punctuation is in none. */
function hasWords(words: string): SQL {
  return sql`${blueprints.words} @@ (
    select string_agg('''' || lexeme || ''':*', ' & ')::tsquery from unnest(words_of(${words}, '')))`
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listBlueprintsQuery(
  db: Queries,
  workspaceId: string,
  filter: BlueprintFilter & { readonly wholePrompts: boolean },
) {
  return selectBlueprints(db, filter)
    .where(blueprintConditions(workspaceId, filter))
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

/** In any order; those that are gone are missing. */
export async function findBlueprints(
  db: Queries,
  workspaceId: string,
  ids: readonly string[],
  options: { readonly wholePrompts: boolean } = { wholePrompts: true },
): Promise<ShownBlueprint[]> {
  if (ids.length === 0) return []
  return await selectBlueprints(db, options).where(
    and(eq(blueprints.workspaceId, workspaceId), inArray(blueprints.id, [...ids])),
  )
}

/** The row as it is, locked against whatever the strength says; null when there is none. */
export async function lockBlueprint(
  tx: Transaction,
  workspaceId: string,
  id: string,
  strength: 'share' | 'update',
): Promise<BlueprintRow | null> {
  const [row] = await tx
    .select(columns)
    .from(blueprints)
    .where(and(eq(blueprints.workspaceId, workspaceId), eq(blueprints.id, id)))
    .for(strength)
  return row ?? null
}

export async function insertBlueprint(tx: Transaction, row: typeof blueprints.$inferInsert): Promise<void> {
  await tx.insert(blueprints).values(row)
}

export async function updateBlueprint(tx: Transaction, id: string, change: BlueprintChange): Promise<void> {
  await tx
    .update(blueprints)
    .set({ ...change, updatedAt: sql`now()` })
    .where(eq(blueprints.id, id))
}

export async function deleteBlueprint(tx: Transaction, id: string): Promise<void> {
  await tx.delete(blueprints).where(eq(blueprints.id, id))
}

/** Some of its runs, any of them. */
export async function findSomeRuns(db: Queries, blueprintId: string, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: runs.id })
    .from(runs)
    .where(eq(runs.blueprintId, blueprintId))
    .limit(limit)
  return rows.map(({ id }) => id)
}

/** Has some runs no longer know what they were made from; answers how many. */
export async function forgetOrigin(db: Queries, blueprintId: string, limit: number): Promise<number> {
  const some = db.select({ id: runs.id }).from(runs).where(eq(runs.blueprintId, blueprintId)).limit(limit)
  const changed = await db
    .update(runs)
    .set({ blueprintId: null })
    .where(inArray(runs.id, some))
    .returning({ id: runs.id })
  return changed.length
}
