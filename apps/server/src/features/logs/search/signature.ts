/**
 * What a block of entries says, as a set of bits that never lies about what is missing: each piece of 3 and of 4 characters sets
 * one bit of its own, so that words of which one piece has no bit are not in the block. (A Bloom filter with one hash function; see
 * docs/decisions for what else was measured.) Cut into shards, so that a search reads the few that its pieces are in.
 */

/** Shards of a signature, and the bits of each. */
export const SHARDS = 32
const SHARD_BITS = 8192
const SHARD_BYTES = SHARD_BITS / 8

/** Where a piece has its bit. */
export interface Place {
  readonly shard: number
  readonly bit: number
}

/** A character that no piece goes across: its case depends on the locale of the database. */
const BREAK = 0

export class Signature {
  readonly #bits: Uint8Array

  private constructor(bits: Uint8Array) {
    this.#bits = bits
  }

  static empty(): Signature {
    return new Signature(new Uint8Array(SHARDS * SHARD_BYTES))
  }

  /** Of what is too large to be read for it: anything may be in there. */
  static full(): Signature {
    return new Signature(new Uint8Array(SHARDS * SHARD_BYTES).fill(0xff))
  }

  add(text: string): void {
    const bits = this.#bits
    eachPiece(text, (at) => {
      bits[at >>> 3] = (bits[at >>> 3] ?? 0) | (1 << (at & 7))
    })
  }

  /** As Postgres's `get_bit` counts them. */
  shards(): Buffer[] {
    return Array.from({ length: SHARDS }, (_, shard) =>
      Buffer.from(this.#bits.buffer, shard * SHARD_BYTES, SHARD_BYTES),
    )
  }
}

/** Pieces looked for of long words: more would rule out hardly more. */
const MOST_PLACES = 12

/** Where the pieces of words have their bits, the longer pieces first; none when the words are too short to have any. */
export function placesOf(words: string): Place[] {
  const longer = new Set<number>()
  const shorter = new Set<number>()
  eachPiece(words, (at, length) => (length === 4 ? longer : shorter).add(at))
  return [...new Set([...longer, ...shorter])]
    .slice(0, MOST_PLACES)
    .map((at) => ({ shard: Math.floor(at / SHARD_BITS), bit: at % SHARD_BITS }))
}

function eachPiece(text: string, visit: (at: number, length: 3 | 4) => void): void {
  let a = BREAK
  let b = BREAK
  let c = BREAK
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const d = code < 128 ? (code >= 65 && code <= 90 ? code + 32 : code) : folded(code)
    if (b !== BREAK && c !== BREAK && d !== BREAK) {
      const three = mixed(mixed(b, c), d)
      visit(spread(three), 3)
      if (a !== BREAK) visit(spread(mixed(three, a + 65_536)), 4)
    }
    a = b
    b = c
    c = d
  }
}

function mixed(hash: number, code: number): number {
  return Math.imul(hash ^ (hash >>> 13), 0x5bd1e995) + Math.imul(code, 0x9e3779b1)
}

/** A number as wide as the signature has bits. */
function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return ((mixed ^ (mixed >>> 13)) >>> 0) % (SHARDS * SHARD_BITS)
}

let foldedCodes: Uint16Array | undefined

/**
 * A character beyond ASCII without its case. One that has cases is a break, unless it is another form of an ASCII letter (the
 * Kelvin sign is a k wherever case is ignored).
 */
function folded(code: number): number {
  foldedCodes ??= Uint16Array.from({ length: 65_536 }, (_, each) => {
    const character = String.fromCharCode(each)
    const lower = character.toLowerCase()
    // U+0130, I with a dot, which JavaScript takes apart: Unicode's simple mapping, which Postgres uses, makes it an i.
    if (each === 0x130) return 0x69
    if (lower === character && character.toUpperCase() === character) return each
    return lower.length === 1 && lower.charCodeAt(0) < 128 ? lower.charCodeAt(0) : BREAK
  })
  return foldedCodes[code] ?? BREAK
}
