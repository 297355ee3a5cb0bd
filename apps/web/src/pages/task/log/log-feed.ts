import { ApiError, type BatchedEntry, type LogType } from '@optio/contract'
import { FoundWindow } from './found-window.ts'
import { type LogConnection, LogSocket } from './log-socket.ts'
import type { LogSource } from './log-source.ts'
import { type Gap, LogWindow } from './log-window.ts'
import { type LogRead, readLog } from './read-log.ts'

const PAGE = 200
/** So many rows beyond what is on the screen are read ahead. */
const AHEAD = 150
const AT_ONCE = 2
/** A reader that was away for more than this is shown the end; what is between is read when it is looked at. */
const MOST_MISSED = 2_000
const RETRY_MS = 1_500
/** Beyond the end of any log. */
const BEYOND = 1_000_000_000_000

interface Reading {
  readonly gap: Gap
  readonly stop: AbortController
}

/**
 * The log of a task as the page shows it: what is near the screen is read, what is new comes by itself, what is far away is let
 * go of.
 */
export class LogFeed {
  readonly #taskId: string
  readonly #all = new LogWindow()
  readonly #socket: LogSocket
  readonly #listeners = new Set<() => void>()
  readonly #readings = new Set<Reading>()
  readonly #stop = new AbortController()
  #found: { readonly window: FoundWindow; readonly logType: LogType } | null = null
  #foundReadings = new Set<'before' | 'after'>()
  #looked: Gap = { from: 1, to: 1 }
  #retry: ReturnType<typeof setTimeout> | null = null
  #isStarted = false
  #version = 0

  connection: LogConnection = 'connecting'
  /** Why nothing can be shown; null when it can. */
  error: unknown = null
  /** How the log was read the first time, or not yet. */
  isReady = false
  /** Entries that came live since the page was opened. */
  arrived = 0

  /** @param line seq of the entry the page was opened for; null for the end. */
  constructor(taskId: string, line: number | null) {
    this.#taskId = taskId
    this.#socket = new LogSocket({
      taskId,
      after: () => this.#begin(line),
      entries: (entries) => this.#arrive(entries),
      connection: (connection) => {
        this.connection = connection
        this.#tell()
      },
    })
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Changes with everything the feed shows. */
  readonly version = (): number => this.#version

  /** What the view shows: the whole log, or what the filter finds. */
  get source(): LogSource {
    return this.#found?.window ?? this.#all
  }

  /** Seq of the last entry there is. */
  get last(): number {
    return this.#all.last
  }

  get logType(): LogType | null {
    return this.#found?.logType ?? null
  }

  /** May be called again after `close` (React mounts twice while it is developed): then with another feed. */
  open(): void {
    void this.#socket.open()
  }

  close(): void {
    this.#stop.abort()
    this.#socket.close()
    if (this.#retry !== null) clearTimeout(this.#retry)
  }

  /** Shows only entries of a type, looked for from a seq on; null shows all. */
  filter(logType: LogType | null, place: number): void {
    if (logType === this.logType) return
    this.#found = logType === null ? null : { window: new FoundWindow(place), logType }
    this.#foundReadings = new Set()
    this.#looked = { from: this.source.first, to: this.source.first }
    this.#pump()
    this.#tell()
  }

  /** Reads what is missing at and around these positions. To be called with what is on the screen. */
  look(from: number, to: number): void {
    this.#looked = { from, to }
    this.#pump()
  }

  async #begin(line: number | null): Promise<number> {
    const signal = this.#stop.signal
    try {
      if (!this.#isStarted) await this.#readFirst(line, signal)
      else await this.#catchUp(signal)
      this.error = null
      return this.#all.last
    } catch (error) {
      // What was shown stays; without anything to show, the page says why.
      if (!this.#isStarted && !signal.aborted) this.error = error
      if (error instanceof ApiError && error.status === 404) this.error = error
      this.#tell()
      throw error
    }
  }

  async #readFirst(line: number | null, signal: AbortSignal): Promise<void> {
    const read: LogRead =
      line === null ? { before: BEYOND, limit: PAGE } : { after: Math.max(0, line - PAGE / 2), limit: PAGE }
    const first = await readLog(this.#taskId, read, signal)
    this.#all.add(first.entries)
    this.#all.grow(first.lastSeq)
    if (first.entries.length === 0 && first.lastSeq > 0) {
      const end = await readLog(this.#taskId, { before: first.lastSeq + 1, limit: PAGE }, signal)
      this.#all.add(end.entries)
    }
    this.#isStarted = true
    this.isReady = true
    this.#tell()
  }

  async #catchUp(signal: AbortSignal): Promise<void> {
    const { lastSeq } = await readLog(this.#taskId, { after: this.#all.last, limit: 1 }, signal)
    if (lastSeq - this.#all.last <= MOST_MISSED) return
    this.#all.grow(lastSeq)
    this.#found?.window.missed()
    this.#tell()
  }

  #arrive(entries: readonly BatchedEntry[]): void {
    this.arrived += entries.length
    this.#all.add(entries)
    const { from, to } = this.#looked
    if (this.#found) {
      const { window, logType } = this.#found
      window.addLive(entries.filter((entry) => entry.logType === logType))
      this.#all.trim(this.#all.last, this.#all.last)
    } else {
      this.#all.trim(from, to)
    }
    this.#tell()
  }

  #tell(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }

  #pump(): void {
    if (!this.isReady || this.#stop.signal.aborted) return
    if (this.#found) this.#pumpFound(this.#found.window, this.#found.logType)
    else this.#pumpAll()
  }

  #pumpAll(): void {
    const { from, to } = this.#looked
    for (const reading of this.#readings) {
      const isFar = reading.gap.to < from - 2 * AHEAD || reading.gap.from > to + 2 * AHEAD
      if (isFar) reading.stop.abort()
    }
    const middle = (from + to) / 2
    const gaps = this.#all
      .gaps(from - AHEAD, to + AHEAD, PAGE)
      .filter((gap) => ![...this.#readings].some((reading) => overlap(reading.gap, gap)))
      .sort((a, b) => distance(a, middle) - distance(b, middle))
    for (const gap of gaps.slice(0, Math.max(0, AT_ONCE - this.#readings.size))) void this.#fill(gap, middle)
  }

  async #fill(gap: Gap, middle: number): Promise<void> {
    const reading = { gap, stop: new AbortController() }
    this.#readings.add(reading)
    const limit = gap.to - gap.from + 1
    // What is nearer to the screen comes first, should not all of it fit into one answer.
    const read = gap.to < middle ? { before: gap.to + 1, limit } : { after: gap.from - 1, limit }
    try {
      const signal = AbortSignal.any([this.#stop.signal, reading.stop.signal])
      const { entries, lastSeq } = await readLog(this.#taskId, read, signal)
      this.#readings.delete(reading)
      this.#all.add(entries)
      this.#all.grow(lastSeq)
      this.#all.trim(this.#looked.from, this.#looked.to)
      this.#tell()
      if (entries.length === 0) return this.#later()
      this.#pump()
    } catch {
      this.#readings.delete(reading)
      if (reading.stop.signal.aborted) this.#pump()
      else this.#later()
    }
  }

  #pumpFound(window: FoundWindow, logType: LogType): void {
    const { from, to } = this.#looked
    if (window.before !== null && from - window.first < AHEAD) void this.#find('before', window, logType)
    if (window.after !== null && window.last - to < AHEAD) void this.#find('after', window, logType)
  }

  async #find(side: 'before' | 'after', window: FoundWindow, logType: LogType): Promise<void> {
    const place = window[side]
    const readings = this.#foundReadings
    if (place === null || readings.has(side)) return
    readings.add(side)
    if (side === 'after') window.expectAfter(this.#all.last)
    try {
      const read = { [side]: place, limit: PAGE, logType }
      const { entries, next, lastSeq } = await readLog(this.#taskId, read, this.#stop.signal)
      readings.delete(side)
      if (side === 'before') window.addBefore(entries, next)
      else window.addAfter(entries, next, lastSeq)
      window.trim(this.#looked.from, this.#looked.to)
      this.#tell()
      this.#pump()
    } catch {
      readings.delete(side)
      this.#later()
    }
  }

  /** The server does not answer, or not with what was asked for: the view asks again by itself. */
  #later(): void {
    if (this.#stop.signal.aborted) return
    this.#retry ??= setTimeout(() => {
      this.#retry = null
      this.#pump()
    }, RETRY_MS)
  }
}

function overlap(a: Gap, b: Gap): boolean {
  return a.from <= b.to && b.from <= a.to
}

function distance({ from, to }: Gap, middle: number): number {
  return middle < from ? from - middle : Math.max(0, middle - to)
}
