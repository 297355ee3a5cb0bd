import type { MergeRequest, MergeResult, RepositoryRef } from '../forge.ts'
import { dropCandidate } from './candidate.ts'
import { undoHalfMerge } from './half-merge.ts'
import { makeMergeCommit } from './merge-commit.ts'
import { hasLanded, type LocalContext, requirePullRequest, whatBlocks } from './observe.ts'
import { pushBranch } from './push.ts'
import { relate } from './relation.ts'
import type { LocalPullRequest } from './store.ts'

/**
 * Merges exactly one head onto exactly one base. The merge commit is deterministic and recorded before it is pushed, and the
 * push is a compare-and-swap on the base: whoever dies at whatever point, and however many try, there is one merge.
 */
export async function mergePullRequest(
  context: LocalContext,
  repository: RepositoryRef,
  request: MergeRequest,
): Promise<MergeResult> {
  const row = await requirePullRequest(context, repository, request.number)
  if (row.state !== 'open') return ended(row)
  const branches = await context.upstream.branches(repository, true)
  await context.upstream.inMirror(repository, branches)
  const headSha = branches.get(row.headRef)
  const baseSha = branches.get(row.baseRef)
  if (baseSha !== undefined && row.mergingSha !== null && (await hasLanded(repository, row, baseSha))) {
    return await record(context, repository, row, request, row.mergingSha)
  }
  if (headSha !== request.headSha) {
    return refused(
      'head_moved',
      `${row.headRef} is not at ${request.headSha} any more: somebody pushed to it.`,
    )
  }
  if (baseSha !== request.baseSha) {
    return refused(
      'base_moved',
      `${row.baseRef} is not at ${request.baseSha} any more: it was checked without what came since.`,
    )
  }
  const relation = await relate({
    mirrorDir: repository.mirrorDir,
    headSha,
    baseSha,
    knownHeadSha: row.headSha,
    openedBaseSha: row.baseSha,
  })
  if (relation.mergedSha !== null) return await record(context, repository, row, request, relation.mergedSha)
  const blocked = await whatBlocks(context, repository, row, relation, true)
  if (blocked !== null) return refused('blocked', blocked.message)
  const commit = await makeMergeCommit({
    ...request,
    ...row,
    headSha,
    baseSha,
    mirrorDir: repository.mirrorDir,
  })
  if (commit.outcome === 'conflict') return refused('conflict', commit.message)

  const mayPush = await context.store.update(repository.id, row.number, 'open', {
    mergingSha: commit.sha,
    baseSha,
  })
  if (!mayPush) return ended(await requirePullRequest(context, repository, row.number))
  const { trees } = await context.upstream.checkouts(repository, row.baseRef, true)
  const push = await pushBranch(
    repository,
    { branch: row.baseRef, sha: commit.sha, expected: baseSha },
    async () => {
      for (const tree of trees) {
        if (row.mergingSha !== null) await undoHalfMerge(tree, row.mergingSha)
        await undoHalfMerge(tree, commit.sha)
      }
    },
  )
  context.upstream.forget(repository)
  if (push.outcome === 'pushed') return await record(context, repository, row, request, commit.sha)
  if (push.outcome === 'refused') {
    return refused('blocked', `${repository.repoUrl} did not take the merge: ${push.reason}`)
  }
  return await afterLostRace(context, repository, row, request, commit.sha)
}

/** The base was moved first: by another repetition of this very merge, or by something else. */
async function afterLostRace(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  request: MergeRequest,
  mergingSha: string,
): Promise<MergeResult> {
  const branches = await context.upstream.branches(repository, true)
  await context.upstream.inMirror(repository, branches)
  const baseSha = branches.get(row.baseRef)
  if (baseSha !== undefined && (await hasLanded(repository, { ...row, mergingSha }, baseSha))) {
    return await record(context, repository, row, request, mergingSha)
  }
  return refused('base_moved', `${row.baseRef} was moved by something else at the same moment.`)
}

/** Writes down a merge that is in the upstream. It is a fact by now, whatever state the record was put in meanwhile. */
async function record(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  request: MergeRequest,
  mergedSha: string,
): Promise<MergeResult> {
  const change = { state: 'merged', mergedSha, headSha: request.headSha } as const
  const done =
    (await context.store.update(repository.id, row.number, 'open', change)) ||
    (await context.store.update(repository.id, row.number, 'closed', change))
  if (done) await dropCandidate(repository.mirrorDir, row.headSha)
  return ended(await requirePullRequest(context, repository, row.number))
}

function ended(row: LocalPullRequest): MergeResult {
  if (row.state === 'merged' && row.mergedSha !== null) return { outcome: 'merged', mergedSha: row.mergedSha }
  return refused('not_open', `Pull request #${row.number} is ${row.state}.`)
}

function refused(code: Extract<MergeResult, { outcome: 'refused' }>['code'], message: string): MergeResult {
  return { outcome: 'refused', code, message }
}
