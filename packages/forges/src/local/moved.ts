import type { Observed, RepositoryRef } from '../forge.ts'
import type { UpstreamReader } from './upstream.ts'

/** Those whose head or base is elsewhere than it was: one listing of refs for all. */
export async function movedPullRequests(
  upstream: UpstreamReader,
  repository: RepositoryRef,
  observed: readonly Observed[],
): Promise<readonly number[]> {
  const branches = await upstream.branches(repository)
  return observed
    .filter(({ headRef, headSha, baseRef, baseSha }) => {
      return branches.get(headRef) !== headSha || branches.get(baseRef) !== baseSha
    })
    .map(({ number }) => number)
}
