import { OPTIO_IDENTITY, updateRefs } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { readCommit, writeCommit } from '../from-mirror/commits.ts'
import { mergeTree } from '../from-mirror/merge-tree.ts'

const candidateRef = (headSha: string) => `refs/optio/candidates/${headSha}`

/**
 * The merge of a head and a base that checks run on: a commit in the mirror, the same at every call, kept by a ref until the
 * pull request is over (`dropCandidate`). Both must be in the mirror, as they are once the pull request was observed.
 */
export async function mergeCandidate(
  repository: Pick<RepositoryRef, 'mirrorDir'>,
  request: { readonly headSha: string; readonly baseSha: string },
): Promise<{ outcome: 'clean'; commit: string } | { outcome: 'conflict'; files: string[] }> {
  const { mirrorDir } = repository
  const merge = await mergeTree(mirrorDir, request.baseSha, request.headSha)
  if (merge.outcome === 'conflict') return merge
  const head = await readCommit(mirrorDir, request.headSha)
  const base = await readCommit(mirrorDir, request.baseSha)
  const committedAt = Math.max(head.committedAt, base.committedAt)
  const commit = await writeCommit(mirrorDir, {
    tree: merge.tree,
    parents: [request.baseSha, request.headSha],
    author: { ...OPTIO_IDENTITY, seconds: committedAt },
    committedAt,
    message: `Merge of ${request.headSha} and ${request.baseSha}, to be checked`,
  })
  await updateRefs(mirrorDir, { [candidateRef(request.headSha)]: commit })
  return { outcome: 'clean', commit }
}

/** Lets go of the candidate of a head that is merged, closed or no longer the head. */
export async function dropCandidate(mirrorDir: string, headSha: string): Promise<void> {
  await updateRefs(mirrorDir, { [candidateRef(headSha)]: null })
}
