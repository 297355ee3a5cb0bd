import type { RepositoryRef } from '../../forge.ts'
import type { ForgeIssues, IssueRemark } from '../../issues.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { restPages } from '../http/pages.ts'
import { hasMarker, hasMarkerOf, withMarker, withoutMarker } from '../marker.ts'
import { refusedBy } from '../refused.ts'
import { type Fields, fields, list, loginOf, text, textOrNull, time } from '../shape.ts'
import { issueMissing } from './issue.ts'
import { notTold } from './not-told.ts'

/** A remark that is not found among so many pages of a hundred is said again. */
const MAX_PAGES = 50

/** The first 100 remarks, in order. */
export async function readConversation(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
): Promise<readonly IssueRemark[]> {
  const login = await client.login(aboutOf(repository))
  const remarks: IssueRemark[] = []
  for await (const remark of remarksOf(client, repository, number, { maxPages: 1, priority: 'person' })) {
    const body = textOrNull(remark, 'body') ?? ''
    const author = loginOf(remark, 'user')
    const isOwn = isBy(author, login) && hasMarker(body)
    remarks.push({
      author,
      body: isOwn ? withoutMarker(body) : body,
      createdAt: time(remark, 'created_at'),
      isOwn,
    })
  }
  return remarks
}

/**
 * Says something once for each key: an earlier try may have said it without living to know, so it is looked for first. Nothing is sent
 * twice by one try.
 */
export async function commentOnIssue(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  { body, key }: Parameters<ForgeIssues['comment']>[2],
): Promise<{ readonly url: string }> {
  const login = await client.login(aboutOf(repository))
  const looking = { maxPages: MAX_PAGES, priority: 'background' } as const
  for await (const remark of remarksOf(client, repository, number, looking)) {
    const isOurs = login === null || isBy(loginOf(remark, 'user'), login)
    if (isOurs && hasMarkerOf(textOrNull(remark, 'body') ?? '', key)) return { url: text(remark, 'html_url') }
  }
  const answer = await client.rest<unknown>({
    method: 'POST',
    path: repositoryPath(repository, 'issues', number, 'comments'),
    body: { body: withMarker(body, key) },
    priority: 'background',
    about: aboutOf(repository),
  })
  if (answer.status === 404 || answer.status === 410)
    throw await issueMissing(client, repository, number, 'background')
  if (answer.status !== 201) throw refusedBy(answer, `comment on issue #${number}`, 'Issues: write')
  return { url: text(fields(answer.data, 'a remark'), 'html_url') }
}

async function* remarksOf(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  { maxPages, priority }: { readonly maxPages: number; readonly priority: Priority },
): AsyncGenerator<Fields, void, undefined> {
  const request = {
    method: 'GET' as const,
    path: repositoryPath(repository, 'issues', number, 'comments'),
    priority,
    about: aboutOf(repository),
  }
  for await (const answer of restPages<unknown>(client, request, maxPages)) {
    if (answer.status === 404 || answer.status === 410) {
      throw await issueMissing(client, repository, number, priority)
    }
    if (answer.status !== 200) throw notTold(answer, `show what was said in issue #${number}`, 'Issues: read')
    for (const remark of list(answer.data, 'remarks')) yield fields(remark, 'a remark')
  }
}

function isBy(author: string, login: string | null): boolean {
  return login !== null && author.toLowerCase() === login.toLowerCase()
}
