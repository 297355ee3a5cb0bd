import type { Activity, ListActivityQuery } from '@optio/contract'
import { z } from 'zod'
import type { Database } from '../../database/connection.ts'
import type { RunRef } from '../../engine/engine.ts'
import { decodeCursor } from '../../http/cursor.ts'
import { type Page, pageOf } from '../newest-first.ts'
import { requireRun } from '../tasks/resolve.ts'
import { activityQuery } from './queries.ts'

/** Cursor of a feed: the id of the last event that was seen. */
const eventPlace = z.object({ e: z.int().min(0) })

export type ActivityService = ReturnType<typeof createActivityService>

/** What happened, for people: of one task, or of all. */
export function createActivityService({ database }: { readonly database: Database }) {
  const read = async (
    about: { workspaceId: string; runId: string | null },
    query: ListActivityQuery,
  ): Promise<Page<Activity>> => {
    const before = query.cursor === undefined ? null : decodeCursor(eventPlace, query.cursor).e
    const { limit, offset } = query
    const filter = { ...about, limit, offset, before, byPeople: query.byPeople === 1 }
    const page = pageOf(await activityQuery(database.orm, filter), query, ({ id }) => ({ e: id }))
    return { rows: page.rows.map(toActivity), answer: page.answer }
  }

  return {
    async ofTask(ref: RunRef, query: ListActivityQuery): Promise<Page<Activity>> {
      await requireRun(database.orm, ref)
      return await read(ref, query)
    },

    all: (workspaceId: string, query: ListActivityQuery) => read({ workspaceId, runId: null }, query),
  }
}

type ActivityRow = Awaited<ReturnType<typeof activityQuery>>[number]

/** The title as it is now; of what is gone, the one it had. */
function toActivity(row: ActivityRow): Activity {
  const { data } = row
  return {
    id: String(row.id),
    type: row.type,
    at: row.createdAt.toISOString(),
    taskId: row.runId,
    definitionId: row.definitionId ?? (typeof data.definitionId === 'string' ? data.definitionId : null),
    title: row.title ?? (typeof data.title === 'string' ? data.title : null),
    userId: row.actor === 'optio' ? null : row.actor,
    message: row.message,
    fromState: row.fromState,
    toState: row.toState,
  }
}
