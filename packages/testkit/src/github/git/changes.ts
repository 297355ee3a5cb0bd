import { git } from './process.ts'

export interface ChangedFile {
  /** Of the new blob; of the old one when it was removed. */
  readonly sha: string
  readonly path: string
  readonly previousPath: string | null
  readonly status: 'added' | 'removed' | 'modified' | 'renamed'
  readonly additions: number
  readonly deletions: number
  /** From the first hunk on; null for binary files. */
  readonly patch: string | null
}

const STATUSES = { A: 'added', D: 'removed', M: 'modified', T: 'modified', R: 'renamed' } as const

/** What changed between two commits, renames found. `null` as `from`: from nothing. */
export async function changedFiles(gitDir: string, from: string | null, to: string): Promise<ChangedFile[]> {
  const output = await git(gitDir, [
    '-c',
    'core.quotePath=false',
    'diff-tree',
    '-r',
    '-M',
    '--full-index',
    '--raw',
    '--numstat',
    '--patch',
    '--no-commit-id',
    '-z',
    ...(from === null ? ['--root', to] : [from, to]),
  ])
  return readDiff(output)
}

/** The three parts that `-z --raw --numstat --patch` prints one after the other. */
function readDiff(output: string): ChangedFile[] {
  const patchStart = output.search(/(?:^|\0)diff --git /)
  const listed = patchStart < 0 ? output : output.slice(0, patchStart)
  const patches = patchStart < 0 ? '' : output.slice(patchStart).replace(/^\0/, '')
  const fields = listed.split('\0')
  const raws: { status: ChangedFile['status']; sha: string; path: string; previousPath: string | null }[] = []
  let at = 0
  for (; fields[at]?.startsWith(':'); ) {
    const [, , oldSha = '', newSha = '', letters = 'M'] = (fields[at] ?? '').split(' ')
    const status = STATUSES[letters[0] as keyof typeof STATUSES] ?? 'modified'
    const renamed = status === 'renamed'
    const first = fields[at + 1] ?? ''
    raws.push({
      status,
      sha: status === 'removed' ? oldSha : newSha,
      path: renamed ? (fields[at + 2] ?? '') : first,
      previousPath: renamed ? first : null,
    })
    at += renamed ? 3 : 2
  }
  const texts = patches === '' ? [] : patches.split(/^(?=diff --git )/m)
  return raws.map((raw, index) => {
    const [added = '-', removed = '-'] = (fields[at] ?? '').replace(/^\n/, '').split('\t')
    at += raw.status === 'renamed' ? 3 : 1
    const text = texts[index] ?? ''
    const hunk = text.search(/^@@ /m)
    return {
      ...raw,
      additions: added === '-' ? 0 : Number(added),
      deletions: removed === '-' ? 0 : Number(removed),
      patch: hunk < 0 ? null : text.slice(hunk).trimEnd(),
    }
  })
}

/** Lines of a patch that a review may comment on, by side, with the hunk up to them. */
export function commentableLines(patch: string): Map<string, string> {
  const lines = new Map<string, string>()
  let left = 0
  let right = 0
  let hunk: string[] = []
  for (const line of patch.split('\n')) {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line)
    if (header) {
      left = Number(header[1])
      right = Number(header[2])
      hunk = [line]
      continue
    }
    hunk.push(line)
    const text = hunk.join('\n')
    if (line.startsWith('+')) lines.set(`RIGHT ${right++}`, text)
    else if (line.startsWith('-')) lines.set(`LEFT ${left++}`, text)
    else if (!line.startsWith('\\')) {
      lines.set(`RIGHT ${right++}`, text)
      lines.set(`LEFT ${left++}`, text)
    }
  }
  return lines
}
