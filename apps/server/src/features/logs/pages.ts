import type { LogSocketFrame } from '@optio/contract'
import type { Queries } from '../../database/connection.ts'
import { encodeFrame } from '../events/frame.ts'
import type { Page } from '../events/paced-reader.ts'
import { type EventRow, readRunEvents } from '../events/read.ts'
import { LogBatch } from './batch.ts'
import type { LogEntry, LogOwner } from './entry.ts'
import { readLog, timeOfEntry } from './queries.ts'

/** Bounds of what is read in one go for one reader. */
const PAGE_ENTRIES = 1_000
const PAGE_BYTES = 512 * 1024

/**
 * Pages of a run's log for one reader, with the changes of state put in by their time: a reader that comes back after a
 * break gets those that it missed, too. A change that happens now comes after every entry that was stored before it.
 */
export class LogPages {
  readonly #queries: Queries
  readonly #run: LogOwner
  readonly #batched: boolean
  readonly #changes: EventRow[]
  #lastEvent: number
  /** Something may have happened between reading the history and being told of what is new. */
  #eventsExpected = true

  private constructor(
    queries: Queries,
    run: LogOwner,
    batched: boolean,
    history: EventRow[],
    since: Date | null,
  ) {
    this.#queries = queries
    this.#run = run
    this.#batched = batched
    this.#changes = history.filter((event) => isStateChange(event) && (!since || event.createdAt >= since))
    this.#lastEvent = history.at(-1)?.id ?? 0
  }

  /** For a reader that has all entries up to `after`. */
  static async from(queries: Queries, run: LogOwner, after: number, batched: boolean): Promise<LogPages> {
    const since = after === 0 ? null : await timeOfEntry(queries, run, after)
    return new LogPages(queries, run, batched, await readRunEvents(queries, run), since)
  }

  /** The next page is to look for new events first. */
  expectEvents(): void {
    this.#eventsExpected = true
  }

  async read(after: number): Promise<Page> {
    if (this.#eventsExpected) {
      this.#eventsExpected = false
      const news = await readRunEvents(this.#queries, this.#run, this.#lastEvent)
      this.#lastEvent = news.at(-1)?.id ?? this.#lastEvent
      this.#changes.push(...news.filter(isStateChange))
    }
    const { entries, more } = await readLog(this.#queries, this.#run, {
      after,
      limit: PAGE_ENTRIES,
      maxBytes: PAGE_BYTES,
    })
    return { frames: this.#frames(entries, more), last: entries.at(-1)?.seq ?? after, more }
  }

  #frames(entries: readonly LogEntry[], more: boolean): Buffer[] {
    const frames: Buffer[] = []
    let start = 0
    const flush = (end: number) => {
      if (end > start)
        frames.push(...new LogBatch(this.#run.id, entries.slice(start, end)).frames(this.#batched))
      start = end
    }
    let due = this.#changes[0]
    for (const [index, entry] of entries.entries()) {
      while (due !== undefined && due.createdAt <= entry.timestamp) {
        flush(index)
        frames.push(this.#stateFrame(due))
        this.#changes.shift()
        due = this.#changes[0]
      }
    }
    flush(entries.length)
    if (!more) frames.push(...this.#changes.splice(0).map((change) => this.#stateFrame(change)))
    return frames
  }

  #stateFrame(change: EventRow): Buffer {
    const frame: LogSocketFrame = {
      type: 'task:state_changed',
      taskId: this.#run.id,
      fromState: change.fromState,
      toState: change.toState ?? '',
      trigger: change.trigger,
      at: change.createdAt.toISOString(),
    }
    return encodeFrame(frame)
  }
}

function isStateChange(event: EventRow): boolean {
  return /^(task|run):state_changed$/.test(event.type) && event.toState !== null
}
