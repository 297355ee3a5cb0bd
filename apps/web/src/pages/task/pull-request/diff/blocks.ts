import type { DiffLine, Hunk } from './parse-patch.ts'
import { type Row, type SplitRow, splitRows, unifiedRows } from './rows.ts'

export type DiffMode = 'unified' | 'split'

/** Rows that are drawn together or not at all. */
export type RowChunk = { readonly start: number } & (
  | { readonly mode: 'unified'; readonly rows: readonly Row[] }
  | { readonly mode: 'split'; readonly rows: readonly SplitRow[] }
)

/** A part of the view of one file, from top to bottom. */
export type Block =
  | { readonly type: 'hunk'; readonly key: string; readonly hunk: Hunk }
  | { readonly type: 'rows'; readonly key: string; readonly chunks: readonly RowChunk[] }
  /** What was said about the line above it. */
  | { readonly type: 'notes'; readonly key: string; readonly line: number }

const CHUNK_ROWS = 40
const GROUP_ROWS = 1_000

/**
 * Cuts the view of a file into parts. Chunks keep their place and key when a note comes or goes, so that what stands
 * elsewhere is not drawn anew. `noted` are the lines of the new file that have notes.
 */
export function blocksOf(hunks: readonly Hunk[], mode: DiffMode, noted: ReadonlySet<number>): Block[] {
  return hunks.flatMap((hunk, index) => {
    const blocks: Block[] = [{ type: 'hunk', key: `h${index}`, hunk }]
    let chunks: RowChunk[] = []
    for (const { chunk, note } of chunksOf(hunk, mode, noted)) {
      chunks.push(chunk)
      const end = chunk.start + chunk.rows.length
      const first = chunks[0]?.start ?? 0
      const isFull = Math.floor(first / GROUP_ROWS) !== Math.floor(end / GROUP_ROWS)
      if (note === null && !isFull) continue
      blocks.push({ type: 'rows', key: `r${index}.${first}`, chunks })
      if (note !== null) blocks.push({ type: 'notes', key: `n${index}.${note}`, line: note })
      chunks = []
    }
    const rest = chunks[0]
    if (rest !== undefined) blocks.push({ type: 'rows', key: `r${index}.${rest.start}`, chunks })
    return blocks
  })
}

interface NotedChunk {
  readonly chunk: RowChunk
  /** The line of its last row, when something was said about it. */
  readonly note: number | null
}

function chunksOf(hunk: Hunk, mode: DiffMode, noted: ReadonlySet<number>): NotedChunk[] {
  if (mode === 'split') {
    return cut(splitRows(hunk), ({ right }) => noteLine(right, noted)).map(({ start, rows, note }) => ({
      chunk: { mode, start, rows },
      note,
    }))
  }
  return cut(unifiedRows(hunk), ({ line }) => noteLine(line, noted)).map(({ start, rows, note }) => ({
    chunk: { mode, start, rows },
    note,
  }))
}

function noteLine(line: DiffLine | null, noted: ReadonlySet<number>): number | null {
  const number = line?.newLine ?? null
  return number !== null && noted.has(number) ? number : null
}

interface Cut<R> {
  readonly start: number
  readonly rows: readonly R[]
  /** The line of the last row, when something was said about it. */
  readonly note: number | null
}

function cut<R>(rows: readonly R[], noteOf: (row: R) => number | null): Cut<R>[] {
  const cuts: Cut<R>[] = []
  let start = 0
  rows.forEach((row, index) => {
    const note = noteOf(row)
    const end = index + 1
    if (note === null && end % CHUNK_ROWS !== 0 && end !== rows.length) return
    cuts.push({ start, rows: rows.slice(start, end), note })
    start = end
  })
  return cuts
}

/** Lines are drawn up to here; the rest of a longer one is shown when asked for. */
export const MOST_CHARACTERS_DRAWN = 2_000
const TAB_COLUMNS = 4

/** Columns the widest line needs; a little more than enough, since wide characters are only guessed. */
export function widestLine(hunks: readonly Hunk[]): number {
  let widest = 0
  for (const { lines } of hunks) {
    for (const { text } of lines) widest = Math.max(widest, columnsOf(text))
  }
  return widest
}

function columnsOf(text: string): number {
  let columns = 0
  const end = Math.min(text.length, MOST_CHARACTERS_DRAWN)
  for (let i = 0; i < end; i += 1) {
    const code = text.charCodeAt(i)
    columns +=
      code === 9 ? TAB_COLUMNS : code < 32 || code === 127 ? 6 : code < 0x300 ? 1 : code < 0x1100 ? 2 : 4
  }
  return columns + (text.length > end ? 40 : 0)
}
