import type { CoalescedNotices, Notice, NotifyBus } from '../../database/notify.ts'
import { EVENT_NOTICE } from '../events/notice.ts'
import { LogBatch } from './batch.ts'
import type { LogEntry } from './entry.ts'
import { LOG_NOTICE } from './notice.ts'

/** Somebody who follows the log of a run. All calls are hints that it may act on later. */
export interface LogReader {
  /** Entries that were just stored by this process. */
  offer(batch: LogBatch): void
  /** The log goes on to `seq` at least. */
  goesTo(seq: number): void
  /** There may be new entries or events of the run. */
  readAgain(): void
}

/**
 * Tells the readers of this process what is new in the logs they follow: what this process stores goes to them directly,
 * what others store they are told by notices and read from the table. A lost notice costs only time: each reader knows up to
 * where it has read.
 */
export class LogHub {
  readonly #readers = new Map<string, Set<LogReader>>()
  readonly #notices: CoalescedNotices
  readonly #stored: (runId: string, seq: number) => void
  readonly #unsubscribe: () => void

  /** @param options.stored told up to where this process has stored the log of a run. */
  constructor(bus: NotifyBus, { stored = () => {} }: { stored?: (runId: string, seq: number) => void } = {}) {
    this.#stored = stored
    this.#notices = bus.coalesce(LOG_NOTICE)
    this.#unsubscribe = bus.subscribe({
      notice: (notice) => this.#hear(notice),
      readAgain: () => {
        for (const runId of this.#readers.keys()) this.#each(runId, (reader) => reader.readAgain())
      },
    })
  }

  /** Returns the function that ends the subscription. */
  subscribe(runId: string, reader: LogReader): () => void {
    const readers = this.#readers.get(runId) ?? new Set()
    this.#readers.set(runId, readers.add(reader))
    return () => {
      readers.delete(reader)
      if (readers.size === 0 && this.#readers.get(runId) === readers) this.#readers.delete(runId)
    }
  }

  /** To be called when the entries are committed, in their order. */
  publish(runId: string, entries: readonly LogEntry[]): void {
    const last = entries.at(-1)
    if (last === undefined) return
    this.#notices.add(runId, last.seq)
    this.#stored(runId, last.seq)
    if (!this.#readers.has(runId)) return
    const batch = new LogBatch(runId, entries)
    this.#each(runId, (reader) => reader.offer(batch))
  }

  /** The log may have grown by nobody knows how much. */
  announce(runId: string): void {
    this.#notices.add(runId, null)
    this.#each(runId, (reader) => reader.readAgain())
  }

  close(): void {
    this.#unsubscribe()
    this.#readers.clear()
  }

  #hear(notice: Notice): void {
    if (notice.k === EVENT_NOTICE) {
      for (const runId of notice.runIds as string[]) this.#each(runId, (reader) => reader.readAgain())
    } else if (notice.k === LOG_NOTICE) {
      for (const [runId, seq] of notice.items as [string, number | null][]) {
        this.#each(runId, (reader) => (seq === null ? reader.readAgain() : reader.goesTo(seq)))
      }
    }
  }

  #each(runId: string, tell: (reader: LogReader) => void): void {
    for (const reader of this.#readers.get(runId) ?? []) tell(reader)
  }
}
