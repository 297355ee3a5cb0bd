import type { PullRequestDetails, RepositoryRef } from '../forge.ts'
import { contentOfProposal } from '../from-mirror/content.ts'
import { type LocalContext, observePullRequest, requirePullRequest } from './observe.ts'

/** Everything a page shows of a pull request. */
export async function pullRequestDetails(
  context: LocalContext,
  repository: RepositoryRef,
  number: number,
): Promise<PullRequestDetails> {
  const observation = await observePullRequest(context, repository, number)
  const row = await requirePullRequest(context, repository, number)
  return {
    observation,
    title: row.title,
    body: row.body,
    headRef: row.headRef,
    comments: await context.store.comments(repository.id, number),
    ...(await contentOfProposal(repository.mirrorDir, observation.baseSha, observation.headSha)),
  }
}
