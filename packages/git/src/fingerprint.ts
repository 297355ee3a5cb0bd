import { createHash } from 'node:crypto'

/**
 * A text that can be found again by whoever does not know it: how long it is, a checksum of its beginning to find places
 * worth a look, and its hash. It may be stored where the text itself may not, as long as that is not one of few that can be
 * guessed.
 */
export interface Fingerprint {
  /** Bytes. */
  readonly length: number
  /** Of the first `WINDOW` bytes, by `step`. */
  readonly start: number
  /** SHA-256 of it all, in hexadecimal. */
  readonly sha256: string
}

/** Bytes the checksum speaks about, and the least that can have a fingerprint. */
export const WINDOW = 8

/**
 * The checksum with one more byte. What a byte adds is shifted out after eight more, so it always speaks about the last
 * `WINDOW` bytes: the “gear” hash of content-defined chunking, without its table.
 */
export function step(checksum: number, byte: number): number {
  return ((checksum << 4) + byte) | 0
}

/** Null when it is too short to be looked for. */
export function fingerprintOf(text: string): Fingerprint | null {
  const bytes = Buffer.from(text)
  if (bytes.length < WINDOW) return null
  return {
    length: bytes.length,
    start: bytes.subarray(0, WINDOW).reduce(step, 0),
    sha256: hashOf(bytes),
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
