import { and, asc, eq, gt, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { events, workspaces } from '../../database/schema/index.ts'

export type EventRow = typeof events.$inferSelect

/** Events of a workspace after an id, the oldest first. */
export async function readEvents(
  queries: Queries,
  workspaceId: string,
  after: number,
  limit: number,
): Promise<EventRow[]> {
  return await queries
    .select()
    .from(events)
    .where(and(eq(events.workspaceId, workspaceId), gt(events.id, after)))
    .orderBy(asc(events.id))
    .limit(limit)
}

/** Events of a run after an id, the oldest first; its whole history when the id is 0. */
export async function readRunEvents(
  queries: Queries,
  run: { readonly id: string; readonly workspaceId: string },
  after = 0,
): Promise<EventRow[]> {
  return await queries
    .select()
    .from(events)
    .where(and(eq(events.runId, run.id), eq(events.workspaceId, run.workspaceId), gt(events.id, after)))
    .orderBy(asc(events.id))
}

/** Id of the last event of a workspace that is committed; 0 when there is none. All before it are committed, too. */
export async function lastEventId(queries: Queries, workspaceId: string): Promise<number> {
  const { rows } = await queries.execute<{ id: number }>(
    sql`select coalesce(max(id), 0) as id from events where workspace_id = ${workspaceId}`,
  )
  return rows[0]?.id ?? 0
}

/** Id of the last event of a workspace that was removed by age; 0 when none was. */
export async function prunedTo(queries: Queries, workspaceId: string): Promise<number> {
  const [row] = await queries
    .select({ id: workspaces.eventsPrunedTo })
    .from(workspaces)
    .where(eq(workspaces.id, workspaceId))
  return row?.id ?? 0
}
