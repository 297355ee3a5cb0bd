import { desc, eq } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { logEntries } from '../../database/schema/index.ts'

const SUMMARY_LENGTH = 200

/** The last thing the log of a run says, cut to one short line; null while it is empty. */
export async function lastLogSummary(queries: Queries, runId: string): Promise<string | null> {
  const [last] = await queries
    .select({ content: logEntries.content })
    .from(logEntries)
    .where(eq(logEntries.runId, runId))
    .orderBy(desc(logEntries.seq))
    .limit(1)
  return last ? last.content.replace(/\s+/g, ' ').trim().slice(0, SUMMARY_LENGTH) : null
}
