import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'

const SUMMARY_LENGTH = 200

/** The last thing the log of a run says, cut to one short line; null while it is empty. */
export async function lastLogSummary(queries: Queries, runId: string): Promise<string | null> {
  // By its seq: "the highest" would have Postgres sort the log whenever it knows too little of the table.
  const { rows } = await queries.execute<{ beginning: string }>(sql`
    select left(e.content, ${5 * SUMMARY_LENGTH}) as beginning
    from log_heads h join log_entries e on e.run_id = h.run_id and e.seq = h.next_seq - 1
    where h.run_id = ${runId}`)
  const [last] = rows
  return last ? last.beginning.replace(/\s+/g, ' ').trim().slice(0, SUMMARY_LENGTH) : null
}
