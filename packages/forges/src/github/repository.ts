import type { RepositoryRef } from '../forge.ts'
import { aboutOf } from './about.ts'
import { type GithubClient, repositoryPath } from './http/client.ts'
import { findById } from './identity.ts'
import { refusedBy } from './refused.ts'
import { fields, flag, integer, text, unreadable } from './shape.ts'

/** A repository as GitHub has it now. */
export interface GithubRepository {
  readonly id: number
  /** `owner/name`, as GitHub spells it. */
  readonly fullName: string
  readonly defaultBranch: string
  readonly isPrivate: boolean
  readonly isArchived: boolean
}

/**
 * What a repository is called today: GitHub leads from a name it had before to the one it has now. Where another repository has taken the name, the one connected is found by its number. Null when GitHub shows none of this
 * name to its credential. Throws `NoAnswer`.
 */
export async function readRepository(
  client: GithubClient,
  repository: Pick<RepositoryRef, 'id' | 'workspaceId' | 'fullName' | 'forgeId'>,
): Promise<GithubRepository | null> {
  const asked = { about: aboutOf(repository), priority: 'background' } as const
  const answer = await client.rest<unknown>({ ...asked, method: 'GET', path: repositoryPath(repository) })
  if (answer.status !== 200 && answer.status !== 404)
    throw refusedBy(answer, `show ${repository.fullName}`, 'Metadata: read')
  const named = answer.status === 404 ? null : fields(answer.data, 'a repository')
  const isOther =
    repository.forgeId != null && (named === null || integer(named, 'id') !== repository.forgeId)
  const data = isOther ? await findById(client, repository.forgeId, asked) : named
  if (data === null) return null
  const found = fields(data, 'a repository')
  const fullName = text(found, 'full_name')
  if (!/^[^/\s]+\/[^/\s]+$/.test(fullName)) throw unreadable('full_name')
  return {
    id: integer(found, 'id'),
    fullName,
    defaultBranch: text(found, 'default_branch'),
    isPrivate: flag(found, 'private'),
    isArchived: found.archived === true,
  }
}
