import { type Fingerprint, hashOf, step, WINDOW } from './fingerprint.ts'

/** Texts shorter than this are not looked for across line breaks: words that merely follow each other would be taken for them. */
const SHORTEST_WRAPPED = 20

const SPREAD = 0x9e3779b1
const SLOTS = 1 << 16

/** Which fingerprints a text is looked through for. Made once, used for any number of texts. */
export class ByteSearch {
  readonly #all: Sought
  readonly #wrapped: Sought

  constructor(prints: readonly Fingerprint[]) {
    const numbered = [...prints.entries()]
    this.#all = new Sought(numbered)
    this.#wrapped = new Sought(numbered.filter(([, { length }]) => length >= SHORTEST_WRAPPED))
  }

  /** Begins a new text. */
  text(): SearchedText {
    return new SearchedText(this.#all, this.#wrapped)
  }
}

/**
 * One text that comes in pieces of any size. It is looked through as it is, and once more without blanks and line breaks,
 * because base64 is mostly wrapped. Of what came only as much is kept as what is looked for is long.
 */
export class SearchedText {
  readonly #plain: Pass
  readonly #folded: Pass
  readonly #found = new Set<number>()

  constructor(all: Sought, wrapped: Sought) {
    this.#plain = new Pass(all, this.#found)
    this.#folded = new Pass(wrapped, this.#found)
  }

  /** The bytes are not kept beyond the call. */
  push(bytes: Uint8Array): void {
    this.#plain.push(bytes)
    this.#folded.push(withoutBlanks(bytes))
  }

  /** The end of the text: the numbers of the fingerprints of what is in it. */
  end(): ReadonlySet<number> {
    this.#plain.end()
    this.#folded.end()
    return this.#found
  }
}

/** Fingerprints with their numbers, by where they begin. */
class Sought {
  readonly longest: number
  readonly byStart = new Map<number, (readonly [number, Fingerprint])[]>()
  /** Not 0 where a checksum that falls there is worth a look. */
  readonly filter = new Uint8Array(SLOTS)

  constructor(prints: readonly (readonly [number, Fingerprint])[]) {
    this.longest = Math.max(0, ...prints.map(([, { length }]) => length))
    for (const entry of prints) {
      const { start } = entry[1]
      this.filter[slotOf(start)] = 1
      this.byStart.set(start, [...(this.byStart.get(start) ?? []), entry])
    }
  }
}

/** The end of each piece is kept, as long as something sought that begins in it may end in the next. */
class Pass {
  readonly #sought: Sought
  readonly #found: Set<number>
  #kept: Uint8Array = new Uint8Array(0)

  constructor(sought: Sought, found: Set<number>) {
    this.#sought = sought
    this.#found = found
  }

  push(bytes: Uint8Array): void {
    if (this.#sought.longest === 0) return
    const text = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes])
    const undecided = Math.min(text.length, this.#sought.longest - 1)
    this.#scan(text, text.length - undecided)
    this.#kept = text.slice(text.length - undecided)
  }

  end(): void {
    this.#scan(this.#kept, this.#kept.length - WINDOW + 1)
  }

  /** Looks at what begins at one of the first `starts` bytes. */
  #scan(text: Uint8Array, starts: number): void {
    const { filter } = this.#sought
    const end = Math.min(text.length, starts + WINDOW - 1)
    let checksum = 0
    for (let i = 0; i < end; i++) {
      checksum = step(checksum, text[i] ?? 0)
      if (filter[slotOf(checksum)] !== 0 && i >= WINDOW - 1) this.#look(text, i - WINDOW + 1, checksum)
    }
  }

  #look(text: Uint8Array, at: number, checksum: number): void {
    for (const [number, { length, sha256 }] of this.#sought.byStart.get(checksum) ?? []) {
      if (this.#found.has(number) || at + length > text.length) continue
      if (hashOf(text.subarray(at, at + length)) === sha256) this.#found.add(number)
    }
  }
}

function slotOf(checksum: number): number {
  return Math.imul(checksum, SPREAD) >>> 16
}

/** The bytes but blanks and control characters. */
function withoutBlanks(bytes: Uint8Array): Uint8Array {
  const kept = Buffer.allocUnsafe(bytes.length)
  let length = 0
  for (const byte of bytes) if (byte > 0x20) kept[length++] = byte
  return kept.subarray(0, length)
}
