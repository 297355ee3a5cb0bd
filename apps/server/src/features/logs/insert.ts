import { type SQL, sql } from 'drizzle-orm'
import type { NewEntry } from './entry.ts'

/** Entries turned by 90 degrees, for UNNEST: one array a column. */
export interface EntryColumns {
  readonly stream: string[]
  readonly logType: string[]
  readonly content: string[]
  readonly metadata: (string | null)[]
}

/** The entries must be storable (`storableEntry`). */
export function entryColumns(entries: readonly NewEntry[]): EntryColumns {
  return {
    stream: entries.map(({ stream }) => stream),
    logType: entries.map(({ logType }) => logType),
    content: entries.map(({ content }) => content),
    metadata: entries.map(({ metadata }) => (metadata === null ? null : JSON.stringify(metadata))),
  }
}

/**
 * A table `e` of the entries with the columns of `log_entries` from `stream` to `timestamp` and their number `n`, from 1. One
 * statement with a few array parameters stores a batch five to seven times faster than rows of parameters (measured with
 * drizzle's `insert`), and as fast as COPY.
 */
export function unnestEntries(columns: EntryColumns, timestamp: Date): SQL {
  return sql`(
    select u.stream, u.log_type, u.content, u.metadata::jsonb as metadata, ${timestamp.toISOString()}::timestamptz as timestamp, u.n
    from unnest(${sql.param(columns.stream)}::text[], ${sql.param(columns.logType)}::text[], ${sql.param(columns.content)}::text[],
                ${sql.param(columns.metadata)}::text[]) with ordinality as u(stream, log_type, content, metadata, n)
  ) as e`
}
