import type { SubtaskStatus } from '@optio/contract'
import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Queries, Transaction } from '../../database/connection.ts'
import { runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { type PageRequest, placeColumn } from '../newest-first.ts'

/** What has no order comes after everything that has one. */
const LAST = 2_147_483_647

/** A subtask's place in the list: its order as a step, then its age in microseconds since 1970, then its id. */
const subtaskPlace = z.object({ o: z.int().min(0).max(LAST), t: z.int().min(0).max(9e15), i: z.guid() })

const order = sql<number>`coalesce(${runs.subtaskOrder}, ${sql.raw(String(LAST))})`

function ofParent({ workspaceId, runId }: RunRef): SQL | undefined {
  return and(eq(runs.workspaceId, workspaceId), eq(runs.parentRunId, runId))
}

/** Ids: steps in their order, then the rest by age; one more than `limit`, if there is one. Not run yet, for a test. Throws INVALID_CURSOR. */
export function subtaskIdsQuery(db: Queries, parent: RunRef, page: PageRequest) {
  return db
    .select({ id: runs.id, order, place: placeColumn({ createdAt: runs.createdAt, id: runs.id }) })
    .from(runs)
    .where(and(ofParent(parent), afterPlace(page.cursor)))
    .orderBy(sql`${order} asc`, sql`${runs.createdAt} asc`, sql`${runs.id} asc`)
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

function afterPlace(cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined
  const { o, t, i } = decodeCursor(subtaskPlace, cursor)
  return sql`(${order}, ${runs.createdAt}, ${runs.id})
    > (${o}::int, timestamptz 'epoch' + ${t}::bigint * interval '1 microsecond', ${i}::uuid)`
}

export function placeOfSubtask(row: {
  id: string
  order: number
  place: number
}): z.input<typeof subtaskPlace> {
  return { o: row.order, t: row.place, i: row.id }
}

export async function countSubtasks(db: Queries, parent: RunRef): Promise<SubtaskStatus> {
  const count = (condition: SQL) => sql<number>`(count(*) filter (where ${condition}))::int`
  const [row] = await db
    .select({
      total: sql<number>`count(*)::int`,
      running: count(sql`${runs.state} in ('provisioning', 'running')`),
      completed: count(sql`${runs.state} = 'completed'`),
      failed: count(sql`${runs.state} in ('failed', 'cancelled')`),
    })
    .from(runs)
    .where(ofParent(parent))
  const { total, running, completed, failed } = row ?? { total: 0, running: 0, completed: 0, failed: 0 }
  const pending = total - running - completed - failed
  return { allComplete: completed === total, total, pending, running, completed, failed }
}

/** What a new subtask takes from its parent, whose row is held until the transaction ends; null when it is gone. */
export async function lockParentRow(tx: Transaction, { workspaceId, runId }: RunRef) {
  const [row] = await tx
    .select({
      state: runs.state,
      repositoryId: runs.repositoryId,
      baseRef: runs.baseRef,
      priority: runs.priority,
      maxRetries: runs.maxRetries,
    })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.id, runId)))
    .for('update')
  return row ?? null
}

/** The last step of a parent; null while it has none. */
export async function findLastStep(
  tx: Transaction,
  parent: RunRef,
): Promise<{ id: string; order: number } | null> {
  const [row] = await tx
    .select({ id: runs.id, order: sql<number>`${runs.subtaskOrder}` })
    .from(runs)
    .where(and(ofParent(parent), eq(runs.taskType, 'step')))
    .orderBy(desc(runs.subtaskOrder))
    .limit(1)
  return row ?? null
}
