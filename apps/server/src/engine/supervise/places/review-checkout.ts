import { resolveCommit } from '@optio/git'
import type { EngineContext } from '../../context.ts'
import type { RepositoryRow, RunRow } from '../../read-run.ts'
import { refreshMirror } from '../../refresh-mirror.ts'
import { asFault, faultOf, unlessStopped } from '../environment.ts'
import type { Supervised, WorkPlace } from '../supervised.ts'

/**
 * A clean checkout of the one commit a review reads, anew for each attempt. Nothing of that commit is run before the reviewer
 * looks at it, so there are no setup commands: they would be the words of the one who is reviewed. What is left in the checkout
 * is never collected.
 */
export function reviewCheckout(run: RunRow, repository: RepositoryRow): WorkPlace {
  return {
    settings: {
      agentCommand: run.agentCommand ?? repository.agentCommand,
      maxAttemptMs: repository.maxAttemptMs,
      env: {},
    },
    refresh: (context, supervised) => refresh(context, supervised, repository),
    async make(context, supervised) {
      try {
        const { attempt } = supervised
        const request = { runId: run.id, repositoryId: repository.id, attempt: attempt.number }
        const commit = run.reviewHeadSha ?? ''
        await unlessStopped(supervised, context.workspaces.prepareReviewCheckout({ ...request, commit }))
      } catch (error) {
        throw asFault(error)
      }
    },
    setupCommand: async () => null,
    sandbox(context) {
      const { clone, home, tmp } = context.workspaces.paths(run.id)
      return {
        readWrite: [clone, home, tmp],
        // The checkout borrows its objects.
        readOnly: [context.workspaces.mirrorDir(repository.id)],
        hidden: context.config.hiddenPaths,
      }
    },
    inspect: async () => null,
  }
}

async function refresh(
  context: EngineContext,
  supervised: Supervised,
  repository: RepositoryRow,
): Promise<void> {
  const { reviewHeadSha, reviewBaseSha } = supervised.run
  try {
    await unlessStopped(supervised, refreshMirror(context, repository))
  } catch (error) {
    throw asFault(error)
  }
  const mirrorDir = context.workspaces.mirrorDir(repository.id)
  for (const sha of [reviewHeadSha, reviewBaseSha]) {
    if (sha !== null && (await resolveCommit(mirrorDir, sha)) === null) {
      throw faultOf(`Commit ${sha.slice(0, 10)}, which is to be reviewed, is not in the repository any more.`)
    }
  }
}
