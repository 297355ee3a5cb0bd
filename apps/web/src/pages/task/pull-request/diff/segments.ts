import type { Range } from './intraline.ts'

/** A piece of a line that looks the same throughout. */
export interface Segment {
  readonly text: string
  /** What kind of word it is, as an index into `SYNTAX_KINDS`; 0 is none. */
  readonly syntax: number
  readonly marked: boolean
}

/** Kinds of words, in the order in which the highlighter numbers them. */
export const SYNTAX_KINDS = [
  'plain',
  'keyword',
  'string',
  'string-expression',
  'constant',
  'comment',
  'function',
  'parameter',
  'punctuation',
  'link',
] as const

/**
 * Cuts a line where its syntax or its marks change. `syntax` is length, kind, length, kind and so on from the start of the
 * line, and may end before it; `marks` ascend and do not overlap.
 */
export function cutLine(text: string, syntax: readonly number[], marks: readonly Range[]): Segment[] {
  const segments: Segment[] = []
  let at = 0
  let run = 0
  let runEnd = syntax[0] ?? Number.POSITIVE_INFINITY
  let mark = 0
  while (at < text.length) {
    while (runEnd <= at) {
      run += 2
      runEnd += syntax[run] ?? Number.POSITIVE_INFINITY
    }
    while ((marks[mark]?.end ?? Number.POSITIVE_INFINITY) <= at) mark += 1
    const { start, end } = marks[mark] ?? { start: Number.POSITIVE_INFINITY, end: Number.POSITIVE_INFINITY }
    const marked = start <= at
    const until = Math.min(text.length, runEnd, marked ? end : start)
    segments.push({ text: text.slice(at, until), syntax: syntax[run + 1] ?? 0, marked })
    at = until
  }
  return segments
}
