const BLOCK = 128

interface Block {
  /** In pixels; NaN where it was not measured. */
  readonly heights: Float32Array
  sum: number
  count: number
}

/**
 * How high the rows are: measured ones as they are, all others as the measured ones on average. Kept for every row ever
 * measured (4 bytes each), so that what was let go of keeps its place on the scroll bar.
 */
export class RowHeights {
  readonly #blocks = new Map<number, Block>()
  readonly #guess: number
  #sum = 0
  #count = 0

  /** @param guess height of a row before any was measured, in pixels. */
  constructor(guess: number) {
    this.#guess = guess
  }

  /** Height of a row that was not measured, in pixels. */
  get usual(): number {
    // A few very high rows say little about the rest.
    return this.#count < 20 ? this.#guess : Math.min(Math.max(this.#sum / this.#count, 8), this.#guess * 6)
  }

  of(position: number): number {
    const height = this.#blocks.get(Math.floor(position / BLOCK))?.heights[inBlock(position)]
    return height === undefined || Number.isNaN(height) ? this.usual : height
  }

  /** Answers whether that is news. */
  set(position: number, height: number): boolean {
    const index = Math.floor(position / BLOCK)
    let block = this.#blocks.get(index)
    if (block === undefined) {
      block = { heights: new Float32Array(BLOCK).fill(Number.NaN), sum: 0, count: 0 }
      this.#blocks.set(index, block)
    }
    const before = block.heights[inBlock(position)] ?? Number.NaN
    if (Math.abs(before - height) < 0.05) return false
    const isNew = Number.isNaN(before)
    const change = height - (isNew ? 0 : before)
    block.heights[inBlock(position)] = height
    block.sum += change
    this.#sum += change
    block.count += isNew ? 1 : 0
    this.#count += isNew ? 1 : 0
    return true
  }

  /** For when they all change: another width, another way to show. */
  clear(): void {
    this.#blocks.clear()
    this.#sum = 0
    this.#count = 0
  }

  /** Height of the rows from one position up to, but without, another; in pixels. */
  between(from: number, to: number): number {
    if (to <= from) return 0
    const usual = this.usual
    const [first, last] = [Math.floor(from / BLOCK), Math.floor((to - 1) / BLOCK)]
    let height = (to - from) * usual
    if (last - first <= this.#blocks.size) {
      for (let index = first; index <= last; index++) height += this.#beyondUsual(index, from, to, usual)
    } else {
      for (const index of this.#blocks.keys()) height += this.#beyondUsual(index, from, to, usual)
    }
    return height
  }

  /** How much the measured rows of a block, as far as they are in the range, differ from usual ones. */
  #beyondUsual(index: number, from: number, to: number, usual: number): number {
    const block = this.#blocks.get(index)
    const [start, end] = [index * BLOCK, (index + 1) * BLOCK]
    if (block === undefined || end <= from || start >= to) return 0
    if (from <= start && end <= to) return block.sum - block.count * usual
    let more = 0
    for (let position = Math.max(start, from); position < Math.min(end, to); position++) {
      const height = block.heights[inBlock(position)] ?? Number.NaN
      if (!Number.isNaN(height)) more += height - usual
    }
    return more
  }
}

function inBlock(position: number): number {
  return ((position % BLOCK) + BLOCK) % BLOCK
}
