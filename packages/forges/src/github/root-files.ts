import { OptioError } from '@optio/contract'
import type { RepositoryRef, RootFiles } from '../forge.ts'
import { rootFilesAt } from '../from-mirror/root-files.ts'
import type { GithubContext } from './context.ts'

/** What is at the top of a branch on GitHub, read from the mirror. */
export async function readRootFiles(
  { mirror }: GithubContext,
  repository: RepositoryRef,
  branch: string,
  wanted: readonly string[],
): Promise<RootFiles> {
  const sha = await mirror.branchHead(repository, branch)
  if (sha !== null && (await mirror.holding(repository, [sha]))) {
    return await rootFilesAt(repository.mirrorDir, sha, wanted)
  }
  throw new OptioError('BRANCH_NOT_FOUND', `${repository.fullName} has no branch ${JSON.stringify(branch)}.`)
}
