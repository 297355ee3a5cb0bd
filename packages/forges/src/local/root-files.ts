import { OptioError } from '@optio/contract'
import type { RepositoryRef, RootFiles } from '../forge.ts'
import { rootFilesAt } from '../from-mirror/root-files.ts'
import type { LocalContext } from './observe.ts'

/** What is at the top of a branch of the upstream. */
export async function readRootFiles(
  context: LocalContext,
  repository: RepositoryRef,
  branch: string,
  wanted: readonly string[],
): Promise<RootFiles> {
  const branches = await context.upstream.branches(repository, true)
  const sha = branches.get(branch)
  if (sha === undefined) {
    throw new OptioError(
      'BRANCH_NOT_FOUND',
      `${repository.fullName} has no branch ${JSON.stringify(branch)}.`,
    )
  }
  await context.upstream.inMirror(repository, branches)
  return await rootFilesAt(repository.mirrorDir, sha, wanted)
}
