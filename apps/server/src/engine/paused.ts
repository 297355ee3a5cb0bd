import type { Snapshot } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'

/**
 * Since when, by whom and why nothing new starts anywhere; undefined while Optio is not paused.
 *
 * @param hold keeps the answer true until the transaction ends: whoever pauses or unpauses waits for it.
 */
export async function readPaused(
  tx: Pick<Transaction, 'execute'>,
  { hold = false } = {},
): Promise<Snapshot['capacity']['paused']> {
  // Without a condition on being paused: the row is to be locked in either case.
  const { rows } = await tx.execute<{ since: number | null; by: string | null; reason: string | null }>(sql`
    select (extract(epoch from paused_at) * 1000)::bigint as since, paused_by as by, pause_reason as reason
    from installation ${hold ? sql`for share` : sql``}`)
  const { since = null, by = null, reason = null } = rows[0] ?? {}
  return since === null || by === null ? undefined : { since, by, reason }
}
