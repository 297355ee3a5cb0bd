import { and, desc, eq, getTableColumns, lt, notInArray, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { events, runs } from '../../database/schema/index.ts'
import type { PageRequest } from '../newest-first.ts'

export interface ActivityFilter extends PageRequest {
  readonly workspaceId: string
  /** Null for what happened in the whole workspace. */
  readonly runId: string | null
  /** Only what is older than the event with this id; null for the newest. */
  readonly before: number | null
  readonly byPeople: boolean
}

/** What is told all the time for those who look on, and says nothing of its own afterwards. */
const PASSING = ['cost:updated', 'issues:changed']

/**
 * Newest first, by the ids of events, which ascend with time; one row more than `limit`, if there is one. Not run yet, so that a test
 * can have it explained.
 */
export function activityQuery(db: Queries, filter: ActivityFilter) {
  return db
    .select({
      ...getTableColumns(events),
      title: runs.title,
      definitionId: sql<string | null>`case when ${runs.kind} = 'standalone' then ${runs.blueprintId} end`,
    })
    .from(events)
    .leftJoin(runs, eq(runs.id, events.runId))
    .where(
      and(
        filter.runId === null ? undefined : eq(events.runId, filter.runId),
        eq(events.workspaceId, filter.workspaceId),
        // As a literal: the index of what people did holds for nothing else.
        filter.byPeople ? sql`${events.actor} <> 'optio'` : notInArray(events.type, PASSING),
        filter.before === null ? undefined : lt(events.id, filter.before),
      ),
    )
    .orderBy(desc(events.id))
    .limit(filter.limit + 1)
    .offset(filter.offset ?? 0)
}
