import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import type { GithubClient, Priority } from './http/client.ts'
import { createRepositoryIdentity } from './identity.ts'

/**
 * What a 404 for a pull request means: PULL_REQUEST_NOT_FOUND only when the repository itself answers, and is the one connected; else the
 * credential may not see it any more.
 */
export async function pullRequestMissing(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  priority: Priority,
): Promise<Error> {
  try {
    await createRepositoryIdentity(client).require(repository, priority)
  } catch (error) {
    if (error instanceof NoAnswer) return error
    throw error
  }
  return new OptioError('PULL_REQUEST_NOT_FOUND', `${repository.fullName} has no pull request #${number}.`)
}
