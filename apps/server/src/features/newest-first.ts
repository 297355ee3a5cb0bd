import { type Placeholder, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'

/**
 * Lists ordered by time of creation, newest first, ids deciding between equals. A cursor is the place of the last row that was seen,
 * so rows that are added meanwhile neither repeat nor skip one; an offset counts from the newest and shifts with them (of tasks, far into the list, within a second).
 */
export interface NewestFirst {
  readonly createdAt: PgColumn | SQL.Aliased
  readonly id: PgColumn | SQL.Aliased
}

/** `t` in microseconds since 1970, as exact as the database has it: a JavaScript date would round and skip rows. */
export const place = z.object({ t: z.int().min(0).max(9e15), i: z.guid() })
export type Place = z.infer<typeof place>

/** A value, or its place in a statement that is built once for all values. */
export type Given<T> = T | Placeholder
export type GivenPlace = { readonly [K in keyof Place]: Given<Place[K]> }

export interface PageRequest {
  readonly limit: number
  readonly offset?: number | undefined
  readonly cursor?: string | undefined
}

export interface Page<T> {
  readonly rows: readonly T[]
  readonly answer: {
    readonly limit: number
    readonly offset?: number
    readonly nextCursor: string | null
    readonly hasMore: boolean
  }
}

/** The indexes are `desc nulls last`; without these words Postgres would sort instead of using them. */
export function newestFirst({ createdAt, id }: NewestFirst): SQL[] {
  return [sql`${createdAt} desc nulls last`, sql`${id} desc nulls last`]
}

/** Column of a row's place in the list, to be selected as `place`. */
export function placeColumn({ createdAt }: NewestFirst): SQL<number> {
  return sql<number>`(extract(epoch from ${createdAt}) * 1000000)::bigint`
}

/** Condition for what comes after the cursor; undefined without one. Throws INVALID_CURSOR. */
export function afterCursor(order: NewestFirst, cursor: string | undefined): SQL | undefined {
  return cursor === undefined ? undefined : afterPlace(order, decodeCursor(place, cursor))
}

/** Condition for what comes after a place; undefined without one. */
export function afterPlace({ createdAt, id }: NewestFirst, after: GivenPlace | undefined): SQL | undefined {
  if (after === undefined) return undefined
  const { t, i } = after
  return sql`(${createdAt}, ${id}) < (timestamptz 'epoch' + ${t}::bigint * interval '1 microsecond', ${i}::uuid)`
}

/** Makes a page of up to `limit` + 1 rows that were found; `placeOf` is what the cursor of a row says. */
export function pageOf<T>(
  found: readonly T[],
  { limit, offset }: PageRequest,
  placeOf: (row: T) => unknown,
): Page<T> {
  const rows = found.slice(0, limit)
  const hasMore = found.length > limit
  const last = rows.at(-1)
  return {
    rows,
    answer: {
      limit,
      ...(offset === undefined ? {} : { offset }),
      nextCursor: hasMore && last !== undefined ? encodeCursor(placeOf(last)) : null,
      hasMore,
    },
  }
}

/** The place of a row that was selected with `placeColumn`. */
export function placeOf({ place, id }: { place: number; id: string }): Place {
  return { t: place, i: id }
}
