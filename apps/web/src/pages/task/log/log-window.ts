import type { BatchedEntry } from '@optio/contract'
import { type LogSource, ROOM, type Room, sizeOf } from './log-source.ts'
import { ToolPairs } from './tool-pairs.ts'

const BLOCK = 100

/** Seqs that are not held, both ends counted. */
export interface Gap {
  readonly from: number
  readonly to: number
}

interface Block {
  /** By place in the block; holes are not held. */
  readonly entries: (BatchedEntry | undefined)[]
  count: number
  characters: number
}

/**
 * The whole log, of which some is held. Seqs have no gaps, so every entry has its place before it was read: pages from anywhere and
 * live frames fit in any order, twice is once, and the view can jump to any line. Held are blocks of 100 around what is looked at;
 * the farthest go first when there is no more room.
 */
export class LogWindow implements LogSource {
  readonly #room: Room
  readonly #blocks = new Map<number, Block>()
  readonly #pairs = new ToolPairs()
  #last = 0
  #entries = 0
  #characters = 0

  constructor(room: Room = ROOM) {
    this.#room = room
  }

  readonly first = 1
  readonly hasBefore = false
  readonly hasAfter = false

  /** Seq of the last entry that is known of. */
  get last(): number {
    return this.#last
  }

  /** How many entries are held. */
  get held(): number {
    return this.#entries
  }

  at(seq: number): BatchedEntry | undefined {
    return this.#blocks.get(blockOf(seq))?.entries[placeOf(seq)]
  }

  answerTo(seq: number): BatchedEntry | undefined {
    const entry = this.at(seq)
    const answer = entry && this.#pairs.answerOf(entry)
    return answer ? this.at(answer) : undefined
  }

  isFolded(seq: number): boolean {
    const entry = this.at(seq)
    return entry !== undefined && this.#pairs.callOf(entry) !== null
  }

  positionOf(seq: number): number {
    const entry = this.at(seq)
    const call = entry ? this.#pairs.callOf(entry) : null
    return call ?? Math.max(1, Math.min(seq, this.#last))
  }

  /** The log goes to `last` at least. */
  grow(last: number): void {
    this.#last = Math.max(this.#last, last)
  }

  /** Takes entries from anywhere; what is held already stays as it is. Call `trim` afterwards. */
  add(entries: readonly BatchedEntry[]): void {
    for (const entry of entries) {
      this.grow(entry.seq)
      const block = this.#block(blockOf(entry.seq))
      const place = placeOf(entry.seq)
      if (block.entries[place] !== undefined) continue
      block.entries[place] = entry
      const size = sizeOf(entry)
      block.count += 1
      block.characters += size
      this.#entries += 1
      this.#characters += size
      this.#pairs.add(entry)
    }
  }

  /** What is not held between two seqs, in runs of at most `longest`. */
  gaps(from: number, to: number, longest: number): Gap[] {
    const gaps: Gap[] = []
    const end = Math.min(to, this.#last)
    let start: number | null = null
    for (let seq = Math.max(1, from); seq <= end; seq++) {
      if (this.at(seq) === undefined) {
        start ??= seq
        if (seq - start + 1 < longest) continue
        gaps.push({ from: start, to: seq })
        start = null
      } else if (start !== null) {
        gaps.push({ from: start, to: seq - 1 })
        start = null
      }
    }
    if (start !== null) gaps.push({ from: start, to: end })
    return gaps
  }

  /** Lets go of what is farthest from what is looked at, until the rest fits. */
  trim(from: number, to: number): void {
    if (!this.#isFull()) return
    const [first, last] = [blockOf(from), blockOf(to)]
    const distance = (block: number) => (block < first ? first - block : Math.max(0, block - last))
    const farthest = [...this.#blocks.keys()].sort((a, b) => distance(b) - distance(a))
    for (const block of farthest) {
      if (!this.#isFull() || distance(block) === 0) return
      this.#drop(block)
    }
  }

  #isFull(): boolean {
    return this.#entries > this.#room.entries || this.#characters > this.#room.characters
  }

  #block(index: number): Block {
    let block = this.#blocks.get(index)
    if (block === undefined) {
      block = { entries: [], count: 0, characters: 0 }
      this.#blocks.set(index, block)
    }
    return block
  }

  #drop(index: number): void {
    const block = this.#blocks.get(index)
    if (block === undefined) return
    this.#blocks.delete(index)
    this.#entries -= block.count
    this.#characters -= block.characters
    for (const entry of block.entries) if (entry) this.#pairs.remove(entry)
  }
}

function blockOf(seq: number): number {
  return Math.floor((seq - 1) / BLOCK)
}

function placeOf(seq: number): number {
  return (seq - 1) % BLOCK
}
