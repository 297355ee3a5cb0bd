import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { GitError, git } from '@optio/git'
import { readAllRefs, readHead, UnreadableClone } from './clone-refs.ts'
import { cloneGitDir, openCloneView } from './clone-view.ts'

export interface UnsavedRequest {
  readonly clone: string
  readonly mirrorDir: string
  readonly scratch: string
}

/**
 * Whether a clone holds work that is nowhere else: a commit behind one of its refs (branches, tags, stash, HEAD) that no ref of the
 * mirror contains, or files that differ from its HEAD. Looks from outside through a git directory of ours, so nothing of the
 * clone's configuration is obeyed; its index is not trusted either, the files themselves are compared. Whatever cannot be
 * read counts as work. Ignored files and what only the reflog knows do not.
 */
export async function holdsUnsavedWork(request: UnsavedRequest): Promise<boolean> {
  const replaced = `${basename(request.clone)}.replaced-`
  const siblings = await readdir(dirname(request.clone)).catch(() => [])
  if (siblings.some((name) => name.startsWith(replaced))) return true
  if ((await lstat(request.clone).catch(() => null)) === null) return false
  try {
    const gitDir = await cloneGitDir(request.clone)
    if (await hasUnknownCommits(await readAllRefs(gitDir), request.mirrorDir)) return true
    const head = await readHead(gitDir)
    return head === null || (await hasChangedFiles(request, head))
  } catch (error) {
    if (error instanceof UnreadableClone || error instanceof GitError) return true
    throw error
  }
}

async function hasUnknownCommits(shas: ReadonlySet<string>, mirrorDir: string): Promise<boolean> {
  const result = await git(['rev-list', '--max-count=1', '--stdin', '--not', '--all'], {
    cwd: mirrorDir,
    gitDir: mirrorDir,
    stdin: [...shas, ''].join('\n'),
  })
  return result.stdout.length > 0
}

async function hasChangedFiles(request: UnsavedRequest, head: string): Promise<boolean> {
  const view = await openCloneView({ ...request, refs: {}, head })
  try {
    const options = {
      cwd: request.clone,
      gitDir: view.gitDir,
      env: { GIT_WORK_TREE: request.clone },
      timeoutMs: 5 * 60_000,
    }
    await git(['read-tree', head], options)
    const status = await git(
      [
        'status',
        '--porcelain=v1',
        '-z',
        '--no-renames',
        '--untracked-files=normal',
        '--ignore-submodules=all',
      ],
      { ...options, maxOutputBytes: 1, onOutputLimit: 'cut' },
    )
    return status.truncated || status.stdout.length > 0
  } finally {
    await view.dispose()
  }
}
