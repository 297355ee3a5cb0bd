import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { installation } from '../../database/schema/index.ts'

/** Days for which things of finished tasks are kept; what is left out is kept for ever. */
export type RetentionSettings = (typeof installation.$inferSelect)['retention']

export async function readRetention(queries: Queries): Promise<RetentionSettings> {
  const [row] = await queries.select({ retention: installation.retention }).from(installation)
  return row?.retention ?? {}
}

/** The same, held against changes until the transaction ends. */
export async function lockRetention(queries: Queries): Promise<RetentionSettings> {
  const [row] = await queries.select({ retention: installation.retention }).from(installation).for('update')
  return row?.retention ?? {}
}

export async function writeRetention(queries: Queries, retention: RetentionSettings): Promise<void> {
  await queries.update(installation).set({ retention }).where(sql`true`)
}
