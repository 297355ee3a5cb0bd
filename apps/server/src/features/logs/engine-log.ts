import type { LogType } from '@optio/agents'
import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { insertRows } from '../../database/insert-rows.ts'
import { CHANNEL, encodeItems } from '../../database/notice.ts'
import { logEntries, logHeads } from '../../database/schema/index.ts'
import { redact, redactJson } from '../../redaction/process-redactor.ts'
import type { LogOwner } from './entry.ts'
import { entryColumns, unnestEntries } from './insert.ts'
import { LOG_NOTICE } from './notice.ts'
import { storableEntry } from './storable.ts'

/** What Optio itself has to say in a run's log. */
export interface OwnWords {
  readonly logType: Extract<LogType, 'system' | 'info' | 'error'>
  readonly content: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * The engine's side of the log. Locks of a transaction are taken in the order runs, attempts, log_heads, events: call `append`
 * after the attempt's row was changed and before events are recorded.
 */
export interface EngineLog {
  /** Makes the empty logs of new runs. */
  create(tx: Transaction, runs: readonly LogOwner[]): Promise<void>
  /** Adds entries of Optio's own (stream `optio`); readers see them when the transaction commits. `attempt` is 0 before the first. */
  append(tx: Transaction, run: LogOwner, attempt: number, words: readonly OwnWords[]): Promise<void>
  /** Deletes the entries of a run that is being deleted; its head goes with the run's row. */
  remove(tx: Transaction, run: LogOwner): Promise<void>
}

export const engineLog: EngineLog = { create, append, remove }

async function create(tx: Transaction, runs: readonly LogOwner[]): Promise<void> {
  const heads = runs.map(({ id, workspaceId }) => ({ runId: id, workspaceId }))
  await insertRows(tx, logHeads, heads)
}

async function append(
  tx: Transaction,
  run: LogOwner,
  attempt: number,
  words: readonly OwnWords[],
): Promise<void> {
  if (words.length === 0) return
  const entries = words.map(({ logType, content, metadata }) =>
    storableEntry({
      ...{ stream: 'optio', logType, content: redact(content) },
      metadata: metadata === undefined ? null : redactJson(metadata),
    }),
  )
  const { rows } = await tx.execute<{ last_seq: number }>(sql`
    with head as (
      insert into log_heads (run_id, workspace_id, next_seq)
      values (${run.id}, ${run.workspaceId}, ${1 + entries.length})
      on conflict (run_id) do update set next_seq = log_heads.next_seq + excluded.next_seq - 1
      returning next_seq
    ), stored as (
      insert into log_entries (run_id, seq, workspace_id, attempt, stream, log_type, content, metadata, timestamp)
      select ${run.id}::uuid, head.next_seq - ${entries.length} + e.n - 1, ${run.workspaceId}::uuid, ${attempt}::int,
             e.stream, e.log_type, e.content, e.metadata, e.timestamp
      from head, ${unnestEntries(entryColumns(entries), new Date())}
    )
    select next_seq - 1 as last_seq from head`)
  const items = rows.map(({ last_seq }) => [run.id, last_seq] as const)
  for (const payload of encodeItems(LOG_NOTICE, items)) {
    await tx.execute(sql`select pg_notify(${CHANNEL}, ${payload})`)
  }
}

async function remove(tx: Transaction, run: LogOwner): Promise<void> {
  await tx.delete(logEntries).where(eq(logEntries.runId, run.id))
}
