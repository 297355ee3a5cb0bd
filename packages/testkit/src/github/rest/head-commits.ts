import { readCommit } from '../git/history.ts'
import type { Repository } from '../state/repository.ts'
import type { HeadCommit } from './views/checks.ts'

/** The commit that suites and runs of it carry; null when it is gone. */
export async function headCommitOf(repository: Repository, sha: string): Promise<HeadCommit | null> {
  return await readCommit(repository.gitDir, sha)
}
