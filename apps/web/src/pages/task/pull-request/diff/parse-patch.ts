/** What a line of a diff is. `other`: something this parser does not know, shown as it is rather than left out. */
export type LineKind = 'context' | 'added' | 'removed' | 'other'

export interface DiffLine {
  readonly kind: LineKind
  /** Without the mark in front and the line feed; a carriage return before it is kept. */
  readonly text: string
  /** Number in the old file, from 1; null where the line is not in it. */
  readonly oldLine: number | null
  readonly newLine: number | null
  /** The file ends here without a line feed. */
  readonly noNewline: boolean
}

export interface Hunk {
  readonly oldStart: number
  readonly newStart: number
  /** What git says after the second `@@`: the function or heading the lines are in. */
  readonly context: string
  readonly lines: readonly DiffLine[]
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s
const HEADER =
  /^(?:diff --git |index |old mode |new mode |new file mode |deleted file mode |similarity index |dissimilarity index |rename from |rename to |copy from |copy to |--- |\+\+\+ |Binary files )/

/**
 * The hunks of a unified diff of one file, as `git diff` writes it; header lines of git are passed over. How long a hunk is says
 * its own first line, so content that looks like a header is content.
 */
export function parsePatch(patch: string): Hunk[] {
  const lines = patch.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const hunks: Hunk[] = []
  let at = 0
  while (at < lines.length) {
    const line = lines[at] ?? ''
    const match = HUNK.exec(line)
    if (match !== null) {
      const [hunk, next] = readHunk(lines, at + 1, match)
      hunks.push(hunk)
      at = next
    } else {
      if (!HEADER.test(line) && line !== '') addOther(hunks, line)
      at += 1
    }
  }
  return hunks
}

function readHunk(lines: readonly string[], from: number, match: RegExpExecArray): [Hunk, number] {
  const [, oldStart = '0', oldCount = '1', newStart = '0', newCount = '1', context = ''] = match
  let oldLine = Number(oldStart)
  let newLine = Number(newStart)
  const oldEnd = oldLine + Number(oldCount)
  const newEnd = newLine + Number(newCount)
  const read: DiffLine[] = []
  let at = from
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    if (line.startsWith('\\')) {
      const last = read.pop()
      if (last !== undefined) read.push({ ...last, noNewline: true })
      continue
    }
    if (oldLine >= oldEnd && newLine >= newEnd) break
    const text = line.slice(1)
    if (line.startsWith('+')) {
      read.push({ kind: 'added', text, oldLine: null, newLine, noNewline: false })
      newLine += 1
    } else if (line.startsWith('-')) {
      read.push({ kind: 'removed', text, oldLine, newLine: null, noNewline: false })
      oldLine += 1
    } else if (line.startsWith(' ') || line === '') {
      // Some tools strip the blank in front of an empty line.
      read.push({ kind: 'context', text, oldLine, newLine, noNewline: false })
      oldLine += 1
      newLine += 1
    } else break
  }
  return [{ oldStart: Number(oldStart), newStart: Number(newStart), context, lines: read }, at]
}

function addOther(hunks: Hunk[], text: string): void {
  const line: DiffLine = { kind: 'other', text, oldLine: null, newLine: null, noNewline: false }
  const last = hunks.at(-1)
  if (last === undefined) hunks.push({ oldStart: 0, newStart: 0, context: '', lines: [line] })
  else hunks[hunks.length - 1] = { ...last, lines: [...last.lines, line] }
}
