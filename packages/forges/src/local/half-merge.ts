import { GitError, git } from '@optio/git'
import type { WorkTree } from './work-tree.ts'

/**
 * What a merge leaves in a checkout when it is torn before the branch moves: git brings files and index to the merge commit
 * first, and moves the branch last. A loss of power in between, or a hook that declines the branch's move, leaves a checkout
 * that looks as if somebody had staged the whole merge. It is recognised by being exactly the merge commit that Optio had on
 * record, so nobody's work is in it that is not in that commit.
 */
export async function isHalfMerge(tree: WorkTree, mergingSha: string): Promise<boolean> {
  try {
    const staged = await git(['diff-index', '--cached', '--quiet', mergingSha, '--'], {
      ...inTree(tree),
      okCodes: [0, 1],
    })
    if (staged.code !== 0) return false
    const status = await git(
      ['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=no', '--ignore-submodules=all'],
      inTree(tree),
    )
    const entries = status.stdout.toString('utf8').split('\0').filter(Boolean)
    // The second column is the working tree against the index.
    return entries.length > 0 && entries.every((entry) => entry[1] === ' ')
  } catch (error) {
    // The merge commit is not even there: nothing of it can be in the checkout.
    if (error instanceof GitError) return false
    throw error
  }
}

/** Brings a checkout back from the half of a merge to the commit it is at. git refuses where a file was changed since. */
export async function undoHalfMerge(tree: WorkTree, mergingSha: string): Promise<void> {
  if (!(await isHalfMerge(tree, mergingSha))) return
  await git(['read-tree', '-m', '-u', mergingSha, 'HEAD'], inTree(tree))
}

function inTree(tree: WorkTree) {
  return { cwd: tree.path, profile: 'upstream', timeoutMs: 120_000 } as const
}
