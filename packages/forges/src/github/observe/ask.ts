import type { AskedFor, RepositoryRef } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { type ReadPullRequest, readPullRequest } from '../graphql/answer.ts'
import { MAX_ASKED, type Named, type Place, pullRequestsQuestion } from '../graphql/document.ts'
import { errorFor, NotManaged, notShown } from '../graphql/errors.ts'
import { type Asking, moreChecks, moreThreads } from '../graphql/pages.ts'
import type { GraphqlAnswer } from '../http/client.ts'
import type { RepositoryIdentity } from '../identity.ts'
import { type Fields, fields, fieldsOrNull, flag, integer } from '../shape.ts'
import type { FoundPullRequest } from './found.ts'

export type Found = { readonly found: FoundPullRequest } | { readonly error: unknown }

/**
 * How many are asked for at once. GitHub gives up on a request after ten seconds, and fifty pull requests with hundreds of checks each
 * can take it longer: then half as many are asked for, and one more after each answer that is whole.
 */
export interface BatchSize {
  current: number
}

export function createBatchSize(): BatchSize {
  return { current: MAX_ASKED }
}

/** After so many requests in a row without an answer the rest is not asked for: GitHub is down. */
const MAX_FAILING = 3

/** What is asked, and whether it is the connected repository that answers. */
interface Known extends Asking {
  readonly identity: RepositoryIdentity
}

/** Pull requests by GraphQL, with one credential; for each in turn what was found, or why it was not. Throws `GraphqlNotServed` alone. */
export async function askByGraphql(
  asking: Known,
  asked: readonly AskedFor[],
  size: BatchSize,
): Promise<readonly Found[]> {
  const all: Found[] = []
  let open = [...asked.keys()]
  let failing = 0
  while (open.length > 0) {
    const batch = open.slice(0, size.current)
    const rest = open.slice(batch.length)
    let answers: readonly Found[]
    try {
      answers = await askBatch(
        asking,
        batch.flatMap((i) => asked[i] ?? []),
      )
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      const mayBeTooMany = error.reason === 'failing' || error.reason === 'unreachable'
      if (!mayBeTooMany) {
        for (const i of open) all[i] = { error }
        return all
      }
      const notManaged = new NotManaged(error.reason, error.message, error)
      answers = batch.map(() => ({ error: notManaged }))
    }
    const undone = batch.filter((_, at) => isNotManaged(answers[at]))
    size.current = undone.length === 0 ? Math.min(MAX_ASKED, size.current + 1) : Math.ceil(batch.length / 2)
    failing = undone.length === batch.length ? failing + 1 : 0
    for (const [at, i] of batch.entries()) all[i] = answers[at] ?? { error: NOT_ASKED }
    const isOver = failing >= MAX_FAILING
    for (const i of isOver ? rest : []) all[i] = answers[0] ?? { error: NOT_ASKED }
    // One that fails by itself keeps nothing from the others.
    open = isOver ? [] : batch.length === 1 ? rest : [...undone, ...rest]
  }
  return all
}

const NOT_ASKED = new NoAnswer('failing', 'GitHub was not asked.')

function isNotManaged(answer: Found | undefined): boolean {
  return answer !== undefined && 'error' in answer && answer.error instanceof NotManaged
}

async function askBatch(asking: Known, batch: readonly AskedFor[]): Promise<readonly Found[]> {
  const named = batch.map(({ repository, number }) => nameOf(repository, number))
  const { document, variables, places } = pullRequestsQuestion(named)
  const { client, about, priority } = asking
  const answer = await client.graphql<Fields>(document, variables, about, priority)
  return await Promise.all(
    batch.map(async ({ repository, number }, i): Promise<Found> => {
      const place = places[i]
      if (place === undefined) return { error: NOT_ASKED }
      try {
        const read = await readAt(asking, answer, place, repository, number)
        return { found: await withAllPages(asking, nameOf(repository, number), read) }
      } catch (error) {
        return { error }
      }
    }),
  )
}

async function readAt(
  { identity, priority }: Known,
  answer: GraphqlAnswer<Fields>,
  place: Place,
  ref: RepositoryRef,
  number: number,
): Promise<ReadPullRequest> {
  const { fullName } = ref
  const repository = fieldsOrNull(answer.data[place.repository], 'a repository')
  // First: that another repository has no such pull request says nothing about the connected one.
  if (repository !== null) await identity.hold(ref, integer(repository, 'databaseId'), priority)
  const error = errorFor(place, answer.errors, { repository: repository !== null, fullName, number })
  if (error !== null) throw error
  if (repository === null) throw notShown(fullName)
  const isArchived = flag(repository, 'isArchived')
  return readPullRequest(fields(repository[place.pullRequest], `${fullName}#${number}`), isArchived)
}

async function withAllPages(asking: Asking, named: Named, read: ReadPullRequest): Promise<FoundPullRequest> {
  const { found } = read
  const checks =
    read.moreChecks === null ? null : await moreChecks(asking, named, found.checks.sha, read.moreChecks)
  const threads = read.moreThreads === null ? [] : await moreThreads(asking, named, read.moreThreads)
  return {
    ...found,
    threads: [...found.threads, ...threads],
    checks: {
      ...found.checks,
      someHidden: found.checks.someHidden || (checks?.someHidden ?? false),
      all: [...found.checks.all, ...(checks?.all ?? [])],
    },
  }
}

function nameOf({ fullName }: RepositoryRef, number: number): Named {
  const [owner = '', name = ''] = fullName.split('/')
  return { owner, name, number }
}
