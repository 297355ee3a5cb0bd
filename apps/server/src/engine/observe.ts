import { OptioError } from '@optio/contract'
import type { PullRequestFacts, Snapshot } from '@optio/core'
import { isFinished } from '@optio/core'
import { NoAnswer, type RepositoryRef } from '@optio/forges'
import type { EngineContext } from './context.ts'
import { headSeenAt } from './head-seen.ts'
import { asReviewed } from './own-verdicts.ts'
import { type RepositoryRow, readStoredFacts, type StoredFacts } from './read-run.ts'
import { watchedFacts } from './watch/facts.ts'

/** A run as it is now, with the row version the decision will be compared against. */
export interface Observed extends StoredFacts {
  readonly full: Snapshot
}

const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 5 * 60_000

/** Reads everything `decide` may know. The forge is asked outside of any transaction. */
export async function observe(context: EngineContext, runId: string): Promise<Observed | null> {
  for (let asked = false; ; asked = true) {
    const stored = await context.database.transaction((tx) => readStoredFacts(tx, runId, context.config))
    if (!stored) return null
    const seen = await observePullRequest(context, stored, !asked)
    if (seen !== null) {
      const pullRequest = asJudged(context, stored, seen)
      return { ...stored, full: { ...stored.snapshot, pullRequest, now: Date.now() } }
    }
  }
}

/** With the verdicts of Optio's own agents, and since when its head is known. */
function asJudged(
  context: EngineContext,
  { run, repository, ownReviews }: StoredFacts,
  seen: PullRequestFacts,
): PullRequestFacts {
  if (seen.kind !== 'known' || repository === null) return seen
  const observation = asReviewed(context.forge(repository.gitPlatform), seen.observation, ownReviews)
  const headSince = headSeenAt(run, observation).getTime()
  return { ...seen, observation, headSince }
}

/** Null when it was asked for, and what is known is stored: the run has to be read again. */
async function observePullRequest(
  context: EngineContext,
  { run, repository }: StoredFacts,
  mayAsk: boolean,
): Promise<PullRequestFacts | null> {
  // What a review reads is not its own: whether it is still open is asked when its verdict is posted.
  if (run.kind !== 'repo' || run.prNumber === null) return { kind: 'none' }
  if (repository === null || isFinished(run.state)) return { kind: 'none' }
  const forge = context.forge(repository.gitPlatform)
  const { database, watcher } = context
  if (forge.observeMany !== undefined && watcher !== undefined) {
    return await watchedFacts({ database, watcher }, run, mayAsk)
  }
  try {
    const observation = await forge.observe(repositoryRef(context, repository), run.prNumber)
    // What stands in the way of a merge, such as a checkout with changes, may go away without a branch that moves.
    const watched = forge.moved !== undefined && observation.mergeBlocked === null
    return { kind: 'known', observation, watched }
  } catch (error) {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** run.observationFailures, LONGEST_PAUSE_MS)
    if (error instanceof NoAnswer) {
      const retryAt = error.retryAt ?? Date.now() + pause
      return { kind: 'unknown', message: error.message, retryAt, why: error.reason }
    }
    const message = error instanceof OptioError ? error.message : String(error)
    return { kind: 'unknown', message, retryAt: Date.now() + pause }
  }
}

export function repositoryRef(
  context: Pick<EngineContext, 'workspaces'>,
  repository: RepositoryRow,
): RepositoryRef {
  return {
    id: repository.id,
    workspaceId: repository.workspaceId,
    repoUrl: repository.repoUrl,
    fullName: nameOnForge(repository),
    forgeId: repository.forgeId,
    defaultBranch: repository.defaultBranch,
    mirrorDir: context.workspaces.mirrorDir(repository.id),
  }
}

/** The name a forge knows it by: people may have given theirs to a repository. */
export function nameOnForge({ gitPlatform, repoUrl, fullName }: RepositoryRow): string {
  return gitPlatform === 'local' ? fullName : new URL(repoUrl).pathname.replace(/^\/+/, '')
}
