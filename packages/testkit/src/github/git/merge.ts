import { commitTree, type Signature } from './commit.ts'
import { mergeBaseOf, readCommits } from './history.ts'
import { GitFailure, git } from './process.ts'
import { treeOf } from './tree.ts'

/** What a merge of two commits gives: a tree, or the paths in conflict. See git-merge-tree(1); nothing is changed. */
export async function mergeTree(
  gitDir: string,
  ours: string,
  theirs: string,
): Promise<{ tree: string } | { conflicts: string[] }> {
  try {
    return {
      tree: await git(gitDir, [
        'merge-tree',
        '--write-tree',
        '--no-messages',
        '--allow-unrelated-histories',
        ours,
        theirs,
      ]),
    }
  } catch (error) {
    if (!(error instanceof GitFailure) || error.status !== 1) throw error
    const [, ...files] = error.stdout.toString('utf8').trimEnd().split('\n')
    const paths = files.map((line) => line.slice(line.indexOf('\t') + 1)).filter((path) => path !== '')
    return { conflicts: [...new Set(paths)] }
  }
}

/**
 * Puts the commits of `head` that `base` lacks on top of `base`, one by one; null when one conflicts. Each is picked by merging with
 * a stand-in that has the tree of what is there and the picked commit's parent as its only parent, so that this is the merge base.
 */
export async function rebaseOnto(
  gitDir: string,
  base: string,
  head: string,
  committer: Signature,
): Promise<string | null> {
  const from = await mergeBaseOf(gitDir, base, head)
  const range = from === null ? [head] : [head, `^${from}`]
  const commits = (await readCommits(gitDir, range, { oldestFirst: true })).filter(
    ({ parents }) => parents.length === 1,
  )
  let onto = base
  for (const commit of commits) {
    const standIn = await commitTree(
      gitDir,
      await treeOf(gitDir, onto),
      commit.parents,
      'stand-in',
      committer,
    )
    const merged = await mergeTree(gitDir, standIn, commit.sha)
    if ('conflicts' in merged) return null
    const author = { ...commit.author, at: Date.parse(commit.author.date) }
    onto = await commitTree(gitDir, merged.tree, [onto], commit.message, author, committer)
  }
  return onto
}
