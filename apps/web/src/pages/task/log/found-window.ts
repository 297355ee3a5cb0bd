import type { BatchedEntry } from '@optio/contract'
import { type LogSource, ROOM, type Room, sizeOf } from './log-source.ts'

/** Live entries that are kept aside while the end is being read. */
const MOST_WAITING = 2_000

/**
 * What a filter or a search finds, read outwards from a place in both directions. How many there are is not known until both ends
 * are reached; an entry keeps its position (which may be negative) while others are added before and after.
 */
export class FoundWindow implements LogSource {
  readonly #room: Room
  #entries: BatchedEntry[] = []
  #first = 0
  #characters = 0
  /** Where reading goes on; null at the end of the log on that side. */
  #before: number | null
  #after: number | null
  /** Everything up to this seq has been looked at. */
  #covered = 0
  #waiting: BatchedEntry[] = []
  /** From this seq on, `#waiting` misses nothing. */
  #waitingFrom = 0

  /** @param place seq before which, and from which, it is looked for. */
  constructor(place: number, room: Room = ROOM) {
    this.#room = room
    this.#before = place <= 1 ? null : place
    this.#after = Math.max(0, place - 1)
  }

  get first(): number {
    return this.#first
  }
  get last(): number {
    return this.#first + this.#entries.length - 1
  }
  get hasBefore(): boolean {
    return this.#before !== null
  }
  get hasAfter(): boolean {
    return this.#after !== null
  }
  /** `before` and `after` of the next requests. */
  get before(): number | null {
    return this.#before
  }
  get after(): number | null {
    return this.#after
  }

  at(position: number): BatchedEntry | undefined {
    return this.#entries[position - this.#first]
  }

  answerTo(): undefined {
    return undefined
  }

  isFolded(): boolean {
    return false
  }

  /** Position of the first entry at or after a seq; the last one when there is none. */
  positionOf(seq: number): number {
    let [low, high] = [0, this.#entries.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#entries[middle]?.seq ?? 0) < seq) low = middle + 1
      else high = middle
    }
    return this.#first + Math.max(0, Math.min(low, this.#entries.length - 1))
  }

  /** @param next `before` of the next request; null at the beginning of the log. */
  addBefore(entries: readonly BatchedEntry[], next: number | null): void {
    this.#entries = [...entries, ...this.#entries]
    this.#first -= entries.length
    this.#before = next
    for (const entry of entries) this.#characters += sizeOf(entry)
  }

  /** To be called before entries after `after` are asked for. `last` is the last seq that was told live. */
  expectAfter(last: number): void {
    this.#waiting = []
    this.#waitingFrom = last + 1
  }

  /**
   * @param next `after` of the next request; null when the end was reached
   * @param lastSeq how far the log went when the answer was made
   */
  addAfter(entries: readonly BatchedEntry[], next: number | null, lastSeq: number): void {
    this.#append(entries)
    this.#after = next
    if (next !== null) return
    this.#covered = Math.max(this.#covered, lastSeq, entries.at(-1)?.seq ?? 0)
    if (this.#waitingFrom > this.#covered + 1) this.#after = this.#covered
    else this.addLive(this.#waiting)
    this.#waiting = []
  }

  /** Entries that came live and that the filter finds; ascending. */
  addLive(entries: readonly BatchedEntry[]): void {
    if (this.#after === null) {
      const fresh = entries.filter(({ seq }) => seq > this.#covered)
      this.#append(fresh)
      this.#covered = Math.max(this.#covered, fresh.at(-1)?.seq ?? 0)
      return
    }
    this.#waiting.push(...entries)
    const dropped = this.#waiting.splice(0, Math.max(0, this.#waiting.length - MOST_WAITING)).at(-1)
    if (dropped) this.#waitingFrom = dropped.seq + 1
  }

  /** There is more at the end that did not come live: the reader was away. */
  missed(): void {
    this.#after ??= this.#covered
  }

  /** Lets go of what is farther from what is looked at, on whichever side that is. */
  trim(from: number, to: number): void {
    while (this.#entries.length > this.#room.entries || this.#characters > this.#room.characters) {
      const [above, below] = [from - this.#first, this.last - to]
      if (above <= 0 && below <= 0) return
      const many = Math.ceil(Math.max(above, below) / 4)
      if (above >= below) {
        const gone = this.#entries.splice(0, many)
        this.#first += gone.length
        this.#before = this.#entries[0]?.seq ?? this.#before
        for (const entry of gone) this.#characters -= sizeOf(entry)
      } else {
        const gone = this.#entries.splice(-many)
        this.#after = this.#entries.at(-1)?.seq ?? this.#after
        for (const entry of gone) this.#characters -= sizeOf(entry)
      }
    }
  }

  #append(entries: readonly BatchedEntry[]): void {
    for (const entry of entries) {
      this.#entries.push(entry)
      this.#characters += sizeOf(entry)
    }
  }
}
