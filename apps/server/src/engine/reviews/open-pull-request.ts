import { OptioError } from '@optio/contract'
import type { PullRequestObservation } from '@optio/core'
import { eq } from 'drizzle-orm'
import { repositories } from '../../database/schema/index.ts'
import { askForge } from '../../features/forge-call.ts'
import type { EngineContext } from '../context.ts'
import { repositoryRef } from '../observe.ts'
import type { RunRow } from '../read-run.ts'

/**
 * The open pull request of a run, as its forge says it is now. Throws PULL_REQUEST_NOT_FOUND before there is one, and
 * PULL_REQUEST_NOT_OPEN once it is merged or closed.
 */
export async function openPullRequestOf(
  context: EngineContext,
  { id, repositoryId, prNumber }: RunRow,
): Promise<PullRequestObservation> {
  const [repository] = await context.database.orm
    .select()
    .from(repositories)
    .where(eq(repositories.id, repositoryId ?? id))
  if (!repository || prNumber === null) {
    throw new OptioError('PULL_REQUEST_NOT_FOUND', 'This task has no pull request yet.')
  }
  const forge = context.forge(repository.gitPlatform)
  const observation = await askForge(() => forge.observe(repositoryRef(context, repository), prNumber))
  if (observation.state === 'open') return observation
  throw new OptioError('PULL_REQUEST_NOT_OPEN', `Pull request #${prNumber} is ${observation.state}.`, {
    details: { state: observation.state },
  })
}
