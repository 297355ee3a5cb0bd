import { existsSync } from 'node:fs'
import { type GitOptions, git, gitText, resolveCommit } from '@optio/git'
import type { FileChange } from '../forge.ts'
import { PATCH_LIMITS, splitPatches } from './patches.ts'

const MAX_FILES = 1000

/** The two trees, named by commits or trees of the mirror, whose difference a pull request is. */
export interface Trees {
  readonly from: string
  readonly to: string
}

/** One line of git's list of differences. Modes are octal and `000000`, ids all zeroes, where there is nothing. */
export interface RawChange extends Pick<FileChange, 'path' | 'previousPath' | 'status'> {
  readonly before: { readonly mode: string; readonly id: string }
  readonly after: { readonly mode: string; readonly id: string }
  /** The kind of thing changed, as when a file becomes a link: git shows it as removed and added. */
  readonly isOtherKind: boolean
}

/** What a head proposes for a base: all since the two parted; null when the mirror does not have both commits. */
export async function readableTrees(
  mirrorDir: string,
  baseSha: string,
  headSha: string,
): Promise<Trees | null> {
  const has = async (sha: string) => existsSync(mirrorDir) && (await resolveCommit(mirrorDir, sha)) !== null
  if (!(await has(headSha)) || !(await has(baseSha))) return null
  const found = await gitText(['merge-base', '--end-of-options', baseSha, headSha], {
    ...inMirror(mirrorDir),
    okCodes: [0, 1],
  })
  // Two that share no history parted at the empty tree.
  return { from: found === '' ? await gitText(['mktree'], inMirror(mirrorDir)) : found, to: headSha }
}

export function inMirror(mirrorDir: string): GitOptions {
  return { cwd: mirrorDir, gitDir: mirrorDir }
}

export const PLAIN_DIFF = ['--no-color', '--no-ext-diff', '--no-textconv', '--full-index'] as const

/** The first 1000 files that differ, renames found, in git's order, with patches as far as `PATCH_LIMITS` lets them. */
export async function changedFiles(mirrorDir: string, trees: Trees): Promise<FileChange[]> {
  const flags = ['-r', '-M', ...PLAIN_DIFF]
  const names = ['--end-of-options', trees.from, trees.to]
  const own = inMirror(mirrorDir)
  const changes = await rawChanges(mirrorDir, trees)
  const numbers = await git(['diff-tree', ...flags, '--numstat', '-z', ...names], own)
  const output = await git(['diff-tree', ...flags, '--patch', '--submodule=short', ...names], {
    ...own,
    maxOutputBytes: PATCH_LIMITS.readBytes,
    onOutputLimit: 'cut',
  })
  const sections = changes.map(({ isOtherKind }) => (isOtherKind ? 2 : 1))
  const patches = splitPatches(output.stdout, output.truncated, sections)
  const counts = readNumbers(numbers.stdout.toString('latin1'))
  return changes.slice(0, MAX_FILES).map(({ path, previousPath, status }, index) => {
    const { additions = 0, deletions = 0, binary = false } = counts[index] ?? {}
    const patch = binary ? null : (patches[index] ?? null)
    const patchOmitted = patch !== null ? null : binary ? ('binary' as const) : ('too_large' as const)
    return { path, previousPath, status, additions, deletions, patch, patchOmitted }
  })
}

/** Every file that differs between the trees, renames found, in git's order. */
export async function rawChanges(mirrorDir: string, { from, to }: Trees): Promise<RawChange[]> {
  const args = ['diff-tree', '-r', '-M', '--no-abbrev', '--raw', '-z', '--end-of-options', from, to]
  return readRaw((await git(args, inMirror(mirrorDir))).stdout.toString('latin1'))
}

/** `:<mode> <mode> <id> <id> <status>NUL<path>NUL[<new path>NUL]…`, one character a byte. */
function readRaw(bytes: string): RawChange[] {
  const fields = bytes.split('\0')
  const changes: RawChange[] = []
  for (let i = 0; i < fields.length - 1; ) {
    const [mode = '', newMode = '', id = '', newId = '', kind = ''] = (fields[i] ?? '').slice(1).split(' ')
    const sides = { before: { mode, id }, after: { mode: newMode, id: newId }, isOtherKind: kind === 'T' }
    const path = pathOf(fields[i + 1] ?? '')
    if (kind.startsWith('R')) {
      changes.push({ path: pathOf(fields[i + 2] ?? ''), previousPath: path, status: 'renamed', ...sides })
      i += 3
      continue
    }
    const status = kind === 'A' ? 'added' : kind === 'D' ? 'removed' : 'modified'
    changes.push({ path, previousPath: null, status, ...sides })
    i += 2
  }
  return changes
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A path is bytes. What is not UTF-8 is shown byte by byte, so that two different names do not look the same. */
function pathOf(bytes: string): string {
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return bytes.replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
  }
}

/** `<added>TAB<deleted>TAB<path>NUL`, or with an empty path followed by `<old>NUL<new>NUL` for a rename; `-` for binary. */
function readNumbers(bytes: string): { additions: number; deletions: number; binary: boolean }[] {
  const fields = bytes.split('\0')
  const counts: { additions: number; deletions: number; binary: boolean }[] = []
  for (let i = 0; i < fields.length - 1; ) {
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[i] ?? '')
    if (match === null) break
    const [, added = '-', deleted = '-', path = ''] = match
    counts.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0, binary: added === '-' })
    i += path === '' ? 3 : 1
  }
  return counts
}
