import { OptioError } from '@optio/contract'
import type { PullRequestObservation } from '@optio/core'
import { isAncestor, resolveCommit } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { dropCandidate } from './candidate.ts'
import { type Blocked, untrackedInTheWay } from './checkout-state.ts'
import { isHalfMerge } from './half-merge.ts'
import { createMemo } from './memo.ts'
import { type Relation, relate } from './relation.ts'
import type { LocalPullRequest, LocalPullRequestStore } from './store.ts'
import type { UpstreamReader } from './upstream.ts'

/** Relations remembered, for some hundreds of open pull requests with several bases each. */
const MAX_RELATIONS = 2000

export interface LocalContext {
  readonly store: LocalPullRequestStore
  readonly upstream: UpstreamReader
  readonly relation: (key: string, compute: () => Promise<Relation>) => Promise<Relation>
}

export function createLocalContext(store: LocalPullRequestStore, upstream: UpstreamReader): LocalContext {
  return { store, upstream, relation: createMemo(MAX_RELATIONS) }
}

/** The stored pull request; throws `PULL_REQUEST_NOT_FOUND`. */
export async function requirePullRequest(
  context: LocalContext,
  repository: RepositoryRef,
  number: number,
): Promise<LocalPullRequest> {
  const found = await context.store.get(repository.id, number)
  if (found !== null) return found
  throw new OptioError('PULL_REQUEST_NOT_FOUND', `${repository.fullName} has no pull request #${number}.`)
}

/**
 * What is true of a pull request now. Where it is open, the branches of the upstream decide: a person may have pushed to the
 * head, merged it in whatever way, or deleted it. What was found out is stored.
 */
export async function observePullRequest(
  context: LocalContext,
  repository: RepositoryRef,
  number: number,
): Promise<PullRequestObservation> {
  const row = await requirePullRequest(context, repository, number)
  if (row.state !== 'open') return await settled(context, repository, row)
  const branches = await context.upstream.branches(repository)
  await context.upstream.inMirror(repository, branches)
  const headSha = branches.get(row.headRef) ?? null
  const baseSha = branches.get(row.baseRef) ?? null

  const outcome = await outcomeOf(context, repository, row, headSha, baseSha)
  if (outcome !== null) return await settle(context, repository, row, outcome)
  // `outcomeOf` answers for a branch that is gone.
  if (headSha === null) throw new Error('unreachable: an open pull request has a head')
  if (headSha !== row.headSha && (await context.store.update(repository.id, number, 'open', { headSha }))) {
    await dropCandidate(repository.mirrorDir, row.headSha)
  }
  if (baseSha === null) return await withoutBase(context, repository, row, headSha)
  const relation = await relationOf(context, repository, row, headSha, baseSha)
  return {
    ...(await common(context, repository, row, headSha, baseSha)),
    state: 'open',
    mergeable: relation.mergeable,
    conflictFiles: relation.conflictFiles,
    mergeBlocked: await whatBlocks(context, repository, row, relation, false),
    mergedSha: null,
  }
}

type Outcome = Parameters<LocalPullRequestStore['update']>[3] & { state: 'merged' | 'closed' }

/** How an open pull request came to its end, or null while it has not. */
async function outcomeOf(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  headSha: string | null,
  baseSha: string | null,
): Promise<Outcome | null> {
  if (baseSha !== null && (await hasLanded(repository, row, baseSha))) {
    return { state: 'merged', mergedSha: row.mergingSha }
  }
  const mergedSha =
    baseSha === null ? null : (await relationOf(context, repository, row, headSha, baseSha)).mergedSha
  if (mergedSha !== null) {
    return { state: 'merged', mergedSha, ...(headSha === null ? {} : { headSha }) }
  }
  return headSha === null ? { state: 'closed', closedBy: 'upstream' } : null
}

/** Whether a merge of ours, recorded before its push, arrived: Optio may have died between the push and the record. */
export async function hasLanded(
  repository: RepositoryRef,
  row: LocalPullRequest,
  baseSha: string,
): Promise<boolean> {
  if (row.mergingSha === null) return false
  if ((await resolveCommit(repository.mirrorDir, row.mergingSha)) === null) return false
  return await isAncestor(repository.mirrorDir, row.mergingSha, baseSha)
}

async function relationOf(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  headSha: string | null,
  baseSha: string,
): Promise<Relation> {
  const question = {
    mirrorDir: repository.mirrorDir,
    headSha,
    baseSha,
    knownHeadSha: row.headSha,
    openedBaseSha: row.baseSha,
  }
  return await context.relation(Object.values(question).join(' '), () => relate(question))
}

/** What outside of the pull request stops a merge now: its emptiness, or a person's checkout of the base branch. */
export async function whatBlocks(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  relation: Relation,
  fresh: boolean,
): Promise<Blocked | null> {
  if (relation.empty) {
    return { code: 'no_commits', message: `${row.headRef} has no commit that ${row.baseRef} lacks.` }
  }
  const { trees, blocked } = await context.upstream.checkouts(repository, row.baseRef, fresh)
  if (blocked?.code === 'checkout_dirty' && row.mergingSha !== null) {
    // What only looks like somebody's changes is the half of this very merge; the merge itself clears it away.
    for (const tree of trees) if (await isHalfMerge(tree, row.mergingSha)) return null
  }
  if (blocked !== null || relation.addedFiles === null) return blocked
  for (const tree of trees) {
    const inTheWay = await untrackedInTheWay(tree, row.baseRef, relation.addedFiles)
    if (inTheWay !== null) return inTheWay
  }
  return null
}

/** Stores how it ended, unless another process was first, and answers the end that is stored. */
async function settle(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  outcome: Outcome,
): Promise<PullRequestObservation> {
  if (await context.store.update(repository.id, row.number, 'open', outcome)) {
    await dropCandidate(repository.mirrorDir, row.headSha)
  }
  return await settled(context, repository, await requirePullRequest(context, repository, row.number))
}

async function settled(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
): Promise<PullRequestObservation> {
  return {
    ...(await common(context, repository, row, row.headSha, row.baseSha)),
    state: row.state,
    mergeable: null,
    conflictFiles: [],
    mergeBlocked: null,
    mergedSha: row.mergedSha,
  }
}

async function withoutBase(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  headSha: string,
): Promise<PullRequestObservation> {
  return {
    ...(await common(context, repository, row, headSha, row.baseSha)),
    state: 'open',
    mergeable: null,
    conflictFiles: [],
    mergeBlocked: {
      code: 'base_missing',
      message: `The branch ${row.baseRef} does not exist any more. Restore it, or close the pull request.`,
    },
    mergedSha: null,
  }
}

async function common(
  context: LocalContext,
  repository: RepositoryRef,
  row: LocalPullRequest,
  headSha: string,
  baseSha: string,
): Promise<
  Pick<
    PullRequestObservation,
    'number' | 'url' | 'draft' | 'headSha' | 'baseRef' | 'baseSha' | 'checks' | 'reviews' | 'observedAt'
  >
> {
  const [checks, reviews] = await Promise.all([
    context.store.checks(repository.id, row.number, headSha, baseSha),
    context.store.reviews(repository.id, row.number),
  ])
  return {
    number: row.number,
    url: row.url,
    draft: row.draft,
    headSha,
    baseRef: row.baseRef,
    baseSha,
    checks: { required: checks.required, headSha, baseSha, items: checks.items },
    reviews: reviews.map(({ id: _, ...review }) => review),
    observedAt: Date.now(),
  }
}
