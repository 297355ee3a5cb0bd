import { OptioError } from '@optio/contract'
import { requireBranchName } from '@optio/git'
import type { Forge, OpenPullRequest, PublishResult, RepositoryRef, SubmittedReview } from '../forge.ts'
import { filePatchOf } from '../from-mirror/file-patch.ts'
import { dropCandidate } from './candidate.ts'
import { connectLocal } from './connect.ts'
import { pullRequestDetails } from './details.ts'
import { mergePullRequest } from './merge.ts'
import { movedPullRequests } from './moved.ts'
import { createLocalContext, type LocalContext, observePullRequest, requirePullRequest } from './observe.ts'
import { pushBranch } from './push.ts'
import { readRootFiles } from './root-files.ts'
import type { LocalPullRequestStore, LocalReview } from './store.ts'
import { createUpstreamReader } from './upstream.ts'

export interface LocalForgeOptions {
  readonly store: LocalPullRequestStore
  /** Directories of Optio's own, where no repository may be connected. */
  readonly forbiddenDirs: readonly string[]
  /** How long what was read of an upstream serves all its pull requests, milliseconds; default 1000. */
  readonly freshMs?: number
  /** A clock that never goes back, milliseconds; default the process's own. */
  readonly now?: () => number
}

/**
 * The forge of plain git repositories on this machine's disk: the repository holds the branches, the store the pull requests,
 * and Optio itself merges.
 */
export function createLocalForge(options: LocalForgeOptions): Forge {
  const now = options.now ?? (() => performance.now())
  const context = createLocalContext(options.store, createUpstreamReader(options.freshMs ?? 1000, now))
  return {
    platform: 'local',
    verdictsAreOurs: false,
    connect: (repoUrl) => connectLocal(repoUrl, options.forbiddenDirs),
    branchHead: async (repository, branch) =>
      (await context.upstream.branches(repository, true)).get(branch) ?? null,
    rootFiles: (repository, branch, wanted) => readRootFiles(context, repository, branch, wanted),
    publish: (repository, request) => publish(context, repository, request),
    openPullRequest: (repository, request) => openPullRequest(context, repository, request),
    observe: (repository, number) => observePullRequest(context, repository, number),
    moved: (repository, observed) => movedPullRequests(context.upstream, repository, observed),
    details: (repository, number) => pullRequestDetails(context, repository, number),
    filePatch: async (repository, number, path) =>
      await filePatchOf(repository.mirrorDir, await observePullRequest(context, repository, number), path),
    merge: (repository, request) => mergePullRequest(context, repository, request),
    close: (repository, number, actor) => closePullRequest(context, repository, number, actor),
    review: async (repository, number, review) => {
      const row = await requirePullRequest(context, repository, number)
      if (row.state !== 'open') throw notOpen(number, row.state)
      // A reviewer who names no commit was shown the head that was observed last.
      const headSha = review.headSha ?? row.headSha
      return submitted(await context.store.addReview(repository.id, number, { ...review, headSha }))
    },
    findReview: async (repository, number, id) => {
      const found = (await context.store.reviews(repository.id, number)).find((review) => review.id === id)
      return found === undefined ? null : submitted(found)
    },
  }
}

function submitted(review: LocalReview): SubmittedReview {
  return { ...review, sha: review.headSha }
}

async function publish(
  context: LocalContext,
  repository: RepositoryRef,
  request: { branch: string; sha: string; expected: string | null },
): Promise<PublishResult> {
  requireBranchName(request.branch)
  const actual = await headOf(context, repository, request.branch)
  if (actual === request.sha) return { outcome: 'published', sha: request.sha }
  if (actual !== request.expected) return { outcome: 'moved', actualSha: actual }
  const push = await pushBranch(repository, request)
  context.upstream.forget(repository)
  if (push.outcome === 'refused') {
    throw new OptioError(
      'CONFLICT',
      `${repository.repoUrl} did not take the branch ${request.branch}: ${push.reason}`,
    )
  }
  if (push.outcome === 'pushed') return { outcome: 'published', sha: request.sha }
  const now = await headOf(context, repository, request.branch)
  return now === request.sha ? { outcome: 'published', sha: now } : { outcome: 'moved', actualSha: now }
}

async function headOf(
  context: LocalContext,
  repository: RepositoryRef,
  branch: string,
): Promise<string | null> {
  return (await context.upstream.branches(repository, true)).get(branch) ?? null
}

async function openPullRequest(
  context: LocalContext,
  repository: RepositoryRef,
  request: OpenPullRequest,
): Promise<{ number: number; url: string }> {
  for (const branch of [request.headRef, request.baseRef]) requireBranchName(branch)
  const branches = await context.upstream.branches(repository, true)
  const baseSha = branches.get(request.baseRef)
  if (baseSha === undefined || !branches.has(request.headRef)) {
    const missing = baseSha === undefined ? request.baseRef : request.headRef
    throw new OptioError('BRANCH_NOT_FOUND', `${repository.repoUrl} has no branch ${missing}.`)
  }
  const { runId, title, body, headRef, headSha, baseRef, draft } = request
  const row = await context.store.openOrFind(repository.id, {
    runId,
    title,
    body,
    headRef,
    headSha,
    baseRef,
    baseSha,
    draft,
  })
  return { number: row.number, url: row.url }
}

async function closePullRequest(
  context: LocalContext,
  repository: RepositoryRef,
  number: number,
  actor: string,
): Promise<void> {
  const row = await requirePullRequest(context, repository, number)
  // A merge of ours may be in the upstream without being recorded yet: then it is merged, not closed.
  if (row.state === 'open' && row.mergingSha !== null) await observePullRequest(context, repository, number)
  if (await context.store.update(repository.id, number, 'open', { state: 'closed', closedBy: actor })) {
    await dropCandidate(repository.mirrorDir, row.headSha)
    return
  }
  const { state } = await requirePullRequest(context, repository, number)
  if (state === 'merged') throw notOpen(number, state)
}

function notOpen(number: number, state: string): OptioError {
  return new OptioError('PULL_REQUEST_NOT_OPEN', `Pull request #${number} is ${state}.`)
}
