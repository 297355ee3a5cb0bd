/**
 * What a block of entries says, as a set of bits that never lies about what is missing: each piece of 3 and of 4 characters sets
 * two bits of its own, so that words of which one piece lacks a bit are not in the block (a Bloom filter). Cut into shards, so that
 * a search reads the few that its pieces are in.
 */

/** Shards of a signature, and the bits of each. */
const SHARDS = 32
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
    eachPiece(text, this.#bits, null)
  }

  /** As Postgres's `get_bit` counts them. */
  shards(): Buffer[] {
    return Array.from({ length: SHARDS }, (_, shard) =>
      Buffer.from(this.#bits.buffer, shard * SHARD_BYTES, SHARD_BYTES),
    )
  }
}

/** Pieces looked for of long words: more would rule out hardly more. */
const MOST_PIECES = 12

/** Where the pieces of words have their bits, the longer pieces first; none when the words are too short to have any. */
export function placesOf(words: string): Place[] {
  const longer = new Set<number>()
  const shorter = new Set<number>()
  eachPiece(words, null, (hash, length) => (length === 4 ? longer : shorter).add(hash))
  return [...longer, ...shorter].slice(0, MOST_PIECES).flatMap((hash) => {
    const shard = shardOf(hash)
    return [
      { shard, bit: firstBit(hash) },
      { shard, bit: secondBit(hash) },
    ]
  })
}

/* A hash has 32 bits: 5 say the shard, and 13 each its two bits there. */
const shardOf = (hash: number) => hash >>> 27
const firstBit = (hash: number) => (hash >>> 14) & (SHARD_BITS - 1)
const secondBit = (hash: number) => (hash >>> 1) & (SHARD_BITS - 1)

function setBits(bits: Uint8Array, hash: number): void {
  const start = shardOf(hash) * SHARD_BYTES
  const first = firstBit(hash)
  const second = secondBit(hash)
  bits[start + (first >>> 3)] = (bits[start + (first >>> 3)] ?? 0) | (1 << (first & 7))
  bits[start + (second >>> 3)] = (bits[start + (second >>> 3)] ?? 0) | (1 << (second & 7))
}

/** Sets the bits of each piece, or tells its hash: in one function, so that both agree, and without a closure for each text. */
function eachPiece(
  text: string,
  bits: Uint8Array | null,
  visit: ((hash: number, length: 3 | 4) => void) | null,
): void {
  let a = BREAK
  let b = BREAK
  let c = BREAK
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const d = code < 128 ? (code >= 65 && code <= 90 ? code + 32 : code) : folded(code)
    if (b !== BREAK && c !== BREAK && d !== BREAK) {
      const three = Math.imul(Math.imul(Math.imul(b, 0x9e3779b1) + c, 0x85ebca6b) + d, 0xc2b2ae35)
      if (bits !== null) setBits(bits, spread(three))
      else visit?.(spread(three), 3)
      if (a !== BREAK) {
        const four = Math.imul(three + a, 0x27d4eb2f) ^ a
        if (bits !== null) setBits(bits, spread(four))
        else visit?.(spread(four), 4)
      }
    }
    a = b
    b = c
    c = d
  }
}

/** Mixes a number so that each of its bits depends on all (the end of MurmurHash3). */
function spread(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
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
