import { realpath } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
import type { Repo } from '@optio/contract'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError, usage } from '../cli-error.ts'
import { EXIT } from '../exit-codes.ts'

/** All connected repositories. */
export async function allRepos(client: ApiClient): Promise<Repo[]> {
  const repos: Repo[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await client.repos.list({ query: { limit: 1000, ...(cursor ? { cursor } : {}) } })
    repos.push(...page.repos)
    if (!page.hasMore || page.nextCursor === null) return repos
    cursor = page.nextCursor
  }
}

/**
 * A connected repository by path, name, or part of its id; without any, the one the current directory is in. Throws when none is meant,
 * or several are.
 */
export async function findRepo(cli: Cli, client: ApiClient, given: string | undefined): Promise<Repo> {
  const repos = await allRepos(client)
  const place = await realPath(resolve(cli.cwd, given ?? '.'))
  const byPlace = holding(repos, place, given !== undefined)
  if (byPlace !== undefined) return byPlace
  if (given === undefined) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'REPO_NOT_FOUND',
      'The current directory is in no connected repository. Name one (`optio repo list` shows them), or connect it with `optio repo add`.',
    )
  }
  const part = given.toLowerCase().replaceAll('-', '')
  const matches = repos.filter(
    ({ id, fullName, repoUrl }) =>
      fullName === given || repoUrl === given || id === given.toLowerCase() || isPartOf(id, part),
  )
  const [only, ...others] = matches
  if (only === undefined) {
    throw new CliError(
      EXIT.NOT_FOUND,
      'REPO_NOT_FOUND',
      `No connected repository is “${given}”. \`optio repo list\` shows them; \`optio repo add\` connects one.`,
    )
  }
  if (others.length > 0) {
    throw usage(
      `Several repositories are “${given}”; give the path:${matches.map(({ repoUrl }) => `\n  ${repoUrl}`).join('')}`,
    )
  }
  return only
}

/** The repository at the place; of nested ones the innermost that holds it, unless the place was named itself. */
function holding(repos: readonly Repo[], place: string, exactly: boolean): Repo | undefined {
  return repos
    .filter(({ repoUrl }) => place === repoUrl || (!exactly && place.startsWith(`${repoUrl}${sep}`)))
    .sort((one, other) => other.repoUrl.length - one.repoUrl.length)[0]
}

function isPartOf(id: string, part: string): boolean {
  const digits = id.replaceAll('-', '')
  return /^[0-9a-f]{4,}$/.test(part) && (digits.startsWith(part) || digits.endsWith(part))
}

async function realPath(path: string): Promise<string> {
  return await realpath(path).catch(() => path)
}
