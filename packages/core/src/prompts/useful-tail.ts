import { firstBytes, lastBytes, utf8Length, visible } from '../text.ts'

/** Of a longer log only this many characters at its end are looked at. */
const MOST_CHARACTERS = 4_000_000
/** A longer line is cut in its middle. */
const LINE_BYTES = 2_000
/** Part of the room that lines about errors may take away from the plain tail. */
const ERRORS_SHARE = 0.4
/** Lines kept around a line about an error: what led to it, and the trace that follows. */
const LINES_BEFORE = 2
const LINES_AFTER = 8

const ERRORISH =
  /\b(?:errors?|fail(?:ed|ure|ures|ing|s)?|fatal|exception|panic(?:ked)?|traceback|assert\w*|not ok|cannot|denied|undefined reference|unexpected|expected|timed out)\b|Error\b|[✗✖✕×❌]/i

/**
 * The part of a failing log that helps most, in at most `maxBytes` bytes of UTF-8: its end, and before it the first lines
 * that speak of errors with what surrounds them. Gaps are said. Terminal escapes, overwritten progress lines and invisible
 * characters are left out.
 */
export function usefulTail(log: string, maxBytes: number): string {
  const lines = plainLines(log.slice(-MOST_CHARACTERS))
  const whole = lines.join('\n')
  if (utf8Length(whole) <= maxBytes) return whole
  const sizes = lines.map((line) => utf8Length(line) + 1)
  const tailFrom = tailStart(sizes, Math.floor(maxBytes * (1 - ERRORS_SHARE)))
  const kept = errorLines(lines, sizes, tailFrom, Math.floor(maxBytes * ERRORS_SHARE))
  if (kept.size === 0) return lastBytes(whole, maxBytes)
  for (let index = tailFrom; index < lines.length; index++) kept.add(index)
  return lastBytes(joined(lines, kept), maxBytes)
}

/** First line of the longest end that fits, at least the last line. */
function tailStart(sizes: readonly number[], room: number): number {
  let used = 0
  for (let index = sizes.length - 1; index >= 0; index--) {
    used += sizes[index] ?? 0
    if (used > room) return Math.min(index + 1, sizes.length - 1)
  }
  return 0
}

/** Bytes a note about a gap takes. */
const NOTE_BYTES = 40

function errorLines(
  lines: readonly string[],
  sizes: readonly number[],
  end: number,
  room: number,
): Set<number> {
  const kept = new Set<number>()
  let used = NOTE_BYTES
  for (let index = 0; index < end; index++) {
    if (!ERRORISH.test(lines[index] ?? '')) continue
    if (!kept.has(index)) used += NOTE_BYTES
    for (
      let near = Math.max(0, index - LINES_BEFORE);
      near <= Math.min(end - 1, index + LINES_AFTER);
      near++
    ) {
      if (kept.has(near)) continue
      used += sizes[near] ?? 0
      if (used > room) return kept
      kept.add(near)
    }
  }
  return kept
}

function joined(lines: readonly string[], kept: ReadonlySet<number>): string {
  const parts: string[] = []
  let left = 0
  for (const [index, line] of lines.entries()) {
    if (kept.has(index)) {
      if (left > 0) parts.push(`[… ${left} lines left out …]`)
      left = 0
      parts.push(line)
    } else {
      left++
    }
  }
  return parts.join('\n')
}

function plainLines(log: string): string[] {
  const lines = withoutEscapes(log)
    .split('\n')
    .map((line) => shortened(visible(asShown(line)).trimEnd()))
  while (lines.length > 0 && lines.at(-1) === '') lines.pop()
  return lines
}

/** What a terminal shows of a line: a carriage return starts it anew. */
function asShown(line: string): string {
  const parts = line.split('\r').filter((part) => part !== '')
  return parts.at(-1) ?? ''
}

function shortened(line: string): string {
  if (utf8Length(line) <= LINE_BYTES) return line
  return `${firstBytes(line, LINE_BYTES / 2)} … ${lastBytes(line, LINE_BYTES / 2)}`
}

const ESCAPE = '\u001b'

/** Without terminal escape sequences (ECMA-48). A string sequence that is not ended hides at most the rest of its line. */
function withoutEscapes(text: string): string {
  const [first = '', ...rest] = text.split(ESCAPE)
  let result = first
  for (const part of rest) {
    const code = part[0] ?? ''
    if (code === '[') result += part.slice(endOfControl(part))
    else if (']PX^_'.includes(code) && code !== '') result += part.slice(endOfString(part))
    else result += part.slice(/^[ -/]*./.exec(part)?.[0].length ?? 0)
  }
  return result
}

function endOfControl(part: string): number {
  const parameters = /^\[[0-?]*[ -/]*/.exec(part)?.[0].length ?? 1
  const final = part.charCodeAt(parameters)
  return final >= 0x40 && final <= 0x7e ? parameters + 1 : parameters
}

/** The sequence ends with BEL, with the next escape (its terminator is one), or with the line. */
function endOfString(part: string): number {
  const bell = part.indexOf('\u0007')
  const newline = part.indexOf('\n')
  if (bell >= 0 && (newline < 0 || bell < newline)) return bell + 1
  return newline >= 0 ? newline : part.length
}
