import type { RepositoryRef } from '../forge.ts'
import { aboutOf } from './about.ts'
import { type GithubClient, repositoryPath } from './http/client.ts'
import { refusedBy } from './refused.ts'
import { fields, flag, text, unreadable } from './shape.ts'

/** A repository as GitHub has it now. */
export interface GithubRepository {
  /** `owner/name`, as GitHub spells it. */
  readonly fullName: string
  readonly defaultBranch: string
  readonly isPrivate: boolean
  readonly isArchived: boolean
}

/**
 * What a repository is called today: GitHub leads from a name it had before to the one it has now. Null when GitHub shows none of this
 * name to its credential. Throws `NoAnswer`.
 */
export async function readRepository(
  client: GithubClient,
  repository: Pick<RepositoryRef, 'id' | 'workspaceId' | 'fullName'>,
): Promise<GithubRepository | null> {
  const answer = await client.rest<unknown>({
    ...{ method: 'GET', path: repositoryPath(repository), priority: 'background' },
    about: aboutOf(repository),
  })
  if (answer.status === 404) return null
  if (answer.status !== 200) throw refusedBy(answer, `show ${repository.fullName}`, 'Metadata: read')
  const found = fields(answer.data, 'a repository')
  const fullName = text(found, 'full_name')
  if (!/^[^/\s]+\/[^/\s]+$/.test(fullName)) throw unreadable('full_name')
  return {
    fullName,
    defaultBranch: text(found, 'default_branch'),
    isPrivate: flag(found, 'private'),
    isArchived: found.archived === true,
  }
}
