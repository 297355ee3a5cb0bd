import type { RepositoryRef } from '../../forge.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { fields, text } from '../shape.ts'
import { notTold } from './not-told.ts'

const WRITING = ['admin', 'maintain', 'write']

/** Whether somebody may write to the repository. People GitHub does not know there may not. */
export async function mayWrite(
  client: GithubClient,
  repository: RepositoryRef,
  login: string,
  priority: Priority = 'background',
): Promise<boolean> {
  const answer = await client.rest<unknown>({
    method: 'GET',
    path: repositoryPath(repository, 'collaborators', login, 'permission'),
    priority,
    about: aboutOf(repository),
  })
  if (answer.status === 404) return false
  if (answer.status !== 200) {
    throw notTold(answer, `show what ${login} may do in ${repository.fullName}`, 'Metadata: read')
  }
  return WRITING.includes(text(fields(answer.data, 'a permission'), 'permission'))
}
