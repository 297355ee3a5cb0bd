import { sql } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { plannedOnce } from '../../database/planned-once.ts'
import { whyNoRun } from '../tasks/resolve.ts'
import type { LogEntry, LogOwner } from './entry.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOf } from './entry-row.ts'

/** What to read of a log. `after` and `before` are seqs; `offset` is counted from where reading begins. */
export interface LogQuery {
  readonly limit: number
  readonly after?: number | undefined
  /** The last `limit` entries before it, and after `after`, instead of the first. */
  readonly before?: number | undefined
  readonly offset?: number | undefined
  readonly logType?: string | undefined
  /** Where the log ends; needed with a type. */
  readonly lastSeq?: number
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
  if (query.logType !== undefined) return await readType(queries, run, { ...query, logType: query.logType })
  const { after = 0, before, limit, offset = 0 } = query
  // There are no gaps, so both ends are known, also of what an offset leaves out.
  if (before !== undefined) {
    const range = { from: Math.max(after + 1, before - offset - limit - 1), to: before - offset - 1 }
    return await readRange(queries, run, { ...query, ...range, offset: 0 })
  }
  const forward = (from: number) => readRange(queries, run, { ...query, from, to: from + limit, offset: 0 })
  const wanted = after + offset + 1
  const page = await forward(wanted)
  if (page.entries[0]?.seq === wanted) return page
  // Nothing is there (yet), or what was there has been removed by age.
  const first = await firstSeqOf(queries, run)
  return first + offset > wanted ? await forward(first + offset) : page
}

/** The first entry that was not removed by age; 1 when none was. */
async function firstSeqOf(queries: Queries, { id }: LogOwner): Promise<number> {
  const { rows } = await queries.execute<{ first_seq: number }>(
    sql`select first_seq from log_heads where run_id = ${id}`,
  )
  return rows[0]?.first_seq ?? 1
}

/** Seqs that are looked at first for entries of one type; the next step looks at four times as many. */
const FIRST_STEP = 8 * 1024

/**
 * Entries of one type: in steps that grow as long as too few are found. One query over all of the log would do as well, if
 * Postgres knew how common the type is; but it knows little of a table that grows by thousands of rows a second, and reads
 * and sorts all there are of it.
 */
async function readType(
  queries: Queries,
  run: LogOwner,
  query: LogQuery & { readonly logType: string },
): Promise<LogPage> {
  const { after = 0, before, limit, offset = 0, lastSeq = 0 } = query
  const found: LogEntry[] = []
  let [from, to] = [after + 1, Math.min(lastSeq, (before ?? Number.MAX_SAFE_INTEGER) - 1)]
  // What is left out is found like everything else, and cannot be handed on with a cursor: then it is one step.
  let step = offset > 0 ? Number.MAX_SAFE_INTEGER : FIRST_STEP
  let bytes = query.maxBytes
  while (from <= to && bytes > 0) {
    const part =
      before === undefined
        ? { from, to: Math.min(to, from + step - 1) }
        : { from: Math.max(from, to - step + 1), to }
    const left = limit - found.length
    const { entries, more } = await readRange(queries, run, {
      ...query,
      ...part,
      limit: left,
      maxBytes: bytes,
      offset,
    })
    if (before === undefined) found.push(...entries)
    else found.unshift(...entries)
    if (more) return { entries: found, more }
    for (const { content } of entries) bytes -= Buffer.byteLength(content)
    if (before === undefined) from = part.to + 1
    else to = part.from - 1
    step *= 4
  }
  return { entries: found, more: from <= to }
}

/** Entries between two seqs, both included: the first `limit`, or with `before` the last. */
async function readRange(
  queries: Queries,
  run: LogOwner,
  query: LogQuery & { readonly from: number; readonly to: number; readonly offset: number },
): Promise<LogPage> {
  const direction = query.before === undefined ? sql`asc` : sql`desc`
  const ofType = query.logType === undefined ? sql`` : sql`and log_type = ${query.logType}`
  // Naming both ends matters as long as Postgres knows little of the table: it would read and sort all that is left of the log.
  const { rows } = await queries.execute<EntryRow & { found: number }>(sql`
    select ${ENTRY_COLUMNS}, found::int
    from (
      select page.*, count(*) over () as found,
             sum(octet_length(content) + coalesce(pg_column_size(metadata), 0)) over (order by seq ${direction})
               - octet_length(content) as bytes_before
      from (
        select * from log_entries
        where run_id = ${run.id} and workspace_id = ${run.workspaceId} ${ofType}
          and seq >= ${query.from}::bigint and seq <= ${query.to}::bigint
        order by seq ${direction} limit ${query.limit + 1} offset ${query.offset}
      ) page
    ) sized
    where bytes_before < ${query.maxBytes}
    order by seq ${direction} limit ${query.limit}`)
  const found = rows[0]?.found ?? 0
  if (query.before !== undefined) rows.reverse()
  return { entries: rows.map(entryOf), more: found > rows.length }
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

/** A log, and from where to where it goes: nothing is before `firstSeq` any more. */
export interface FoundLog extends LogOwner {
  readonly firstSeq: number
  readonly lastSeq: number
}

/** The log of a run in a workspace. Throws TASK_NOT_FOUND, or WRONG_TASK_TYPE for a definition. */
export async function findLog(queries: Queries, workspaceId: string, runId: string): Promise<FoundLog> {
  const { rows } = await queries.execute<{ first_seq: number; last_seq: number }>(
    sql`select first_seq, next_seq - 1 as last_seq from log_heads where run_id = ${runId} and workspace_id = ${workspaceId} ${plannedOnce}`,
  )
  const [row] = rows
  if (row === undefined) throw await whyNoRun(queries, { workspaceId, runId })
  return { id: runId, workspaceId, firstSeq: row.first_seq, lastSeq: row.last_seq }
}

/** When an entry was stored; null when there is none with this seq. */
export async function timeOfEntry(queries: Queries, run: LogOwner, seq: number): Promise<Date | null> {
  const { entries } = await readLog(queries, run, { after: seq - 1, limit: 1, maxBytes: 1 })
  const [entry] = entries
  return entry?.seq === seq ? entry.timestamp : null
}
