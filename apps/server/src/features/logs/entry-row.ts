import { sql } from 'drizzle-orm'
import type { LogEntry } from './entry.ts'

/** A row of `log_entries` as `ENTRY_COLUMNS` has it. */
export type EntryRow = {
  seq: number
  attempt: number
  stream: string
  log_type: string
  content: string
  metadata: Record<string, unknown> | null
  timestamp: string
}

/** The time as text, whatever the parsers of this process do with times. */
export const ENTRY_COLUMNS = sql`seq, attempt, stream, log_type, content, metadata, to_json(timestamp) #>> '{}' as timestamp`

export function entryOf(row: EntryRow): LogEntry {
  return {
    seq: row.seq,
    attempt: row.attempt,
    stream: row.stream,
    logType: row.log_type,
    content: row.content,
    metadata: row.metadata,
    timestamp: new Date(row.timestamp),
  }
}
