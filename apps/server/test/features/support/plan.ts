import { type SQLWrapper, sql } from 'drizzle-orm'
import type { Queries } from '../../../src/database/connection.ts'

/** How Postgres would carry a query out, as it says itself. */
export async function planOf(db: Queries, query: SQLWrapper): Promise<string> {
  const { rows } = await db.execute<Record<string, string>>(sql`explain ${query}`)
  return rows.map((row) => Object.values(row)[0]).join('\n')
}
