import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../database/connection.ts'
import type { DatabaseLog } from '../../database/log.ts'
import type { NotifyBus } from '../../database/notify.ts'
import { encodeFrame, eventFrame } from './frame.ts'
import { EVENT_NOTICE } from './notice.ts'
import type { PacedReader } from './paced-reader.ts'
import { lastEventId, readEvents } from './read.ts'

/** Events read in one go. */
export const EVENT_PAGE = 200

const RETRY_MS = 500

/** Reads the new events of each workspace that has readers once for all of them, when a notice says that there are some. */
export class EventHub {
  readonly #database: Pick<Database, 'orm'>
  readonly #log: DatabaseLog
  readonly #tails = new Map<string, Tail>()
  readonly #unsubscribe: () => void

  constructor({ database, bus, log }: { database: Pick<Database, 'orm'>; bus: NotifyBus; log: DatabaseLog }) {
    this.#database = database
    this.#log = log
    this.#unsubscribe = bus.subscribe({
      notice: (notice) => {
        if (notice.k === EVENT_NOTICE) void this.#tails.get(String(notice.workspaceId))?.readAgain()
      },
      readAgain: () => {
        for (const tail of this.#tails.values()) void tail.readAgain()
      },
    })
  }

  /** Returns the function that ends the subscription. */
  subscribe(workspaceId: string, reader: PacedReader): () => void {
    const tail = this.#tails.get(workspaceId) ?? new Tail(this.#database, this.#log, workspaceId)
    this.#tails.set(workspaceId, tail)
    tail.readers.add(reader)
    return () => {
      tail.readers.delete(reader)
      if (tail.readers.size === 0 && this.#tails.get(workspaceId) === tail) this.#tails.delete(workspaceId)
    }
  }

  close(): void {
    this.#unsubscribe()
    this.#tails.clear()
  }
}

/** The end of one workspace's events, as far as this process has read. */
class Tail {
  readonly readers = new Set<PacedReader>()
  readonly #database: Pick<Database, 'orm'>
  readonly #log: DatabaseLog
  readonly #workspaceId: string
  #last: number | null = null
  #reading = false
  #again = false

  constructor(database: Pick<Database, 'orm'>, log: DatabaseLog, workspaceId: string) {
    this.#database = database
    this.#log = log
    this.#workspaceId = workspaceId
  }

  async readAgain(): Promise<void> {
    this.#again = true
    if (this.#reading) return
    this.#reading = true
    while (this.#again && this.readers.size > 0) {
      this.#again = false
      try {
        await this.#readOn()
      } catch (error) {
        this.#log.warn({ err: error }, 'Events cannot be read from the database. Trying again.')
        this.#again = true
        await sleep(RETRY_MS)
      }
    }
    this.#reading = false
  }

  async #readOn(): Promise<void> {
    if (this.#last === null) {
      // Readers find out from the table what they miss; from now on they are told.
      this.#last = await lastEventId(this.#database.orm, this.#workspaceId)
      for (const reader of this.readers) reader.goesTo(this.#last)
      return
    }
    const after = this.#last
    const rows = await readEvents(this.#database.orm, this.#workspaceId, after, EVENT_PAGE)
    const last = rows.at(-1)?.id
    if (last === undefined) return
    this.#last = last
    this.#again ||= rows.length === EVENT_PAGE
    const frames = rows.map((row) => encodeFrame(eventFrame(row)))
    for (const reader of this.readers) reader.offer(after, last, () => frames)
  }
}
