import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { threadComments } from './graphql/pages.ts'
import { type GraphqlError, repositoryPath } from './http/client.ts'
import { hasMarkerOf, withMarker } from './marker.ts'
import { findOwn } from './own-remarks.ts'
import { refusedBy, submittedTooQuickly } from './refused.ts'

const REPLY = `mutation AnswerThread($thread: ID!, $body: String!) {
  addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $thread, body: $body }) { comment { id } }
}`

/** Where threads cannot be asked for by themselves, an earlier answer is looked for among so many hundreds of the last remarks. */
const NEWEST_PAGES = 3

/** Answers a thread once for each key: an answer with its marker is looked for first. */
export async function answerThread(
  context: GithubContext,
  repository: RepositoryRef,
  number: number,
  answer: { readonly threadId: string; readonly body: string; readonly key: string },
): Promise<void> {
  await context.identity.require(repository, 'background')
  const { threadId, key } = answer
  const body = withMarker(answer.body, key)
  // Where there is no GraphQL, threads are known by the number of their first remark.
  const first = /^comment:(\d+)$/.exec(threadId)?.[1]
  if (first !== undefined) return await answerRemark(context, repository, { number, first, body, key })
  const { client } = context
  const about = aboutOf(repository)
  const said = (await threadComments({ client, about, priority: 'background' }, [threadId])).get(threadId)
  if (said === undefined) throw gone(number)
  const login = (await client.login(about))?.toLowerCase() ?? null
  const isOurs = (author: string) => login === null || author.toLowerCase() === login
  if (said.some((remark) => isOurs(remark.author) && hasMarkerOf(remark.body, key))) return
  const { errors } = await client.graphql<unknown>(REPLY, { thread: threadId, body }, about, 'background')
  const [error] = errors
  if (error !== undefined) throw notAnswered(error, number)
}

async function answerRemark(
  context: GithubContext,
  repository: RepositoryRef,
  {
    number,
    first,
    body,
    key,
  }: { readonly number: number; readonly first: string; readonly body: string; readonly key: string },
): Promise<void> {
  const path = repositoryPath(repository, 'pulls', number, 'comments')
  const isMeant = (text: string) => hasMarkerOf(text, key)
  const looking = { priority: 'background', newestPages: NEWEST_PAGES } as const
  if ((await findOwn(context, repository, path, isMeant, looking)) !== null) return
  const replied = await context.client.rest<unknown>({
    method: 'POST',
    path: `${path}/${first}/replies`,
    body: { body },
    priority: 'background',
    about: aboutOf(repository),
  })
  if (replied.status !== 201) throw refusedBy(replied, 'answer a thread', 'Pull requests: write')
}

function notAnswered({ type, message }: GraphqlError, number: number): Error {
  const words = `GitHub did not answer a thread: “${message.slice(0, 300)}”.`
  if (type === 'NOT_FOUND') return gone(number)
  const later = submittedTooQuickly(message)
  if (later !== null) return later
  if (type === 'UNPROCESSABLE') return new OptioError('CONFLICT', words)
  if (type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES') {
    return new NoAnswer('credential', `${words} The token needs Pull requests: write.`)
  }
  return new NoAnswer('failing', words)
}

function gone(number: number): OptioError {
  return new OptioError('CONFLICT', `The thread in pull request #${number} is not there any more.`)
}
