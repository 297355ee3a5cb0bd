import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { taskTemplates } from '../../database/schema/index.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'

export type TaskTemplateRow = typeof taskTemplates.$inferSelect
export type NewTaskTemplate = Omit<TaskTemplateRow, 'createdAt' | 'updatedAt'>
export type TaskTemplateChange = Partial<Omit<NewTaskTemplate, 'id' | 'workspaceId' | 'createdBy'>>

const order = { createdAt: taskTemplates.createdAt, id: taskTemplates.id }

/** Rows with their places, newest first, one more than the page has. */
export function listTaskTemplatesQuery(
  db: Queries,
  workspaceId: string,
  filter: PageRequest & { readonly repositoryId?: string | undefined },
) {
  return db
    .select({ ...getTableColumns(taskTemplates), place: placeColumn(order) })
    .from(taskTemplates)
    .where(
      and(
        eq(taskTemplates.workspaceId, workspaceId),
        filter.repositoryId === undefined ? undefined : eq(taskTemplates.repositoryId, filter.repositoryId),
        afterCursor(order, filter.cursor),
      ),
    )
    .orderBy(...newestFirst(order))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}

export async function findTaskTemplate(
  db: Queries,
  workspaceId: string,
  id: string,
): Promise<TaskTemplateRow | null> {
  const [row] = await db.select().from(taskTemplates).where(ofId(workspaceId, id))
  return row ?? null
}

export async function insertTaskTemplate(db: Queries, row: NewTaskTemplate): Promise<TaskTemplateRow> {
  const [inserted] = await db.insert(taskTemplates).values(row).returning()
  if (inserted === undefined) throw new Error(`the template ${row.id} was not written`)
  return inserted
}

/** Null when there is none of this id. */
export async function updateTaskTemplate(
  db: Queries,
  workspaceId: string,
  id: string,
  change: TaskTemplateChange,
): Promise<TaskTemplateRow | null> {
  const [updated] = await db
    .update(taskTemplates)
    .set({ ...change, updatedAt: sql`now()` })
    .where(ofId(workspaceId, id))
    .returning()
  return updated ?? null
}

/** False when there is none of this id. */
export async function deleteTaskTemplate(db: Queries, workspaceId: string, id: string): Promise<boolean> {
  const deleted = await db
    .delete(taskTemplates)
    .where(ofId(workspaceId, id))
    .returning({ id: taskTemplates.id })
  return deleted.length > 0
}

function ofId(workspaceId: string, id: string): SQL | undefined {
  return and(eq(taskTemplates.workspaceId, workspaceId), eq(taskTemplates.id, id))
}
