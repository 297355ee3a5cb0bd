import { and, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { isoTime, isoTimeOf } from '../../database/iso-time.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import { blueprints, repositories, runs, triggers } from '../../database/schema/index.ts'
import { termsOf } from '../list-terms.ts'
import { newestFirst, placeColumn } from '../newest-first.ts'
import { type BlueprintFilter, blueprintConditions, blueprintOrder } from './conditions.ts'

/** The words are for searches only. */
const { words: _, ...columns } = getTableColumns(blueprints)

/** Characters of a prompt in a summary. */
const SUMMARY_LENGTH = 200

export type BlueprintRow = Omit<typeof blueprints.$inferSelect, 'words'>
export type BlueprintChange = Partial<
  Omit<typeof blueprints.$inferInsert, 'id' | 'workspaceId' | 'kind' | 'repositoryId' | 'words'>
>

/** With what pages want to know beside it. */
export type ShownBlueprint = Omit<BlueprintRow, 'createdAt' | 'updatedAt'> & {
  readonly createdAt: string
  readonly updatedAt: string
  readonly repoUrl: string | null
  readonly nextFireAt: string | null
  readonly place: number
}

function selectBlueprints(db: Queries, { wholePrompts }: { wholePrompts: boolean }) {
  const nextFireAt = sql`(
    select min(t.next_fire_at) from ${triggers} t
    where t.blueprint_id = ${blueprints.id} and t.enabled and ${blueprints.enabled})`
  return db
    .select({
      ...columns,
      prompt: wholePrompts
        ? sql<string>`${blueprints.prompt}`
        : sql<string>`left(${blueprints.prompt}, ${SUMMARY_LENGTH})`,
      createdAt: isoTime(blueprints.createdAt),
      updatedAt: isoTime(blueprints.updatedAt),
      repoUrl: repositories.repoUrl,
      nextFireAt: nextFireAt.mapWith(isoTimeOf) as SQL<string | null>,
      place: placeColumn(blueprintOrder),
    })
    .from(blueprints)
    .leftJoin(repositories, eq(repositories.id, blueprints.repositoryId))
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listBlueprintsQuery(
  db: Queries,
  workspaceId: string,
  filter: BlueprintFilter & { readonly wholePrompts: boolean },
) {
  return selectBlueprints(db, filter)
    .where(blueprintConditions(termsOf(workspaceId, filter), filter))
    .orderBy(...newestFirst(blueprintOrder))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

/** As many as a page of secrets speaks of. */
const MOST_NAMING = 200

/** Definitions whose agents are given one of these secrets. */
export async function findNamingSecrets(
  db: Queries,
  workspaceId: string,
  names: readonly string[],
): Promise<Pick<BlueprintRow, 'name' | 'repositoryId' | 'agentSecrets'>[]> {
  return await db
    .select({
      name: blueprints.name,
      repositoryId: blueprints.repositoryId,
      agentSecrets: blueprints.agentSecrets,
    })
    .from(blueprints)
    .where(
      and(
        eq(blueprints.workspaceId, workspaceId),
        sql`${blueprints.agentSecrets} ?| ${sql.param([...names])}::text[]`,
      ),
    )
    .orderBy(blueprints.name, blueprints.id)
    .limit(MOST_NAMING)
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
    and(
      eq(blueprints.workspaceId, workspaceId),
      sql`${blueprints.id} = any(${sql.param([...ids])}::uuid[]) ${plannedOnce}`,
    ),
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
