import type { LogType } from '@optio/contract'
import { FoundWindow } from './found-window.ts'
import { readLog } from './read-log.ts'

const PAGE = 100
/** So many hits are counted by themselves; a search for a letter must not read the whole log. */
const COUNTED = 500

/** Hits are few, their entries can be large. */
const ROOM = { entries: 3_000, characters: 12_000_000 }

export interface FinderOptions {
  readonly taskId: string
  readonly words: string
  readonly logType: LogType | null
  /** Seq from which it is looked for, in both directions. */
  readonly place: number
  /** Told the seq of the hit to be shown. */
  readonly show: (seq: number) => void
}

/** Finds words in a log on the server, from where the reader is, and goes from hit to hit in both directions. */
export class LogFinder {
  readonly #options: FinderOptions
  readonly #hits: FoundWindow
  readonly #stop = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #reads = new Map<'before' | 'after', Promise<void>>()
  #current: number | null = null
  #version = 0

  isBusy = false
  error: unknown = null

  constructor(options: FinderOptions) {
    this.#options = options
    this.#hits = new FoundWindow(options.place + 1, ROOM)
  }

  get words(): string {
    return this.#options.words
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly version = (): number => this.#version

  /** Hits known so far, and whether that is all of them. */
  get count(): { readonly known: number; readonly isAll: boolean } {
    return {
      known: this.#hits.last - this.#hits.first + 1,
      isAll: !this.#hits.hasBefore && !this.#hits.hasAfter,
    }
  }

  /** Which of the known hits is shown, from 1; null before the first. */
  get number(): number | null {
    return this.#current === null ? null : this.#current - this.#hits.first + 1
  }

  /** Seq of the hit that is shown. */
  get seq(): number | null {
    return this.#current === null ? null : (this.#hits.at(this.#current)?.seq ?? null)
  }

  /** Goes to the nearest hit: the last one up to where the reader is, else the first one below. */
  async start(): Promise<void> {
    await this.go(-1)
    if (this.#current === null) await this.go(1)
    await this.#count()
  }

  /** Goes to the next hit (1) or the one before (-1); past the last, it goes on at the other end. */
  async go(step: 1 | -1): Promise<void> {
    if (this.isBusy) return
    this.isBusy = true
    this.#tell()
    try {
      const from = this.#current ?? (step === 1 ? this.#hits.first - 1 : this.#hits.last + 1)
      const target = from + step
      while (this.#isMissing(target)) await this.#read(step === 1 ? 'after' : 'before')
      if (this.#hits.at(target)) this.#current = target
      else if (this.#current !== null && this.count.isAll)
        this.#current = step === 1 ? this.#hits.first : this.#hits.last
      this.error = null
    } catch (error) {
      if (this.#stop.signal.aborted) return
      this.error = error
    }
    this.isBusy = false
    this.#tell()
    const { seq } = this
    if (seq !== null) this.#options.show(seq)
  }

  close(): void {
    this.#stop.abort()
  }

  #isMissing(position: number): boolean {
    if (position > this.#hits.last) return this.#hits.hasAfter
    return position < this.#hits.first && this.#hits.hasBefore
  }

  /** Looks on in both directions, to be able to say how many there are. */
  async #count(): Promise<void> {
    try {
      while (!this.count.isAll && this.count.known < COUNTED) {
        await this.#read(this.#hits.hasBefore ? 'before' : 'after')
      }
    } catch {
      // The hits so far are of use without it; going to the next one says what is wrong.
    }
  }

  async #read(side: 'before' | 'after'): Promise<void> {
    const reading = this.#reads.get(side) ?? this.#readPage(side).finally(() => this.#reads.delete(side))
    this.#reads.set(side, reading)
    await reading
  }

  async #readPage(side: 'before' | 'after'): Promise<void> {
    const { taskId, words, logType } = this.#options
    const read = { [side]: this.#hits[side] ?? 0, limit: PAGE, search: words, logType }
    const { entries, next, lastSeq } = await readLog(taskId, read, this.#stop.signal)
    if (side === 'before') this.#hits.addBefore(entries, next)
    else this.#hits.addAfter(entries, next, lastSeq)
    const at = this.#current ?? (side === 'before' ? this.#hits.first : this.#hits.last)
    this.#hits.trim(at, at)
    this.#tell()
  }

  #tell(): void {
    this.#version += 1
    for (const listener of this.#listeners) listener()
  }
}
