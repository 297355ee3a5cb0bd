import type { GithubClient } from './http/client.ts'
import type { GithubMirror } from './mirror.ts'

/** What the parts of the forge share. */
export interface GithubContext {
  readonly client: GithubClient
  readonly mirror: GithubMirror
}
