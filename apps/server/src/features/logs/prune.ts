import { sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import type { EngineLog } from './engine-log.ts'
import type { LogOwner } from './entry.ts'
import { BLOCK } from './search/blocks.ts'

/** Entries deleted by one statement: one that deletes a long log would outlast what a statement may take. */
const DELETED_AT_ONCE = 5_000

/** What the entry that stands for those that were removed has as its metadata; `removed` is how many. */
interface Marker extends Record<string, unknown> {
  readonly pruned: true
  readonly removed: number
}

/**
 * Takes all entries of a log away from readers at once, and puts one in their place that says so. Numbers go on where they were, so
 * that a reader who comes back with an old position is not misled. What is hidden is deleted by `deleteHidden`. Nothing happens to
 * a log that is empty, or has nothing but such an entry. The run's row must be locked.
 */
export async function hideLog(
  tx: Transaction,
  engineLog: Pick<EngineLog, 'append'>,
  run: LogOwner,
  why: string,
): Promise<boolean> {
  const { rows } = await tx.execute<{ entries: number; marked: boolean }>(sql`
    select next_seq - first_seq as entries, exists (
      select from log_entries e
      where e.run_id = h.run_id and e.seq = h.first_seq and h.next_seq = h.first_seq + 1 and e.metadata -> 'pruned' = 'true'
    ) as marked
    from log_heads h where run_id = ${run.id} for update`)
  const [head] = rows
  if (!head || head.entries === 0 || head.marked) return false
  await tx.execute(sql`update log_heads set first_seq = next_seq where run_id = ${run.id}`)
  const metadata: Marker = { pruned: true, removed: head.entries }
  const entries = head.entries === 1 ? 'One entry was' : `${head.entries} entries were`
  await engineLog.append(tx, run, 0, [{ logType: 'system', content: `${entries} removed: ${why}`, metadata }])
  return true
}

/** Deletes what is hidden of a log, some of it in each statement, so that a kill in between loses no more than time. */
export async function deleteHidden(queries: Queries, runId: string): Promise<void> {
  for (;;) {
    const { rowCount } = await queries.execute(sql`
      delete from log_entries where run_id = ${runId} and seq in (
        select e.seq from log_heads h join log_entries e on e.run_id = h.run_id and e.seq < h.first_seq
        where h.run_id = ${runId} order by e.seq limit ${DELETED_AT_ONCE}
      )`)
    if ((rowCount ?? 0) < DELETED_AT_ONCE) break
  }
  await queries.execute(sql`
    delete from log_signatures where run_id = ${runId}
      and block < (select (first_seq - 1) / ${BLOCK} from log_heads where run_id = ${runId})`)
  await queries.execute(sql`update log_heads set pruned_at = now() where run_id = ${runId}`)
}
