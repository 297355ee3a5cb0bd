import { OptioError } from '@optio/contract'
import type { OpenPullRequest, RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import type { GithubContext } from './context.ts'
import { type RestAnswer, refusalOf, repositoryPath } from './http/client.ts'
import { requireOwnBranch } from './own-branch.ts'
import { pullOf } from './pull.ts'
import { refusedBy, submittedTooQuickly, wordsOf } from './refused.ts'
import { fields, list } from './shape.ts'

const MAX_TITLE = 250
const MAX_BODY = 65_000

/**
 * Opens a pull request, or answers the open one of this head branch. Looked for before, because an earlier try may have opened it
 * without living to know, and after a 422, because another may have been first.
 */
export async function openPullRequest(
  context: GithubContext,
  repository: RepositoryRef,
  request: OpenPullRequest,
): Promise<{ number: number; url: string }> {
  requireOwnBranch(repository, request.headRef)
  // By the name it has today: of its owner's branches are asked for.
  const fullName = await context.identity.require(repository, 'person')
  const found = await findOpen(context, { ...repository, fullName }, request.headRef)
  if (found !== null) return found
  const { title, body, headRef, baseRef, draft } = request
  const answer = await context.client.rest<unknown>({
    method: 'POST',
    path: repositoryPath(repository, 'pulls'),
    body: { title: cut(title, MAX_TITLE), body: cut(body, MAX_BODY), head: headRef, base: baseRef, draft },
    priority: 'person',
    about: aboutOf(repository),
  })
  if (answer.status === 201) {
    const { number, url } = pullOf(answer.data)
    return { number, url }
  }
  if (answer.status !== 422) throw refusedBy(answer, 'open a pull request', 'Pull requests: write')
  const first = await findOpen(context, { ...repository, fullName }, headRef)
  if (first !== null) return first
  throw notOpened(answer, request)
}

/** The open pull request of a branch of this repository (a fork may have a branch of the same name). */
async function findOpen(
  { client }: GithubContext,
  repository: RepositoryRef,
  headRef: string,
): Promise<{ number: number; url: string } | null> {
  const [owner = ''] = repository.fullName.split('/')
  const answer = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'pulls'),
    query: { state: 'open', head: `${owner}:${headRef}`, per_page: 100 },
    priority: 'person',
    about: aboutOf(repository),
  })
  if (answer.status !== 200) throw refusedBy(answer, 'list pull requests', 'Pull requests: read')
  for (const each of list(answer.data, 'pull requests')) {
    const { number, url, state, headRef: ref } = pullOf(each)
    if (state === 'open' && ref === headRef && isFromHere(each, repository)) return { number, url }
  }
  return null
}

/** Heads of forks name another repository; after a renaming that of this one has another name, but the same id as its base. */
function isFromHere(data: unknown, repository: RepositoryRef): boolean {
  const { head, base } = fields(data, 'a pull request') as { head?: Side; base?: Side }
  const from = head?.repo
  if (from === null || from === undefined) return false
  if (typeof from.id === 'number' && typeof base?.repo?.id === 'number') return from.id === base.repo.id
  return String(from.full_name).toLowerCase() === repository.fullName.toLowerCase()
}

interface Side {
  readonly repo?: { readonly id?: unknown; readonly full_name?: unknown } | null
}

function notOpened(answer: RestAnswer<unknown>, { headRef, baseRef, draft }: OpenPullRequest): Error {
  const said = wordsOf(answer.data)
  const { errors } = refusalOf(answer.data)
  const later = submittedTooQuickly(said)
  if (later !== null) return later
  if (draft && /draft pull requests are not supported/i.test(said)) {
    return new OptioError(
      'UNSUPPORTED',
      'This repository has no draft pull requests on its plan of GitHub. Switch off the cautious mode of the repository.',
    )
  }
  if (/already exists/i.test(said)) {
    return new NoAnswer(
      'failing',
      `GitHub says that ${headRef} has a pull request, and does not show it yet.`,
    )
  }
  if (/no commits between/i.test(said)) {
    return new OptioError(
      'CONFLICT',
      `${headRef} has no commit that ${baseRef} lacks: there is nothing to open.`,
    )
  }
  if (errors.some((words) => /^base /.test(words))) {
    return new OptioError(
      'BRANCH_NOT_FOUND',
      `GitHub has no branch ${baseRef} to open a pull request against.`,
    )
  }
  // Right after a push GitHub may not know the branch everywhere yet.
  if (errors.some((words) => /^head /.test(words))) {
    return new NoAnswer('failing', `GitHub does not know the branch ${headRef} yet.`)
  }
  return refusedBy(answer, 'open a pull request', 'Pull requests: write')
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 20)} … (cut)`
}
