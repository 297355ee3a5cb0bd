import { type ChangedFile, changedFiles } from '../git/changes.ts'
import { type CommitFacts, countApart, mergeBaseOf, readCommit } from '../git/history.ts'
import { mergeTree } from '../git/merge.ts'
import type { PullIssue } from '../state/issue.ts'
import type { Distance, Repository } from '../state/repository.ts'

/** What git found out about two commits is kept: commits never change. */
async function kept<T>(
  known: Map<string, Promise<T>>,
  base: string,
  head: string,
  find: () => Promise<T>,
): Promise<T> {
  const key = `${base} ${head}`
  const present = known.get(key)
  if (present !== undefined) return await present
  const found = find()
  known.set(key, found)
  return await found
}

/** Tree of the merge; null when there are conflicts. */
export async function mergedTreeOf(
  repository: Repository,
  base: string,
  head: string,
): Promise<string | null> {
  return await kept(repository.mergedTrees, base, head, async () => {
    const merged = await mergeTree(repository.gitDir, base, head)
    return 'tree' in merged ? merged.tree : null
  })
}

export async function distanceOf(repository: Repository, base: string, head: string): Promise<Distance> {
  return await kept(repository.distances, base, head, () => countApart(repository.gitDir, base, head))
}

/** What the head changed since it left the base. */
export async function changesOf(
  repository: Repository,
  base: string,
  head: string,
): Promise<readonly ChangedFile[]> {
  return await kept(repository.changes, base, head, async () =>
    changedFiles(repository.gitDir, await mergeBaseOf(repository.gitDir, base, head), head),
  )
}

/** A commit by its id, which has to be there. */
export async function commitOf(repository: Repository, sha: string): Promise<CommitFacts> {
  const known = repository.commits.get(sha)
  if (known !== undefined) return await known
  const found = readCommit(repository.gitDir, sha).then((commit) => {
    if (commit === null) throw new Error(`There is no commit ${sha}.`)
    return commit
  })
  repository.commits.set(sha, found)
  return await found
}

/** Where the base of a pull request is: the branch while it is open, what it was once it is closed. */
export function liveBase(repository: Repository, { state, pull }: PullIssue): string {
  return (state === 'open' ? repository.branches.get(pull.baseRef) : undefined) ?? pull.baseSha
}

/** Whether it merges without conflicts; null: not known yet. Null for closed ones, too, as on GitHub once merged. */
export async function mergeableOf(repository: Repository, issue: PullIssue): Promise<boolean | null> {
  if (issue.state === 'closed') return null
  const base = liveBase(repository, issue)
  const key = `${base} ${issue.pull.headSha}`
  const tree = mergedTreeOf(repository, base, issue.pull.headSha)
  if (repository.lazyMergeability && !repository.looked.has(key)) {
    repository.looked.add(key)
    tree.catch(() => undefined)
    return null
  }
  return (await tree) !== null
}
