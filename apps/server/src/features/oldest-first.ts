import { type SQL, sql } from 'drizzle-orm'
import { decodeCursor } from '../http/cursor.ts'
import { type NewestFirst, place } from './newest-first.ts'

/** Lists ordered by time of creation, oldest first, ids deciding between equals; cursors are as those of `newest-first.ts`. */
export function oldestFirst({ createdAt, id }: NewestFirst): SQL[] {
  return [sql`${createdAt} asc`, sql`${id} asc`]
}

/** Condition for what comes after the cursor; undefined without one. Throws INVALID_CURSOR. */
export function youngerThanCursor(
  { createdAt, id }: NewestFirst,
  cursor: string | undefined,
): SQL | undefined {
  if (cursor === undefined) return undefined
  const { t, i } = decodeCursor(place, cursor)
  return sql`(${createdAt}, ${id}) > (timestamptz 'epoch' + ${t}::bigint * interval '1 microsecond', ${i}::uuid)`
}
