import type { PublishResult, RepositoryRef } from '../forge.ts'
import type { GithubContext } from './context.ts'
import { requireOwnBranch } from './own-branch.ts'
import { pushRefusal } from './push-refusal.ts'

/**
 * Brings a run's branch on GitHub to a commit of the mirror: forward, or (after a rebase) over what Optio itself put there, never over
 * anybody else's commits. Repeating it after success changes nothing.
 */
export async function publishBranch(
  { mirror }: GithubContext,
  repository: RepositoryRef,
  request: { readonly branch: string; readonly sha: string; readonly expected: string | null },
): Promise<PublishResult> {
  const { sha, expected } = request
  const branch = requireOwnBranch(repository, request.branch)
  const actual = await mirror.branchHead(repository, branch)
  if (actual === sha) return { outcome: 'published', sha }
  if (actual !== expected) return { outcome: 'moved', actualSha: actual }
  const push = await mirror.push(repository, { branch, sha, expected })
  if (push.outcome === 'pushed') return { outcome: 'published', sha }
  if (push.outcome === 'refused') return { outcome: 'refused', ...pushRefusal(push) }
  const now = await mirror.branchHead(repository, branch)
  return now === sha ? { outcome: 'published', sha } : { outcome: 'moved', actualSha: now }
}
