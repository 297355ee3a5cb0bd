import type { ListDeliveriesQuery, WebhookDelivery } from '@optio/contract'
import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import { webhookDeliveries } from '../../database/schema/index.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { type Page, pageOf, placeColumn } from '../newest-first.ts'

type Row = Omit<typeof webhookDeliveries.$inferSelect, 'payload'> & { readonly place: number }

/** As that of other lists, but for ids that are GitHub's. */
const place = z.object({ t: z.int().min(0).max(9e15), i: z.string().max(200) })

/** Deliveries of a workspace, newest first. Throws INVALID_CURSOR. */
export async function listDeliveries(
  { orm }: Database,
  workspaceId: string,
  query: ListDeliveriesQuery,
): Promise<Page<Row>> {
  const d = webhookDeliveries
  const found = await orm
    .select({
      ...{ id: d.id, event: d.event, action: d.action, workspaceId: d.workspaceId },
      ...{ repositoryId: d.repositoryId, repository: d.repository, state: d.state, detail: d.detail },
      ...{ receivedAt: d.receivedAt, doneAt: d.doneAt },
      place: placeColumn({ createdAt: d.receivedAt, id: d.id }),
    })
    .from(d)
    .where(
      and(
        eq(d.workspaceId, workspaceId),
        query.repoId === undefined ? undefined : eq(d.repositoryId, query.repoId),
        after(query.cursor),
      ),
    )
    .orderBy(sql`${desc(d.receivedAt)} nulls last`, sql`${desc(d.id)} nulls last`)
    .limit(query.limit + 1)
    .offset(query.offset ?? 0)
  return pageOf(found, query, (row) => ({ t: row.place, i: row.id }))
}

function after(cursor: string | undefined): SQL | undefined {
  if (cursor === undefined) return undefined
  const { t, i } = decodeCursor(place, cursor)
  return sql`(${webhookDeliveries.receivedAt}, ${webhookDeliveries.id}) < (timestamptz 'epoch' + ${t}::bigint * interval '1 microsecond', ${i})`
}

export function toDelivery(row: Row): WebhookDelivery {
  return {
    id: row.id,
    event: row.event,
    action: row.action,
    repoId: row.repositoryId,
    repository: row.repository,
    state: row.state,
    detail: row.detail,
    receivedAt: row.receivedAt.toISOString(),
    doneAt: row.doneAt?.toISOString() ?? null,
  }
}
