import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import type { GithubContext } from './context.ts'
import { requireOwnBranch } from './own-branch.ts'

/**
 * Deletes a run's branch while it points to that commit. By git, because the API deletes whatever a branch points to by then.
 */
export async function deleteBranch(
  { mirror }: GithubContext,
  repository: RepositoryRef,
  { name, sha }: { readonly name: string; readonly sha: string },
): Promise<'deleted' | 'absent' | 'moved'> {
  const branch = requireOwnBranch(repository, name)
  const actual = await mirror.branchHead(repository, branch)
  if (actual === null) return 'absent'
  if (actual !== sha) return 'moved'
  const push = await mirror.push(repository, { branch, sha: null, expected: sha })
  if (push.outcome === 'pushed') return 'deleted'
  // Deleted meanwhile, by a setting of the repository for instance, or moved.
  if (push.outcome === 'stale')
    return (await mirror.branchHead(repository, branch)) === null ? 'absent' : 'moved'
  throw new OptioError('CONFLICT', `GitHub did not delete the branch ${branch}: ${push.reason.slice(0, 400)}`)
}
