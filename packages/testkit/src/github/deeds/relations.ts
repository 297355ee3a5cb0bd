import { type ChangedFile, changedFiles } from '../git/changes.ts'
import { countApart, mergeBaseOf } from '../git/history.ts'
import { mergeTree } from '../git/merge.ts'
import type { PullIssue } from '../state/issue.ts'
import type { Relation, Repository } from '../state/repository.ts'

/** Found out by git once for each pair of commits. */
export async function relationOf(repository: Repository, base: string, head: string): Promise<Relation> {
  const key = `${base} ${head}`
  const known = repository.relations.get(key)
  if (known !== undefined) return await known
  const found = findRelation(repository.gitDir, base, head)
  repository.relations.set(key, found)
  return await found
}

async function findRelation(gitDir: string, base: string, head: string): Promise<Relation> {
  const [mergeBase, merged, apart] = await Promise.all([
    mergeBaseOf(gitDir, base, head),
    mergeTree(gitDir, base, head),
    countApart(gitDir, base, head),
  ])
  return { mergeBase, tree: 'tree' in merged ? merged.tree : null, ...apart }
}

/** What the head changed since it left the base. */
export async function changesOf(
  repository: Repository,
  base: string,
  head: string,
): Promise<readonly ChangedFile[]> {
  const key = `${base} ${head}`
  const known = repository.changes.get(key)
  if (known !== undefined) return await known
  const found = mergeBaseOf(repository.gitDir, base, head).then((mergeBase) =>
    changedFiles(repository.gitDir, mergeBase, head),
  )
  repository.changes.set(key, found)
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
  const relation = relationOf(repository, base, issue.pull.headSha)
  if (repository.lazyMergeability && !repository.looked.has(key)) {
    repository.looked.add(key)
    relation.catch(() => undefined)
    return null
  }
  return (await relation).tree !== null
}
