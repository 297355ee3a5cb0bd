import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { usage } from '../cli-error.ts'
import { findRepo } from '../repo/find.ts'

export interface ScopeOptions {
  readonly repo?: string
  readonly user?: boolean
}

/** Whose secret is meant; null when nothing was said about it. */
export async function scopeOf(cli: Cli, client: ApiClient, options: ScopeOptions): Promise<string | null> {
  if (options.repo !== undefined && options.user === true)
    throw usage('A secret is of a repository or of your own: give --repo or --user.')
  if (options.user === true) return 'user'
  return options.repo === undefined ? null : (await findRepo(cli, client, options.repo)).repoUrl
}
