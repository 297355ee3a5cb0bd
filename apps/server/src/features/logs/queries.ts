import { OptioError } from '@optio/contract'
import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import type { LogEntry, LogOwner } from './entry.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOf } from './entry-row.ts'

/** What to read of a log. `after` and `before` are seqs and not both given; `offset` is counted from where reading begins. */
export interface LogQuery {
  readonly limit: number
  readonly after?: number | undefined
  /** The last `limit` entries before it instead of the first. */
  readonly before?: number | undefined
  readonly offset?: number | undefined
  readonly logType?: string | undefined
  /** Bytes after which no further entry is taken; at least one is. */
  readonly maxBytes: number
}

export interface LogPage {
  /** Ascending by seq. */
  readonly entries: LogEntry[]
  /** There are more in the direction of reading. */
  readonly more: boolean
}

/** Reads a part of a log. Bounded in bytes as well as in entries: one entry can be a megabyte. */
export async function readLog(queries: Queries, run: LogOwner, query: LogQuery): Promise<LogPage> {
  const direction = query.before === undefined ? sql`asc` : sql`desc`
  const conditions = [sql`run_id = ${run.id}`, sql`workspace_id = ${run.workspaceId}`, ...rangeOf(query)]
  if (query.logType !== undefined) conditions.push(sql`log_type = ${query.logType}`)
  const { rows } = await queries.execute<EntryRow & { found: number }>(sql`
    select ${ENTRY_COLUMNS}, found::int
    from (
      select page.*, count(*) over () as found,
             sum(octet_length(content) + coalesce(pg_column_size(metadata), 0)) over (order by seq ${direction})
               - octet_length(content) as bytes_before
      from (
        select * from log_entries where ${sql.join(conditions, sql` and `)}
        order by seq ${direction} limit ${query.limit + 1} offset ${query.logType === undefined ? 0 : (query.offset ?? 0)}
      ) page
    ) sized
    where bytes_before < ${query.maxBytes}
    order by seq ${direction} limit ${query.limit}`)
  const found = rows[0]?.found ?? 0
  if (query.before !== undefined) rows.reverse()
  return { entries: rows.map(entryOf), more: found > rows.length }
}

/**
 * The seqs to look at. There are no gaps, so that without a filter both ends are known, also of what an offset leaves out.
 * Naming both matters: Postgres knows little of a table that grows by thousands of rows a second, and would read and sort all
 * that is left of the log for each page.
 */
function rangeOf({ after = 0, before, limit, offset = 0, logType }: LogQuery): SQL[] {
  if (logType !== undefined) return [before === undefined ? sql`seq > ${after}` : sql`seq < ${before}`]
  if (before === undefined) {
    return [sql`seq > ${after}::bigint + ${offset}`, sql`seq <= ${after}::bigint + ${offset + limit + 1}`]
  }
  return [sql`seq < ${before}::bigint - ${offset}`, sql`seq >= ${before}::bigint - ${offset + limit + 1}`]
}

/** The whole log in pages, each read when the one before was used: any length in constant memory, and no open transaction. */
export async function* eachPage(
  queries: Queries,
  run: LogOwner,
  maxBytes: number,
): AsyncGenerator<LogEntry[]> {
  let after = 0
  for (;;) {
    const { entries, more } = await readLog(queries, run, { limit: 1_000, after, maxBytes })
    if (entries.length > 0) yield entries
    if (!more) return
    after = entries.at(-1)?.seq ?? after
  }
}

/** The log of a run in a workspace, and how far it goes. Throws TASK_NOT_FOUND. */
export async function findLog(
  queries: Queries,
  workspaceId: string,
  runId: string,
): Promise<LogOwner & { readonly lastSeq: number }> {
  const { rows } = await queries.execute<{ last_seq: number }>(
    sql`select next_seq - 1 as last_seq from log_heads where run_id = ${runId} and workspace_id = ${workspaceId}`,
  )
  const [row] = rows
  if (row === undefined) throw new OptioError('TASK_NOT_FOUND', 'There is no task with this id.')
  return { id: runId, workspaceId, lastSeq: row.last_seq }
}

/** When an entry was stored; null when there is none with this seq. */
export async function timeOfEntry(queries: Queries, run: LogOwner, seq: number): Promise<Date | null> {
  const { entries } = await readLog(queries, run, { after: seq - 1, limit: 1, maxBytes: 1 })
  const [entry] = entries
  return entry?.seq === seq ? entry.timestamp : null
}
