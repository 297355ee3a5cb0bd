import type { PullRequestDetails, RepositoryRef } from '../forge.ts'
import { contentOfProposal } from '../from-mirror/content.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { repositoryPath } from './http/client.ts'
import { restPages } from './http/pages.ts'
import { withoutMarker } from './marker.ts'
import type { GithubObserver } from './observe/index.ts'
import { readPull } from './pull.ts'
import { refusedBy } from './refused.ts'
import { fields, integer, list, loginOf, textOrNull, time } from './shape.ts'

/** Pages of remarks: 100 each. */
const MAX_PAGES = 5

/** Everything a page shows of a pull request. Commits and patches are made from the mirror, which is brought up to date for them. */
export async function pullRequestDetails(
  context: GithubContext,
  observer: GithubObserver,
  repository: RepositoryRef,
  number: number,
): Promise<PullRequestDetails> {
  const { client, mirror } = context
  const [observation, pull, comments] = await Promise.all([
    observer.observe(repository, number, { priority: 'person' }),
    readPull(client, repository, number, 'person'),
    readComments(context, repository, number),
  ])
  const { baseSha, headSha } = observation
  await mirror.holding(repository, [baseSha, headSha])
  return {
    observation,
    title: pull.title,
    body: withoutMarker(pull.body),
    headRef: pull.headRef,
    comments,
    ...(await contentOfProposal(repository.mirrorDir, baseSha, headSha)),
  }
}

async function readComments(
  { client }: GithubContext,
  repository: RepositoryRef,
  number: number,
): Promise<PullRequestDetails['comments']> {
  const comments: PullRequestDetails['comments'][number][] = []
  const path = repositoryPath(repository, 'issues', number, 'comments')
  const request = { method: 'GET', path, priority: 'person', about: aboutOf(repository) } as const
  for await (const answer of restPages<unknown>(client, request, MAX_PAGES)) {
    // Gone between two requests: what was read of it stands.
    if (answer.status === 404) break
    if (answer.status !== 200)
      throw refusedBy(answer, `show the comments of #${number}`, 'Pull requests: read')
    for (const each of list(answer.data, 'comments')) {
      const comment = fields(each, 'a comment')
      comments.push({
        id: String(integer(comment, 'id')),
        author: loginOf(comment, 'user'),
        body: withoutMarker(textOrNull(comment, 'body') ?? ''),
        createdAt: time(comment, 'created_at'),
      })
    }
  }
  return comments
}
