import { setTimeout as sleep } from 'node:timers/promises'
import type { DatabaseLog } from '../../database/log.ts'

/** Where frames go. `roomy` is false while too much of what was sent is still waiting to leave. */
export interface Outlet {
  readonly open: boolean
  readonly roomy: boolean
  send(frame: Buffer): void
  /** Resolves when there is room again, or the outlet is closed. */
  room(): Promise<void>
}

/** A part of the stream from the tables. */
export interface Page {
  readonly frames: readonly Buffer[]
  /** Position the frames bring the reader to. */
  readonly last: number
  /** The stream goes on after it. */
  readonly more: boolean
}

/** Pause after the tables could not be read. */
const RETRY_MS = 500

/**
 * One reader of a numbered stream that is stored before it is shown. It reads from the tables until it is at the end, and then
 * takes what it is offered live, as long as that follows on without a gap. Whatever goes wrong (it falls behind, a notice is
 * lost, a batch comes out of order), it goes back to reading the tables from its position. So it sends everything once and
 * in order, and never more is waiting than the outlet has room for, plus one page.
 */
export class PacedReader {
  readonly #outlet: Outlet
  readonly #read: (after: number) => Promise<Page>
  readonly #log: DatabaseLog
  readonly #retryMs: number
  #position: number
  #reading = false
  #readAgain = false

  constructor(options: {
    outlet: Outlet
    /** Position after which the stream is sent. */
    after: number
    read: (after: number) => Promise<Page>
    log: DatabaseLog
    /** Pause after the tables could not be read; 500. */
    retryMs?: number
  }) {
    this.#outlet = options.outlet
    this.#position = options.after
    this.#read = options.read
    this.#log = options.log
    this.#retryMs = options.retryMs ?? RETRY_MS
  }

  /** Offers what comes between two positions. */
  offer(after: number, last: number, frames: () => readonly Buffer[]): void {
    if (last <= this.#position) return
    if (this.#reading || after !== this.#position || !this.#outlet.roomy) {
      this.readAgain()
      return
    }
    for (const frame of frames()) this.#outlet.send(frame)
    this.#position = last
  }

  /** The stream goes on to `position` at least. */
  goesTo(position: number): void {
    if (position > this.#position) this.readAgain()
  }

  readAgain(): void {
    this.#readAgain = true
    if (!this.#reading) void this.#catchUp()
  }

  async #catchUp(): Promise<void> {
    this.#reading = true
    while (this.#readAgain && this.#outlet.open) {
      this.#readAgain = false
      try {
        await this.#outlet.room()
        const page = await this.#read(this.#position)
        for (const frame of page.frames) this.#outlet.send(frame)
        this.#position = page.last
        this.#readAgain ||= page.more
      } catch (error) {
        this.#log.warn({ err: error }, 'A reader could not be served from the database. Trying again.')
        this.#readAgain = true
        await sleep(this.#retryMs)
      }
    }
    this.#reading = false
  }
}
