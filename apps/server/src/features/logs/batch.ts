import type { BatchedEntry } from '@optio/contract'
import type { LogEntry } from './entry.ts'

/** Entries in the form of the wire. */
export function wireEntry(entry: LogEntry): BatchedEntry {
  const { seq, attempt, stream, logType, content, metadata, timestamp } = entry
  return {
    seq,
    attempt,
    stream,
    logType: logType as BatchedEntry['logType'],
    content,
    metadata,
    timestamp: timestamp.toISOString(),
  }
}

/**
 * Entries on their way to readers. Each form of frame is made once, for however many readers: turning entries into JSON is
 * the dear part of delivery.
 */
export class LogBatch {
  readonly runId: string
  readonly entries: readonly LogEntry[]
  #frame: Buffer | undefined
  #lines: readonly Buffer[] | undefined

  constructor(runId: string, entries: readonly LogEntry[]) {
    this.runId = runId
    this.entries = entries
  }

  /** The seq before the first entry. */
  get after(): number {
    return (this.entries[0]?.seq ?? 1) - 1
  }

  get last(): number {
    return this.entries.at(-1)?.seq ?? this.after
  }

  /** One `task:logs` frame with all entries, or a `task:log` frame for each. */
  frames(batched: boolean): readonly Buffer[] {
    if (batched) {
      this.#frame ??= encode({ type: 'task:logs', taskId: this.runId, entries: this.entries.map(wireEntry) })
      return [this.#frame]
    }
    this.#lines ??= this.entries.map((entry) =>
      encode({ type: 'task:log', taskId: this.runId, ...wireEntry(entry) }),
    )
    return this.#lines
  }
}

function encode(frame: object): Buffer {
  return Buffer.from(JSON.stringify(frame))
}
