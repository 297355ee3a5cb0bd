import type { GithubClient } from './http/client.ts'
import type { RepositoryIdentity } from './identity.ts'
import type { GithubMirror } from './mirror.ts'

/** What the parts of the forge share. */
export interface GithubContext {
  readonly client: GithubClient
  readonly identity: RepositoryIdentity
  readonly mirror: GithubMirror
}
