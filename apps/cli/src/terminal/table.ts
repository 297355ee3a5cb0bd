import { showControls } from '@optio/contract/text'
import type { Outlet } from '../cli.ts'
import type { Colors } from './colors.ts'
import { fit, pad, widthOf } from './width.ts'

export interface Column<Row> {
  readonly title: string
  /** Whatever it is, it is shown and not obeyed. */
  readonly text: (row: Row) => string
  /** Colours the text once it has its width. */
  readonly paint?: (text: string, row: Row) => string
  /** Gives way when the terminal is narrow, down to this many columns. */
  readonly shrinksTo?: number
}

const GAP = '  '

/** Writes rows under each other; on a terminal every row is one line of it. */
export async function writeTable<Row>(
  outlet: Outlet,
  colors: Colors,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Promise<void> {
  const cells = rows.map((row) => columns.map((column) => showControls(column.text(row))))
  const widths = widthsFor(columns, cells, outlet.columns)
  const line = (texts: readonly string[], paint: (text: string, index: number) => string) =>
    `${texts
      .map((text, i) => {
        const shown = fit(text, widths[i] ?? 0)
        return paint(i === texts.length - 1 ? shown : pad(shown, widths[i] ?? 0), i)
      })
      .join(GAP)
      .trimEnd()}\n`
  const titles = columns.map(({ title }) => title)
  await outlet.write(line(titles, (text) => colors.dim(text)))
  for (const [index, texts] of cells.entries()) {
    const row = rows[index] as Row
    await outlet.write(line(texts, (text, i) => columns[i]?.paint?.(text, row) ?? text))
  }
}

/** What each column needs; where that is more than there is, those that may shrink do, the widest first. */
function widthsFor<Row>(
  columns: readonly Column<Row>[],
  cells: readonly (readonly string[])[],
  available: number | null,
): number[] {
  const widths = columns.map(({ title }, i) =>
    cells.reduce((widest, row) => Math.max(widest, widthOf(row[i] ?? '')), widthOf(title)),
  )
  if (available === null) return widths
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - available
  while (excess > 0) {
    const candidates = columns
      .map(({ shrinksTo }, i) => ({ i, spare: shrinksTo === undefined ? 0 : (widths[i] ?? 0) - shrinksTo }))
      .filter(({ spare }) => spare > 0)
      .sort((one, other) => (widths[other.i] ?? 0) - (widths[one.i] ?? 0))
    const [widest] = candidates
    if (widest === undefined) break
    widths[widest.i] = (widths[widest.i] ?? 0) - 1
    excess -= 1
  }
  return widths
}

/** Writes names and values under each other. Null and empty values are left out. */
export async function writeFields(
  outlet: Outlet,
  colors: Colors,
  fields: readonly (readonly [name: string, value: string | null | undefined])[],
): Promise<void> {
  const shown = fields.filter(([, value]) => value !== null && value !== undefined && value !== '')
  const width = shown.reduce((widest, [name]) => Math.max(widest, name.length), 0)
  for (const [name, value] of shown) {
    const lines = showControls(value ?? '', { lines: true }).split('\n')
    const text = lines.join(`\n${' '.repeat(width + GAP.length)}`)
    await outlet.write(`${colors.dim(pad(name, width))}${GAP}${text}\n`)
  }
}
