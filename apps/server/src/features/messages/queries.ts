import { and, eq, getTableColumns } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { taskMessages } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { type PageRequest, placeColumn } from '../newest-first.ts'
import { oldestFirst, youngerThanCursor } from '../oldest-first.ts'

export type MessageRow = typeof taskMessages.$inferSelect

const order = { createdAt: taskMessages.createdAt, id: taskMessages.id }

function ofRun({ workspaceId, runId }: RunRef) {
  return and(eq(taskMessages.workspaceId, workspaceId), eq(taskMessages.runId, runId))
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listMessagesQuery(db: Queries, ref: RunRef, page: PageRequest) {
  return db
    .select({ ...getTableColumns(taskMessages), place: placeColumn(order) })
    .from(taskMessages)
    .where(and(ofRun(ref), youngerThanCursor(order, page.cursor)))
    .orderBy(...oldestFirst(order))
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

export async function findMessage(db: Queries, ref: RunRef, id: string): Promise<MessageRow | null> {
  const [row] = await db
    .select()
    .from(taskMessages)
    .where(and(ofRun(ref), eq(taskMessages.id, id)))
  return row ?? null
}
