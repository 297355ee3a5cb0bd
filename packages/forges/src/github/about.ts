import type { RepositoryRef } from '../forge.ts'
import type { About } from './http/client.ts'

/** The credential a repository is asked with. */
export function aboutOf(repository: Pick<RepositoryRef, 'id' | 'workspaceId'>): About {
  return { workspaceId: repository.workspaceId, repositoryId: repository.id }
}
