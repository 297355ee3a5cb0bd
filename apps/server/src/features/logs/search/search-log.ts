import { type SQL, sql } from 'drizzle-orm'
import type { Queries } from '../../../database/connection.ts'
import { plannedOnce } from '../../../database/planned-once.ts'
import type { LogEntry, LogOwner } from '../entry.ts'
import { ENTRY_COLUMNS, type EntryRow, entryOf } from '../entry-row.ts'
import type { LogPage } from '../queries.ts'
import { BLOCK, blockOf, countSigned, findBlocks } from './blocks.ts'
import { type Place, placesOf } from './signature.ts'

export interface LogSearch {
  /** Words that occur in the content, whatever their case. */
  readonly words: string
  readonly logType?: string | undefined
  /** Seqs; not both are given. With `before` the last entries before it are found, else the first after `after`. */
  readonly after?: number | undefined
  readonly before?: number | undefined
  /** Found entries to pass over first. */
  readonly offset?: number | undefined
  readonly limit: number
  /** Bytes of content after which no further entry is taken; at least one is. */
  readonly maxBytes: number
  /** Where the log ends. */
  readonly lastSeq: number
  /** Milliseconds after which it answers with what it has, and where to go on; 40. */
  readonly budgetMs?: number
}

export interface Found extends LogPage {
  /** Up to where was looked, in the direction of reading: `after` or `before` of the next search. */
  readonly cursor: number
  /** The log has whole blocks that have no signature yet. */
  readonly unsigned: boolean
}

const BUDGET_MS = 40

/** Entries and bytes looked at by one statement. */
const SCANNED_ENTRIES = 4 * BLOCK
const SCANNED_BYTES = 4 * 1024 * 1024

/** Blocks asked for in one statement, and looked through for them. */
const BLOCKS_AT_ONCE = 16
const BLOCKS_AHEAD = 4 * BLOCK

/** Seqs, both included. */
interface Range {
  readonly from: number
  readonly to: number
}

/**
 * Searches a log in the order of reading. Signatures of whole blocks say where the words may be; those blocks, and the
 * entries at the end that have no signature yet, are looked at themselves. Words shorter than three characters have no
 * signature. Whatever takes longer than the budget is answered in parts: `more` with a cursor, perhaps without an entry.
 */
export async function searchLog(queries: Queries, run: LogOwner, search: LogSearch): Promise<Found> {
  const backwards = search.before !== undefined
  const { limit, lastSeq, offset = 0, budgetMs = BUDGET_MS } = search
  const signed = await countSigned(queries, run.id)
  const about = { run, search, places: placesOf(search.words), signed, backwards }
  const end = performance.now() + budgetMs
  const unsigned = (signed + 1) * BLOCK <= lastSeq

  const found: LogEntry[] = []
  let toSkip = offset
  let bytes = 0
  let left: Range = {
    from: (search.after ?? 0) + 1,
    to: Math.min(lastSeq, (search.before ?? Number.MAX_SAFE_INTEGER) - 1),
  }
  const answer = (more: boolean): Found => {
    const cursor = more ? (backwards ? left.to + 1 : left.from - 1) : backwards ? 1 : lastSeq
    if (backwards) found.reverse()
    return { entries: found, more, cursor, unsigned }
  }
  while (left.from <= left.to) {
    const range = await nextRange(queries, about, left)
    if (range === null) return answer(false)
    const scanned = await scan(queries, about, range, limit + 1 - found.length + toSkip)
    for (const entry of scanned.entries) {
      if (toSkip > 0) {
        toSkip -= 1
      } else if (found.length === limit || (bytes >= search.maxBytes && found.length > 0)) {
        return answer(true)
      } else {
        found.push(entry)
        bytes += Buffer.byteLength(entry.content)
      }
      left = backwards ? { ...left, to: entry.seq - 1 } : { ...left, from: entry.seq + 1 }
    }
    left = backwards ? { ...left, to: scanned.rest } : { ...left, from: scanned.rest }
    // Entries to pass over cannot be handed on with a cursor.
    if (offset === 0 && performance.now() > end && left.from <= left.to) return answer(true)
  }
  return answer(false)
}

interface About {
  readonly run: LogOwner
  readonly search: LogSearch
  readonly places: readonly Place[]
  readonly signed: number
  readonly backwards: boolean
}

/** The next entries to look at themselves; null when there are none. */
async function nextRange(queries: Queries, about: About, left: Range): Promise<Range | null> {
  const { places, signed, backwards, run } = about
  const signedTo = places.length === 0 ? 0 : signed * BLOCK
  const isUnsigned = backwards ? left.to > signedTo : left.from > signedTo
  if (isUnsigned) {
    return backwards
      ? { from: Math.max(left.from, signedTo + 1, left.to - SCANNED_ENTRIES + 1), to: left.to }
      : { from: left.from, to: Math.min(left.to, left.from + SCANNED_ENTRIES - 1) }
  }
  let from = blockOf(left.from)
  let to = blockOf(Math.min(left.to, signedTo))
  while (from <= to) {
    const window = backwards
      ? { from: Math.max(from, to - BLOCKS_AHEAD + 1), to }
      : { from, to: Math.min(to, from + BLOCKS_AHEAD - 1) }
    const blocks = await findBlocks(queries, run.id, places, { ...window, backwards, limit: BLOCKS_AT_ONCE })
    const [first] = blocks
    if (first !== undefined) return clipped(neighbours(blocks, backwards), left)
    if (backwards) to = window.from - 1
    else from = window.to + 1
  }
  if (backwards || left.to <= signedTo) return null
  return { from: signedTo + 1, to: Math.min(left.to, signedTo + SCANNED_ENTRIES) }
}

/** The entries of the first of the blocks, and of those that follow it without a gap. */
function neighbours(blocks: readonly number[], backwards: boolean): Range {
  const step = backwards ? -1 : 1
  let [last = 0] = blocks
  const [first = 0] = blocks
  for (const block of blocks.slice(1, SCANNED_ENTRIES / BLOCK)) {
    if (block !== last + step) break
    last = block
  }
  const [low, high] = backwards ? [last, first] : [first, last]
  return { from: low * BLOCK + 1, to: (high + 1) * BLOCK }
}

function clipped({ from, to }: Range, { from: least, to: most }: Range): Range {
  return { from: Math.max(from, least), to: Math.min(to, most) }
}

/** Looks at entries themselves, as far as the bytes allow; `rest` is the seq at which looking goes on. */
async function scan(
  queries: Queries,
  { run, search, backwards }: About,
  { from, to }: Range,
  limit: number,
): Promise<{ entries: LogEntry[]; rest: number }> {
  const order = backwards ? sql`desc` : sql`asc`
  const ofType: SQL = search.logType === undefined ? sql`` : sql`and log_type = ${search.logType}`
  const pattern = `%${search.words.replace(/[\\%_]/g, '\\$&')}%`
  const looked = sql`run_id = ${run.id} and workspace_id = ${run.workspaceId} and seq >= ${from} and seq <= ${to} ${ofType}`
  // Mostly all of it fits, and then that is known for a third of what counting up to each entry takes. Else there is a row that says where the
  // bytes run out, and what one entry says is not read before it is known to fit.
  const { rows } = await queries.execute<EntryRow & { beyond: boolean }>(sql`
    with whole as materialized (
      select coalesce(sum(octet_length(content)), 0) <= ${SCANNED_BYTES} as fits from log_entries where ${looked}
    ), found as (
      (select seq, attempt, stream, log_type, timestamp, content, metadata, false as beyond from log_entries
       where (select fits from whole) and ${looked} and content ilike ${pattern}
       order by seq ${order} limit ${limit})
      union all
      (select seq, attempt, stream, log_type, timestamp, content, metadata, beyond from (
        select seq, attempt, stream, log_type, timestamp, beyond, bytes_before, size_before,
               case when not beyond then content else '' end as content, case when not beyond then metadata end as metadata
        from (
          select *, bytes_before >= ${SCANNED_BYTES} as beyond from (
            select *, sum(octet_length(content)) over following - octet_length(content) as bytes_before,
                   coalesce(lag(octet_length(content)) over following, 0) as size_before
            from log_entries where not (select fits from whole) and ${looked}
            window following as (order by seq ${order})
          ) summed
        ) sized
      ) looked_at
      where case when beyond then bytes_before - size_before < ${SCANNED_BYTES} else content ilike ${pattern} end
      order by seq ${order} limit ${limit})
    )
    select ${ENTRY_COLUMNS}, beyond from found order by seq ${order} ${plannedOnce}`)
  const stop = rows.find(({ beyond }) => beyond)
  const entries = rows.filter(({ beyond }) => !beyond).map(entryOf)
  const last = entries.at(-1)?.seq
  if (stop !== undefined) return { entries, rest: stop.seq }
  if (rows.length === limit && last !== undefined) return { entries, rest: backwards ? last - 1 : last + 1 }
  return { entries, rest: backwards ? from - 1 : to + 1 }
}
