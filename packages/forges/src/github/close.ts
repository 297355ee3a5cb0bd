import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { repositoryPath } from './http/client.ts'
import { pullRequestMissing } from './missing.ts'
import { readPull } from './pull.ts'
import { refusedBy } from './refused.ts'

/** Closes without merging. One that is closed stays as it is; one that is merged is PULL_REQUEST_NOT_OPEN. */
export async function closePullRequest(
  { client }: GithubContext,
  repository: RepositoryRef,
  number: number,
): Promise<void> {
  const { state } = await readPull(client, repository, number, 'person')
  if (state === 'closed') return
  if (state === 'merged') throw notOpen(number)
  const answer = await client.rest<unknown>({
    method: 'PATCH',
    path: repositoryPath(repository, 'pulls', number),
    body: { state: 'closed' },
    idempotent: true,
    priority: 'person',
    about: aboutOf(repository),
  })
  if (answer.status === 200) return
  if (answer.status === 404) throw await pullRequestMissing(client, repository, number, 'person')
  // It may have been merged between the look and the request.
  if ((await readPull(client, repository, number, 'person')).state === 'merged') throw notOpen(number)
  throw refusedBy(answer, `close pull request #${number}`, 'Pull requests: write')
}

function notOpen(number: number): OptioError {
  return new OptioError('PULL_REQUEST_NOT_OPEN', `Pull request #${number} is merged.`)
}
