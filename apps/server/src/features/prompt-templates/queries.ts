import type { PromptTemplateKind } from '@optio/core'
import { and, eq, getTableColumns, isNull, ne, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { promptTemplates } from '../../database/schema/index.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'

export type PromptTemplateRow = typeof promptTemplates.$inferSelect
export type NewPromptTemplate = Omit<PromptTemplateRow, 'createdAt' | 'updatedAt'>
type PromptTemplateChange = Partial<Omit<NewPromptTemplate, 'id' | 'workspaceId' | 'createdBy'>>

/** Where a template may be the default; one at most is. */
export type DefaultPlace = Pick<PromptTemplateRow, 'workspaceId' | 'kind' | 'repositoryId'>

export interface PromptTemplateFilter extends PageRequest {
  readonly kind?: PromptTemplateKind | undefined
  readonly repositoryId?: string | undefined
}

const order = { createdAt: promptTemplates.createdAt, id: promptTemplates.id }

/** Rows with their places, newest first, one more than the page has. */
export function listPromptTemplatesQuery(db: Queries, workspaceId: string, filter: PromptTemplateFilter) {
  return db
    .select({ ...getTableColumns(promptTemplates), place: placeColumn(order) })
    .from(promptTemplates)
    .where(
      and(
        eq(promptTemplates.workspaceId, workspaceId),
        filter.kind === undefined ? undefined : eq(promptTemplates.kind, filter.kind),
        filter.repositoryId === undefined ? undefined : eq(promptTemplates.repositoryId, filter.repositoryId),
        afterCursor(order, filter.cursor),
      ),
    )
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

export async function findPromptTemplate(
  db: Queries,
  workspaceId: string,
  id: string,
): Promise<PromptTemplateRow | null> {
  const [row] = await db.select().from(promptTemplates).where(ofId(workspaceId, id))
  return row ?? null
}

/** The default of exactly this place; null where there is none. */
export async function findDefault(db: Queries, place: DefaultPlace): Promise<PromptTemplateRow | null> {
  const [row] = await db.select().from(promptTemplates).where(isDefaultOf(place))
  return row ?? null
}

/** First half of the advisory lock's key, so that it meets no other lock; the second is the workspace. */
const LOCK_CLASS = 0x746d706c

/**
 * Whoever writes templates holds this until the commit: two who each make theirs the default see each other's, so that the second moves
 * it instead of meeting the unique index.
 */
export async function lockDefaults(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(${workspaceId}))`)
}

/** Another template that was the default there is not any more. */
export async function takeDefault(tx: Transaction, place: DefaultPlace, id: string): Promise<void> {
  await tx
    .update(promptTemplates)
    .set({ isDefault: false, updatedAt: sql`now()` })
    .where(and(isDefaultOf(place), ne(promptTemplates.id, id)))
}

export async function insertPromptTemplate(
  tx: Transaction,
  row: NewPromptTemplate,
): Promise<PromptTemplateRow> {
  const [inserted] = await tx.insert(promptTemplates).values(row).returning()
  if (inserted === undefined) throw new Error(`the template ${row.id} was not written`)
  return inserted
}

/** Null when there is none of this id. */
export async function updatePromptTemplate(
  tx: Transaction,
  workspaceId: string,
  id: string,
  change: PromptTemplateChange,
): Promise<PromptTemplateRow | null> {
  const [updated] = await tx
    .update(promptTemplates)
    .set({ ...change, updatedAt: sql`now()` })
    .where(ofId(workspaceId, id))
    .returning()
  return updated ?? null
}

/** False when there is none of this id. */
export async function deletePromptTemplate(db: Queries, workspaceId: string, id: string): Promise<boolean> {
  const deleted = await db
    .delete(promptTemplates)
    .where(ofId(workspaceId, id))
    .returning({ id: promptTemplates.id })
  return deleted.length > 0
}

function ofId(workspaceId: string, id: string): SQL | undefined {
  return and(eq(promptTemplates.workspaceId, workspaceId), eq(promptTemplates.id, id))
}

function isDefaultOf({ workspaceId, kind, repositoryId }: DefaultPlace): SQL | undefined {
  return and(
    eq(promptTemplates.workspaceId, workspaceId),
    eq(promptTemplates.kind, kind),
    repositoryId === null
      ? isNull(promptTemplates.repositoryId)
      : eq(promptTemplates.repositoryId, repositoryId),
    // Written out, as the partial index has it.
    sql`${promptTemplates.isDefault}`,
  )
}
