import { OptioError } from '@optio/contract'
import { requireBranchName } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'

/** Answers the name when it is a branch of a run. Optio pushes to no other, whatever it is told. */
export function requireOwnBranch(repository: RepositoryRef, branch: string): string {
  if (requireBranchName(branch).startsWith('optio/') && branch !== repository.defaultBranch) return branch
  throw new OptioError(
    'UNSUPPORTED',
    `Optio changes only branches of its own, which begin with optio/; ${JSON.stringify(branch)} is not one of them.`,
  )
}
