/** From one UTF-16 index to another, the end not included. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface IntralineChange {
  readonly removed: readonly Range[]
  readonly added: readonly Range[]
}

/** Longer lines are not compared: nobody reads them word by word. */
const MOST_CHARACTERS = 2_000
/** Cells of the table of common words; above it everything between common beginning and end counts as changed. */
const MOST_CELLS = 40_000
/** Lines that share less than this part of their letters are two lines, not one that was changed. */
const LEAST_SHARED = 0.35

const WORDS = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu

/**
 * Which words of a removed line and the added line in its place differ; null when they have too little in common, or are too
 * long, for that to say anything. Longest common subsequence over words (Wagner and Fischer, 1974), within bounds.
 */
export function compareWords(removed: string, added: string): IntralineChange | null {
  if (removed.length > MOST_CHARACTERS || added.length > MOST_CHARACTERS || removed === added) return null
  const before = removed.match(WORDS) ?? []
  const after = added.match(WORDS) ?? []
  const first = commonStart(before, after)
  const last = commonEnd(before, after, first)
  const oldMiddle = before.slice(first, before.length - last)
  const newMiddle = after.slice(first, after.length - last)
  const [keptOld, keptNew] = commonWords(oldMiddle, newMiddle)
  const isKept = (kept: ReadonlySet<number>, count: number) => (index: number) =>
    index < first || index >= count - last || kept.has(index - first)
  const oldKept = isKept(keptOld, before.length)
  const newKept = isKept(keptNew, after.length)
  const shared = letters(before.filter((_, index) => oldKept(index)))
  if (shared < LEAST_SHARED * Math.max(letters(before), letters(after))) return null
  return { removed: rangesOf(before, oldKept), added: rangesOf(after, newKept) }
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let count = 0
  while (count < a.length && count < b.length && a[count] === b[count]) count += 1
  return count
}

function commonEnd(a: readonly string[], b: readonly string[], from: number): number {
  const most = Math.min(a.length, b.length) - from
  let count = 0
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1
  return count
}

/** Indexes, in either list, of the words of a longest common subsequence. */
function commonWords(a: readonly string[], b: readonly string[]): [ReadonlySet<number>, ReadonlySet<number>] {
  const inA = new Set<number>()
  const inB = new Set<number>()
  const width = b.length + 1
  if (a.length * b.length > MOST_CELLS) return [inA, inB]
  const lengths = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      inA.add(i++)
      inB.add(j++)
    } else if (at(i + 1, j) >= at(i, j + 1)) i += 1
    else j += 1
  }
  return [inA, inB]
}

function letters(words: readonly string[]): number {
  return words.reduce((sum, word) => (word.trim() === '' ? sum : sum + word.length), 0)
}

function rangesOf(words: readonly string[], isKept: (index: number) => boolean): Range[] {
  const ranges: Range[] = []
  let at = 0
  words.forEach((word, index) => {
    const end = at + word.length
    if (!isKept(index)) {
      const last = ranges.at(-1)
      if (last?.end === at) ranges[ranges.length - 1] = { start: last.start, end }
      else ranges.push({ start: at, end })
    }
    at = end
  })
  return ranges
}
