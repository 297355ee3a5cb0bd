import { wholeCharacters } from '../storable.ts'

/** A line longer than this is stored in pieces. Also the most bytes that are read in one go. */
export const LINE_LIMIT_BYTES = 1024 * 1024

/** More lines than this wait for the next batch: a megabyte of line ends would be a million entries. */
const MOST_LINES = 4_000

/** A line, or a piece of one that is longer than the limit: `start`, any number of `middle`, `end`. */
export interface Line {
  readonly text: string
  readonly piece: 'start' | 'middle' | 'end' | null
}

export interface SplitLines {
  readonly lines: readonly Line[]
  /** Bytes the lines take, with their ends. */
  readonly consumed: number
  /** The last line is a piece that the next one continues. */
  readonly midLine: boolean
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/**
 * Cuts what was read into its complete lines; lines end with LF or CRLF. A last line without an end is left for later,
 * unless `final` says that nothing comes after it. Bytes that are no UTF-8 become U+FFFD; a character is never torn,
 * because lines are decoded as a whole and pieces are cut between characters.
 *
 * @param midLine the bytes begin in the middle of a line whose start was stored.
 * @param limit longest line in bytes; with as many bytes and no line end, all are one piece.
 * @param heldBack how many UTF-16 units at the end of a piece belong to the next one: a secret may have begun there.
 */
export function splitLines(
  bytes: Buffer,
  {
    midLine,
    final,
    limit = LINE_LIMIT_BYTES,
    heldBack = () => 0,
  }: {
    midLine: boolean
    final: boolean
    limit?: number
    heldBack?: (text: string) => number
  },
): SplitLines {
  const lines: Line[] = []
  let inLine = midLine
  let start = 0
  while (lines.length < MOST_LINES) {
    const end = bytes.indexOf(LINE_FEED, start)
    if (end === -1) break
    lines.push({ text: decode(bytes, start, end, true), piece: inLine ? 'end' : null })
    inLine = false
    start = end + 1
  }
  const rest = bytes.length - start
  if (rest === 0 || lines.length >= MOST_LINES) return { lines, consumed: start, midLine: inLine }
  if (start === 0 && rest >= limit) {
    const end = wholeCharacters(bytes, bytes.length)
    const whole = decode(bytes, 0, end, false)
    const cut = whole.length - heldBack(whole)
    // One that has no end is not waited for.
    const text = cut === 0 ? whole : whole.slice(0, cut)
    lines.push({ text, piece: inLine ? 'middle' : 'start' })
    const consumed = end - Buffer.byteLength(whole.slice(text.length))
    return { lines, consumed, midLine: true }
  }
  if (!final) return { lines, consumed: start, midLine: inLine }
  lines.push({ text: decode(bytes, start, bytes.length, true), piece: inLine ? 'end' : null })
  return { lines, consumed: bytes.length, midLine: false }
}

function decode(bytes: Buffer, start: number, end: number, wholeEnd: boolean): string {
  const stripped = wholeEnd && end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
  return bytes.toString('utf8', start, stripped)
}
