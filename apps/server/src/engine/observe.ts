import { OptioError } from '@optio/contract'
import type { PullRequestFacts, Snapshot } from '@optio/core'
import { isFinished } from '@optio/core'
import type { RepositoryRef } from '@optio/forges'
import type { EngineContext } from './context.ts'
import { type RepositoryRow, readStoredFacts, type StoredFacts } from './read-run.ts'

/** A run as it is now, with the row version the decision will be compared against. */
export interface Observed extends StoredFacts {
  readonly full: Snapshot
}

const FIRST_PAUSE_MS = 2_000
const LONGEST_PAUSE_MS = 5 * 60_000

/** Reads everything `decide` may know. The forge is asked outside of any transaction. */
export async function observe(context: EngineContext, runId: string): Promise<Observed | null> {
  const stored = await context.database.transaction((tx) => readStoredFacts(tx, runId, context.config))
  if (!stored) return null
  const pullRequest = await observePullRequest(context, stored)
  return { ...stored, full: { ...stored.snapshot, pullRequest, now: Date.now() } }
}

async function observePullRequest(
  context: EngineContext,
  { run, repository }: StoredFacts,
): Promise<PullRequestFacts> {
  // What a review reads is not its own: whether it is still open is asked when its verdict is posted.
  if (run.kind !== 'repo' || run.prNumber === null) return { kind: 'none' }
  if (repository === null || isFinished(run.state)) return { kind: 'none' }
  const forge = context.forge(repository.gitPlatform)
  try {
    const observation = await forge.observe(repositoryRef(context, repository), run.prNumber)
    // What stands in the way of a merge, such as a checkout with changes, may go away without a branch that moves.
    const watched = forge.moved !== undefined && observation.mergeBlocked === null
    return { kind: 'known', observation, watched }
  } catch (error) {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** run.observationFailures, LONGEST_PAUSE_MS)
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
    fullName: repository.fullName,
    defaultBranch: repository.defaultBranch,
    mirrorDir: context.workspaces.mirrorDir(repository.id),
  }
}
