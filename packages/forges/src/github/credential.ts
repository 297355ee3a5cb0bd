import { createHash } from 'node:crypto'
import type { About } from './http/client.ts'

/** What GitHub is asked with. */
export interface GithubCredential {
  readonly token: string
  readonly source: 'secret' | 'environment'
}

/** Finds the credential for a repository, or with `repositoryId: null` that of a workspace; null when there is none. */
export type CredentialFor = (about: About) => Promise<GithubCredential | null>

/** The first 12 characters of the token's hash: tells two of them apart and gives neither away. */
export function credentialKeyOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 12)
}
