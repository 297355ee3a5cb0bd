import { readCommit } from '../git/history.ts'
import { Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'

/** The commit that a branch, tag, `refs/…` or id names; throws when there is none. */
export async function resolveRevision(repository: Repository, name: string): Promise<string> {
  const branch = repository.branches.get(name.replace(/^(refs\/)?heads\//, ''))
  if (branch !== undefined) return branch
  const commit =
    /^[\w./-]+$/.test(name) && !name.startsWith('-') ? await readCommit(repository.gitDir, name) : null
  if (commit === null) throw new Refusal(422, `No commit found for SHA: ${name}`)
  return commit.sha
}
