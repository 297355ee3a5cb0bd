import { lstat, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { GitError, git } from '@optio/git'
import type { WorkTree } from './work-tree.ts'

export interface Blocked {
  readonly code: string
  readonly message: string
}

/** What a working tree is in the middle of, by the file git keeps meanwhile. */
const UNDER_WAY = [
  ['rebase-merge', 'a rebase'],
  ['rebase-apply', 'a rebase'],
  ['MERGE_HEAD', 'a merge'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick'],
  ['REVERT_HEAD', 'a revert'],
  ['BISECT_LOG', 'a bisect'],
] as const

/**
 * Why a working tree of the upstream (one that has the branch checked out, or a detached one) forbids to move that branch now, or null. The checkout is only looked at
 * (no lock is taken, no file monitor or hook is run); a merge would update it, which is right only while it is clean.
 */
export async function checkoutBlocks(tree: WorkTree, branch: string): Promise<Blocked | null> {
  if (tree.prunable) {
    return {
      code: 'checkout_gone',
      message: `The working tree ${tree.path} still holds the branch ${branch}, but it is gone. Run \`git worktree prune\` in the repository.`,
    }
  }
  const gitDir = await gitDirOf(tree.path)
  if (tree.branch !== branch)
    return (await isDetachedFrom(gitDir, branch)) ? busy(tree, 'a rebase or bisect') : null
  for (const [file, what] of UNDER_WAY) {
    if (await exists(join(gitDir, file))) return busy(tree, what)
  }
  if (await exists(join(gitDir, 'index.lock'))) {
    return {
      code: 'checkout_locked',
      message: `Another git command is at work in ${tree.path} (there is ${join(gitDir, 'index.lock')}). If none is, remove that file.`,
    }
  }
  return await changesIn(tree, branch)
}

/** Filters the person has configured for their repository (git-lfs) run here, as in any look git takes at it. */
async function changesIn(tree: WorkTree, branch: string): Promise<Blocked | null> {
  let changes: string[]
  try {
    const status = await git(
      ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all'],
      {
        cwd: tree.path,
        profile: 'upstream',
        maxOutputBytes: 4096,
        onOutputLimit: 'cut',
        timeoutMs: 120_000,
      },
    )
    changes = status.stdout
      .toString('utf8')
      .split('\0')
      .filter((entry) => entry !== '')
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return {
      code: 'checkout_unreadable',
      message: `${tree.path} has the branch ${branch} checked out, and git cannot tell whether it is clean: ${error.message}`,
    }
  }
  const [first] = changes
  if (first === undefined) return null
  const more = changes.length > 1 ? ' and more' : ''
  return {
    code: 'checkout_dirty',
    message: `${tree.path} has the branch ${branch} checked out with changes that are not committed (${JSON.stringify(first.slice(3))}${more}). Commit or stash them; the merge goes on by itself then.`,
  }
}

/**
 * The first of these files, added by a merge, that already lies in the working tree without belonging to it; git would
 * refuse to write over it. A file in the place of one of its directories counts too.
 */
export async function untrackedInTheWay(
  tree: WorkTree,
  branch: string,
  addedPaths: readonly string[],
): Promise<Blocked | null> {
  for (const path of addedPaths) {
    if (!(await isInTheWay(tree.path, path))) continue
    return {
      code: 'checkout_in_the_way',
      message: `${tree.path} has the branch ${branch} checked out, and an untracked ${JSON.stringify(path)} is in the way of the merge. Move it; the merge goes on by itself then.`,
    }
  }
  return null
}

async function isInTheWay(root: string, path: string): Promise<boolean> {
  const facts = await lstat(join(root, path)).catch((error: NodeJS.ErrnoException) => error.code)
  if (facts === 'ENOENT') return false
  // ENOTDIR: one of its directories is a file here. Whether that file belongs to the tree is git's to say when it merges.
  return typeof facts !== 'string'
}

/** Git directory of a working tree, found without git: `.git`, or where the file of that name of a linked one points. */
async function gitDirOf(path: string): Promise<string> {
  const entry = join(path, '.git')
  const link = await readFile(entry, 'utf8').catch(() => null)
  const target = link === null ? null : /^gitdir: (.*)\n?$/s.exec(link)?.[1]
  return target === null || target === undefined ? entry : resolve(path, target)
}

function busy(tree: WorkTree, what: string): Blocked {
  return {
    code: 'checkout_busy',
    message: `${tree.path} is in the middle of ${what}. Finish or abort it; the merge goes on by itself then.`,
  }
}

/** During a rebase or bisect of a branch HEAD is detached, yet git still counts the branch as checked out there. */
async function isDetachedFrom(gitDir: string, branch: string): Promise<boolean> {
  for (const file of ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START']) {
    const name = await readFile(join(gitDir, file), 'utf8').catch(() => '')
    if (name.trim().replace(/^refs\/heads\//, '') === branch) return true
  }
  return false
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
