import { SHORTEST_SECRET } from './secret-forms.ts'

/** A part of a text, from `start` to before `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Characters of each form that are looked for; the rest is compared where they are found. */
const PREFIX = SHORTEST_SECRET

/** ASCII characters are told apart, all others by their last seven bits: so a row of the table is bounded whatever is sought. */
const ASCII = 128
const KINDS = 2 * ASCII

/**
 * Finds any of many texts in one pass: the automaton of Aho and Corasick ("Efficient string matching", 1975) over the first eight
 * characters of each, with all its transitions in one table, so that a character costs two look-ups however many texts there are. Only
 * eight, because that bounds the table, and no two texts look alike for long. As all are of one length, a state that is reached is
 * the only match that ends there. Characters are looked up by their class, and where a beginning seems to be, whole texts are compared.
 */
export class Automaton {
  /** Class of each UTF-16 unit: those of whose kind none stands in a beginning are one class, 0. */
  readonly #classes = new Uint16Array(0x10000)
  /** Row of the next state, by row of the state plus class. Rows ascend with the depth of their states. */
  readonly #next: Int32Array
  readonly #width: number
  /** First row of a state in which a whole beginning was read. */
  readonly #leaves: number
  /** By state: how many characters of a beginning were read, and of the longest other one that ends there too. */
  readonly #depth: Uint8Array
  readonly #otherDepth: Uint8Array
  /** By state, from the first leaf on: the texts with that beginning, the longest first. */
  readonly #texts: (readonly string[])[] = []

  /** @param texts of at least eight characters; shorter ones are left out. */
  constructor(texts: readonly string[]) {
    const wanted = [...new Set(texts)].filter(({ length }) => length >= PREFIX)
    const classes = this.#classify(wanted)
    const beginnings = groupBy(wanted, (text) => this.#classesOf(text))
    this.#width = classes
    const levels = levelsOf([...beginnings.keys()])
    const states = levels.reduce((sum, level) => sum + level.length, 0)
    this.#leaves = beginnings.size === 0 ? Number.MAX_SAFE_INTEGER : (states - beginnings.size) * classes
    this.#depth = new Uint8Array(states)
    this.#otherDepth = new Uint8Array(states)
    this.#next = new Int32Array(states * classes)
    this.#connect(levels)
    for (const leaf of levels[PREFIX] ?? []) {
      const sorted = [...(beginnings.get(leaf) ?? [])].sort((a, b) => b.length - a.length)
      this.#texts.push(sorted)
    }
  }

  /**
   * Where texts were found, in order and without overlaps: those that overlap are one span.
   *
   * @param open told where the text ends within one that is sought, from the first such place on.
   */
  find(text: string, open?: (start: number) => void): Span[] {
    const spans: { start: number; end: number }[] = []
    const next = this.#next
    const classes = this.#classes
    const leaves = this.#leaves
    const { length } = text
    let row = 0
    for (let i = 0; i < length; i++) {
      // Both tables have an entry for whatever is asked of them.
      row = next[row + (classes[text.charCodeAt(i)] as number)] as number
      if (row >= leaves) this.#compare(text, i + 1 - PREFIX, row, spans, open)
    }
    if (open !== undefined) this.#tellOpen(row, length, open)
    return spans
  }

  #compare(
    text: string,
    start: number,
    row: number,
    spans: { start: number; end: number }[],
    open: ((start: number) => void) | undefined,
  ): void {
    const left = text.length - start
    for (const sought of this.#texts[(row - this.#leaves) / this.#width] ?? []) {
      if (sought.length > left) {
        if (open !== undefined && sought.startsWith(text.slice(start))) open(start)
        continue
      }
      if (!text.startsWith(sought, start)) continue
      const last = spans.at(-1)
      const end = start + sought.length
      if (last === undefined || last.end <= start) spans.push({ start, end })
      else if (last.end < end) last.end = end
      return
    }
  }

  #tellOpen(row: number, length: number, open: (start: number) => void): void {
    const state = row / this.#width
    // A whole beginning was compared already; what else it ends with may be another.
    const depth = (row >= this.#leaves ? this.#otherDepth[state] : this.#depth[state]) ?? 0
    if (depth > 0) open(length - depth)
  }

  /** Numbers the kinds of characters that stand in beginnings; answers how many classes there are. */
  #classify(texts: readonly string[]): number {
    const classOf = new Uint16Array(KINDS)
    let classes = 1
    for (const text of texts) {
      for (let i = 0; i < PREFIX; i++) {
        const kind = kindOf(text.charCodeAt(i))
        if (classOf[kind] === 0) classOf[kind] = classes++
      }
    }
    for (let unit = 0; unit < this.#classes.length; unit++) this.#classes[unit] = classOf[kindOf(unit)] ?? 0
    return classes
  }

  /** The classes of a text's beginning, each as the character of that number. */
  #classesOf(text: string): string {
    let beginning = ''
    for (let i = 0; i < PREFIX; i++) beginning += String.fromCharCode(this.#classes[text.charCodeAt(i)] ?? 0)
    return beginning
  }

  /** Fills the table, level by level: where a state has no child of its own, it goes where its longest proper suffix goes. */
  #connect(levels: readonly (readonly string[])[]): void {
    const width = this.#width
    const suffixRows: number[] = [0]
    const stateOf = new Map<string, number>([['', 0]])
    let state = 0
    for (const [depth, level] of levels.entries()) {
      for (const path of level) {
        stateOf.set(path, state)
        this.#depth[state] = depth
        state += 1
      }
    }
    for (const level of levels.slice(1)) {
      const nodes = level.map((path) => ({
        state: stateOf.get(path) ?? 0,
        parent: stateOf.get(path.slice(0, -1)) ?? 0,
        unit: path.charCodeAt(path.length - 1),
      }))
      for (const { state: own, parent, unit } of nodes) {
        const suffix = parent === 0 ? 0 : (this.#next[(suffixRows[parent] ?? 0) + unit] ?? 0)
        suffixRows[own] = suffix
        this.#otherDepth[own] = this.#depth[suffix / width] ?? 0
      }
      // First all children of the level above, then the copies: the row that is copied may be of one of their parents.
      for (const { state: own, parent, unit } of nodes) this.#next[parent * width + unit] = own * width
      for (const { state: own } of nodes) {
        const suffix = suffixRows[own] ?? 0
        this.#next.copyWithin(own * width, suffix, suffix + width)
      }
    }
  }
}

function kindOf(unit: number): number {
  return unit < ASCII ? unit : ASCII + (unit % ASCII)
}

/** The prefixes of each length, from 0 on. */
function levelsOf(beginnings: readonly string[]): string[][] {
  if (beginnings.length === 0) return [['']]
  return Array.from({ length: PREFIX + 1 }, (_, depth) => [
    ...new Set(beginnings.map((beginning) => beginning.slice(0, depth))),
  ])
}

function groupBy<T>(things: readonly T[], keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) {
    const key = keyOf(thing)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [thing])
    else group.push(thing)
  }
  return groups
}
