import type { DiffLine, Hunk } from './parse-patch.ts'

/** One row of the view: a line, and beside it (or in its place) the line it was changed from or into. */
export interface Row {
  readonly line: DiffLine
  /** The other line of a changed pair: shown beside it, or compared with it word by word. */
  readonly mate: DiffLine | null
}

/** Rows of the unified view: lines in the order of the diff. */
export function unifiedRows(hunk: Hunk): Row[] {
  const mates = new Map<DiffLine, DiffLine>()
  for (const { removed, added } of changesOf(hunk.lines)) {
    removed.forEach((line, index) => {
      const other = added[index]
      if (other === undefined) return
      mates.set(line, other)
      mates.set(other, line)
    })
  }
  return hunk.lines.map((line) => ({ line, mate: mates.get(line) ?? null }))
}

/** A row of the view side by side; null where one side has nothing. */
export interface SplitRow {
  readonly left: DiffLine | null
  readonly right: DiffLine | null
}

/** Rows of the view side by side: what is the same stands beside itself, what was changed beside what it became. */
export function splitRows(hunk: Hunk): SplitRow[] {
  const rows: SplitRow[] = []
  for (const { removed, added, same } of changesOf(hunk.lines)) {
    for (let i = 0; i < Math.max(removed.length, added.length); i += 1) {
      rows.push({ left: removed[i] ?? null, right: added[i] ?? null })
    }
    if (same !== null) rows.push({ left: same, right: same })
  }
  return rows
}

interface Change {
  readonly removed: readonly DiffLine[]
  readonly added: readonly DiffLine[]
  /** The unchanged line that ends it; null at the end of the hunk. */
  readonly same: DiffLine | null
}

/** Removed and added lines that stand together. */
function* changesOf(lines: readonly DiffLine[]): Generator<Change> {
  let removed: DiffLine[] = []
  let added: DiffLine[] = []
  for (const line of lines) {
    if (line.kind === 'removed') {
      // A removal after additions begins another change.
      if (added.length > 0) {
        yield { removed, added, same: null }
        removed = []
        added = []
      }
      removed.push(line)
    } else if (line.kind === 'added') added.push(line)
    else {
      yield { removed, added, same: line }
      removed = []
      added = []
    }
  }
  if (removed.length + added.length > 0) yield { removed, added, same: null }
}
