import { OptioError } from '@optio/contract'
import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { type RestAnswer, repositoryPath } from './http/client.ts'
import { hasMarkerOf, withMarker } from './marker.ts'
import { findOwn } from './own-remarks.ts'
import { refusedBy } from './refused.ts'

const REPLY = `mutation AnswerThread($thread: ID!, $body: String!) {
  addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $thread, body: $body }) { comment { id } }
}`

/** Answers a thread once for each key: an answer with its marker is looked for first. */
export async function answerThread(
  context: GithubContext,
  repository: RepositoryRef,
  number: number,
  answer: { readonly threadId: string; readonly body: string; readonly key: string },
): Promise<void> {
  const { client } = context
  const { threadId, key } = answer
  const about = aboutOf(repository)
  const path = repositoryPath(repository, 'pulls', number, 'comments')
  const earlier = await findOwn(context, repository, path, (body) => hasMarkerOf(body, key))
  if (earlier !== null) return
  const body = withMarker(answer.body, key)
  // Where there is no GraphQL, threads are known by the number of their first remark.
  const first = /^comment:(\d+)$/.exec(threadId)?.[1]
  if (first !== undefined) {
    const replied: RestAnswer<unknown> = await client.rest<unknown>({
      method: 'POST',
      path: `${path}/${first}/replies`,
      body: { body },
      priority: 'background',
      about,
    })
    if (replied.status !== 201) throw refusedBy(replied, 'answer a thread', 'Pull requests: write')
    return
  }
  const { errors } = await client.graphql<unknown>(REPLY, { thread: threadId, body }, about, 'background')
  const [error] = errors
  if (error === undefined) return
  if (error.type === 'NOT_FOUND') {
    throw new OptioError('CONFLICT', `The thread in pull request #${number} is not there any more.`)
  }
  const isPermission = error.type === 'FORBIDDEN' || error.type === 'INSUFFICIENT_SCOPES'
  throw new NoAnswer(
    isPermission ? 'credential' : 'failing',
    `GitHub did not answer a thread: “${error.message.slice(0, 300)}”.${isPermission ? ' The token needs Pull requests: write.' : ''}`,
  )
}
