import type { RepositoryRef } from '../../forge.ts'
import type { ForgeIssues, IssuePage } from '../../issues.ts'
import { NoAnswer } from '../../no-answer.ts'
import { aboutOf } from '../about.ts'
import type { GithubClient, RestRequest } from '../http/client.ts'
import { repositoryPath } from '../http/client.ts'
import { hasNextPage } from '../http/pages.ts'
import { fields, list, time } from '../shape.ts'
import { isPullRequest, issueMissing, issueOf } from './issue.ts'
import { notTold } from './not-told.ts'

const PER_PAGE = 100

/** What changed, oldest change first; see `ForgeIssues.changed`. */
export async function* changedIssues(
  client: GithubClient,
  repository: RepositoryRef,
  { since, etag, openOnly = false }: Parameters<ForgeIssues['changed']>[1],
): AsyncGenerator<IssuePage, void, undefined> {
  const request: RestRequest = {
    method: 'GET',
    path: repositoryPath(repository, 'issues'),
    query: {
      state: openOnly ? 'open' : 'all',
      sort: 'updated',
      direction: 'asc',
      per_page: PER_PAGE,
      since: since === null ? undefined : new Date(since).toISOString(),
    },
    priority: 'background',
    about: aboutOf(repository),
  }
  for (let page = 1; ; page++) {
    const answer = await client.rest<unknown>({
      ...request,
      query: page === 1 ? (request.query ?? {}) : { ...request.query, page },
      ...(page === 1 && etag !== null ? { etag } : {}),
    })
    const { status, headers } = answer
    if (answer.notModified && etag !== null && page === 1) {
      yield { unchanged: true }
      return
    }
    // Issues are switched off: there are none, and there may be again.
    if (status === 410) {
      yield { unchanged: false, issues: [], newest: null, etag: null }
      return
    }
    if (status === 404) throw noList(await issueMissing(client, repository, 0, 'background'), repository)
    if (status !== 200) throw notTold(answer, `list the issues of ${repository.fullName}`, 'Issues: read')
    const items = list(answer.data, 'issues').map((item) => fields(item, 'an issue'))
    const times = items.map((item) => time(item, 'updated_at'))
    const isFull = hasNextPage(headers)
    yield {
      unchanged: false,
      issues: items.filter((item) => !isPullRequest(item)).map(issueOf),
      newest: times.length === 0 ? null : Math.max(...times),
      // What comes next would be on the next page, and a full first one would stay as it is.
      etag: page === 1 && items.length < PER_PAGE ? (headers.etag ?? null) : null,
    }
    if (!isFull) return
  }
}

function noList(error: Error, { fullName }: RepositoryRef): Error {
  if (error instanceof NoAnswer) return error
  return new NoAnswer(
    'credential',
    `GitHub does not show the issues of ${fullName}: the token needs Issues: read.`,
  )
}
