import { GitError, git } from '@optio/git'

/** Result of merging two commits without a working tree: the tree that comes out, or the files that conflict. */
export type MergeOutcome =
  | { readonly outcome: 'clean'; readonly tree: string }
  | { readonly outcome: 'conflict'; readonly files: string[] }

/** Files named at most; a merge with more conflicts is not read to the end by anyone. */
const MAX_CONFLICT_FILES = 200

/**
 * `git merge-tree --write-tree` in the mirror: no working tree, no hook, and no merge driver, because the neutral
 * configuration defines none whatever the attributes in the repository say. Histories without a common commit conflict.
 */
export async function mergeTree(mirrorDir: string, ours: string, theirs: string): Promise<MergeOutcome> {
  try {
    const result = await git(
      ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', '--end-of-options', ours, theirs],
      { cwd: mirrorDir, gitDir: mirrorDir, okCodes: [0, 1] },
    )
    const [tree = '', ...files] = result.stdout.toString('utf8').split('\0')
    if (result.code === 0) return { outcome: 'clean', tree }
    const names = files.filter((file) => file !== '')
    return { outcome: 'conflict', files: [...new Set(names)].slice(0, MAX_CONFLICT_FILES) }
  } catch (error) {
    if (error instanceof GitError && error.stderr.includes('unrelated histories')) {
      return { outcome: 'conflict', files: [] }
    }
    throw error
  }
}
