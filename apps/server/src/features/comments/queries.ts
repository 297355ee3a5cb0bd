import { and, eq, getTableColumns, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { taskComments } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { type PageRequest, placeColumn } from '../newest-first.ts'
import { oldestFirst, youngerThanCursor } from '../oldest-first.ts'

export type CommentRow = typeof taskComments.$inferSelect

const order = { createdAt: taskComments.createdAt, id: taskComments.id }

function ofRun({ workspaceId, runId }: RunRef) {
  return and(eq(taskComments.workspaceId, workspaceId), eq(taskComments.runId, runId))
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listCommentsQuery(db: Queries, ref: RunRef, page: PageRequest) {
  return db
    .select({ ...getTableColumns(taskComments), place: placeColumn(order) })
    .from(taskComments)
    .where(and(ofRun(ref), youngerThanCursor(order, page.cursor)))
    .orderBy(...oldestFirst(order))
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

export async function findComment(db: Queries, ref: RunRef, id: string): Promise<CommentRow | null> {
  const [row] = await db
    .select()
    .from(taskComments)
    .where(and(ofRun(ref), eq(taskComments.id, id)))
  return row ?? null
}

/** The same, held against changes until the transaction ends. */
export async function lockComment(db: Queries, ref: RunRef, id: string): Promise<CommentRow | null> {
  const [row] = await db
    .select()
    .from(taskComments)
    .where(and(ofRun(ref), eq(taskComments.id, id)))
    .for('update')
  return row ?? null
}

export async function insertComment(
  db: Queries,
  row: typeof taskComments.$inferInsert,
): Promise<CommentRow | null> {
  const [inserted] = await db.insert(taskComments).values(row).returning()
  return inserted ?? null
}

export async function updateComment(db: Queries, id: string, content: string): Promise<CommentRow | null> {
  const [updated] = await db
    .update(taskComments)
    .set({ content, updatedAt: sql`now()` })
    .where(eq(taskComments.id, id))
    .returning()
  return updated ?? null
}

export async function deleteComment(db: Queries, id: string): Promise<void> {
  await db.delete(taskComments).where(eq(taskComments.id, id))
}
