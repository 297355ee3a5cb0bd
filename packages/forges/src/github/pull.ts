import type { RepositoryRef } from '../forge.ts'
import { aboutOf } from './about.ts'
import { type GithubClient, type Priority, repositoryPath } from './http/client.ts'
import { createRepositoryIdentity } from './identity.ts'
import { pullRequestMissing } from './missing.ts'
import { refusedBy } from './refused.ts'
import { commitId, type Fields, fields, flag, integer, text, textOrNull } from './shape.ts'

/** A pull request as REST shows it, as far as something is done by it. */
export interface Pull {
  readonly number: number
  readonly url: string
  readonly state: 'open' | 'merged' | 'closed'
  readonly draft: boolean
  readonly title: string
  readonly body: string
  readonly headRef: string
  readonly headSha: string
  readonly baseRef: string
  readonly baseSha: string
  /** False when they conflict; null while GitHub does not know. */
  readonly mergeable: boolean | null
  readonly mergedSha: string | null
}

/** Throws PULL_REQUEST_NOT_FOUND, or `NoAnswer`, also when it is one of another repository than the one connected. */
export async function readPull(
  client: GithubClient,
  repository: RepositoryRef,
  number: number,
  priority: Priority,
): Promise<Pull> {
  const answer = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'pulls', number),
    priority,
    about: aboutOf(repository),
  })
  if (answer.status === 404) throw await pullRequestMissing(client, repository, number, priority)
  if (answer.status !== 200) throw refusedBy(answer, `show pull request #${number}`, 'Pull requests: read')
  const base = fields(fields(answer.data, 'a pull request').base, 'its base')
  const id = integer(fields(base.repo, 'its repository'), 'id')
  await createRepositoryIdentity(client).hold(repository, id, priority)
  return pullOf(answer.data)
}

/** Reads what REST says; throws `NoAnswer` for what is not as GitHub documents it. */
export function pullOf(data: unknown): Pull {
  const pull = fields(data, 'a pull request')
  const head = fields(pull.head, 'its head')
  const base = fields(pull.base, 'its base')
  const isMerged = pull.merged === true || textOrNull(pull, 'merged_at') !== null
  return {
    number: integer(pull, 'number'),
    url: text(pull, 'html_url'),
    state: isMerged ? 'merged' : text(pull, 'state') === 'open' ? 'open' : 'closed',
    draft: pull.draft === undefined ? false : flag(pull, 'draft'),
    title: text(pull, 'title'),
    body: textOrNull(pull, 'body') ?? '',
    headRef: text(head, 'ref'),
    headSha: commitId(head, 'sha'),
    baseRef: text(base, 'ref'),
    baseSha: commitId(base, 'sha'),
    mergeable: mergeableOf(pull),
    mergedSha: isMerged ? textOrNull(pull, 'merge_commit_sha') : null,
  }
}

function mergeableOf(pull: Fields): boolean | null {
  return pull.mergeable === true ? true : pull.mergeable === false ? false : null
}
