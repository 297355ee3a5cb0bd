import { type FileHandle, open } from 'node:fs/promises'
import { LINE_LIMIT_BYTES, type Line, splitLines } from './split-lines.ts'

/** Where reading stands: stored with the entries. */
export interface OutputPosition {
  /** Bytes from the beginning of the file that are in the log. */
  readonly offset: number
  /** The byte at `offset` is in the middle of a line longer than the limit. */
  readonly midLine: boolean
}

export interface OutputChunk {
  readonly lines: readonly Line[]
  readonly next: OutputPosition
  /** There was more to read than one chunk takes. */
  readonly more: boolean
  /** Bytes the file is shorter than what was read before; 0 unless a power cut ate them. */
  readonly missing: number
}

/** One output of a step: a file that a process appends to and this one reads. It may not be there yet. */
export class OutputFile {
  readonly #path: string
  readonly #heldBack: (text: string) => number
  #handle: FileHandle | null = null
  /** Size at which no complete line was found, so that a long unfinished line is not read again and again. */
  #fruitless = -1

  /** @param heldBack see `splitLines`. */
  constructor(path: string, heldBack: (text: string) => number = () => 0) {
    this.#path = path
    this.#heldBack = heldBack
  }

  /**
   * Reads up to a megabyte from `position` on and cuts it into lines; null when there is nothing new. `final` says that
   * nobody writes to the file any more: then a last line without an end is a line.
   */
  async read(position: OutputPosition, final: boolean): Promise<OutputChunk | null> {
    const handle = await this.#open()
    const size = handle === null ? 0 : (await handle.stat()).size
    if (size < position.offset) {
      this.#fruitless = -1
      return {
        lines: [],
        next: { offset: size, midLine: false },
        more: true,
        missing: position.offset - size,
      }
    }
    if (handle === null || size === position.offset || (size === this.#fruitless && !final)) return null

    const bytes = await readUpTo(handle, position.offset, Math.min(size - position.offset, LINE_LIMIT_BYTES))
    const reachesEnd = position.offset + bytes.length >= size
    const { lines, consumed, midLine } = splitLines(bytes, {
      midLine: position.midLine,
      heldBack: this.#heldBack,
      final: final && reachesEnd,
    })
    if (consumed === 0) {
      this.#fruitless = size
      return null
    }
    const offset = position.offset + consumed
    // What is left of these bytes may still hold whole lines, or be the last line.
    const more = !reachesEnd || final || bytes.includes(0x0a, consumed)
    return { lines, next: { offset, midLine }, more: more && offset < size, missing: 0 }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = null
    await handle?.close()
  }

  async #open(): Promise<FileHandle | null> {
    if (this.#handle) return this.#handle
    try {
      this.#handle = await open(this.#path, 'r')
      return this.#handle
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }
}

async function readUpTo(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return buffer.subarray(0, filled)
}
