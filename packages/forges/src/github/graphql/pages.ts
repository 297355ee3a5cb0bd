import { NoAnswer } from '../../no-answer.ts'
import type { About, GithubClient, GraphqlAnswer, Priority } from '../http/client.ts'
import type { FoundCheck, FoundComment, FoundThread } from '../observe/found.ts'
import { type Fields, fields, fieldsOrNull, list, loginOf, text, time } from '../shape.ts'
import { readChecks, readThreads } from './answer.ts'
import { MORE_CHECKS, MORE_THREADS, type Named, THREAD_COMMENTS } from './document.ts'

/** Whose limits a question counts against, and who waits for it. */
export interface Asking {
  readonly client: GithubClient
  readonly about: About
  readonly priority: Priority
}

/** More than GitHub's pages show; a commit with more checks is not judged by some of them. */
const MAX_PAGES = 20

/** The checks of a commit from a page on. */
export async function moreChecks(
  asking: Asking,
  named: Named,
  sha: string,
  first: string,
): Promise<{ readonly all: readonly FoundCheck[]; readonly someHidden: boolean }> {
  const all: FoundCheck[] = []
  let someHidden = false
  let after: string | null = first
  for (let page = 0; after !== null; page++) {
    if (page === MAX_PAGES) throw tooMany(named, 'checks')
    const repository = await askRepository(asking, MORE_CHECKS, { ...named, sha, after }, true)
    const object = fields(repository.object, 'a commit')
    const read = readChecks(fields(object.statusCheckRollup, 'its checks'))
    all.push(...read.all)
    someHidden ||= read.someHidden
    after = read.more
  }
  return { all, someHidden }
}

/** The unresolved threads of a pull request from a page on. */
export async function moreThreads(
  asking: Asking,
  named: Named,
  first: string,
): Promise<readonly FoundThread[]> {
  const all: FoundThread[] = []
  let after: string | null = first
  for (let page = 0; after !== null; page++) {
    if (page === MAX_PAGES) throw tooMany(named, 'threads')
    const repository = await askRepository(asking, MORE_THREADS, { ...named, after }, false)
    const read = readThreads(fields(repository.pullRequest, 'a pull request'))
    all.push(...read.all)
    after = read.more
  }
  return all
}

async function askRepository(
  asking: Asking,
  document: string,
  variables: Readonly<Record<string, unknown>>,
  hiddenAllowed: boolean,
): Promise<Fields> {
  const answer = await ask(asking, document, variables, hiddenAllowed)
  return fields(answer.data.repository, 'a repository')
}

/**
 * What was said in threads, by the thread's id; 100 threads are one request. A thread that is gone meanwhile is left out.
 */
export async function threadComments(
  asking: Asking,
  ids: readonly string[],
): Promise<ReadonlyMap<string, readonly FoundComment[]>> {
  const all = new Map<string, readonly FoundComment[]>()
  for (let from = 0; from < ids.length; from += 100) {
    const answer = await ask(asking, THREAD_COMMENTS, { ids: ids.slice(from, from + 100) }, false)
    for (const node of list(answer.data.nodes, 'threads')) {
      const thread = fieldsOrNull(node, 'a thread')
      if (thread === null || thread.__typename !== 'PullRequestReviewThread') continue
      const comments = list(fields(thread.comments, 'remarks').nodes, 'remarks')
      all.set(text(thread, 'id'), comments.map(readComment))
    }
  }
  return all
}

function readComment(value: unknown): FoundComment {
  const comment = fields(value, 'a remark')
  return {
    author: loginOf(comment, 'author'),
    body: text(comment, 'body'),
    association: text(comment, 'authorAssociation'),
    createdAt: time(comment, 'createdAt'),
  }
}

async function ask(
  { client, about, priority }: Asking,
  document: string,
  variables: Readonly<Record<string, unknown>>,
  hiddenAllowed: boolean,
): Promise<GraphqlAnswer<Fields>> {
  const answer = await client.graphql<Fields>(document, variables, about, priority)
  const wrong = answer.errors.find(
    ({ type, path }) =>
      !(type === 'NOT_FOUND' && path[0] === 'nodes') &&
      !(hiddenAllowed && type === 'FORBIDDEN' && path.includes('contexts')),
  )
  if (wrong !== undefined) {
    throw new NoAnswer('failing', `GitHub answered only in part: ${wrong.message.slice(0, 300)}`)
  }
  return answer
}

function tooMany({ owner, name, number }: Named, what: string): NoAnswer {
  return new NoAnswer('failing', `${owner}/${name}#${number} has more ${what} than Optio reads.`)
}
