import type { Remote } from '@optio/git'
import { NoAnswer } from '../no-answer.ts'
import { type About, type GithubClient, type RestAnswer, repositoryPath } from './http/client.ts'
import { permissionsOf } from './refused.ts'

/** A number no pull request has: a request about it can be refused, and never carried out. */
const NO_SUCH_NUMBER = 2_147_483_647
const TIMEOUT_MS = 20_000

/** What is known of a repository when its credential is looked at. */
export interface Looked {
  readonly fullName: string
  readonly isPrivate: boolean
  readonly hasIssues: boolean
  /** Scopes of a classic token; null for any other credential. */
  readonly scopes: readonly string[] | null
  /** Its owner may push, by their role in the repository. */
  readonly mayPush: boolean
}

/**
 * The permissions that a credential lacks for what Optio does with a repository, as GitHub's pages name them; empty when it has all.
 * A classic token says what it may. Of any other only what it is refused can be learnt: each permission is asked for by a request that
 * reads, or that lacks everything it would take to carry it out, so that nothing is ever written to find out.
 */
export async function missingPermissions(
  client: GithubClient,
  looked: Looked,
  remote: Remote,
  about: About,
): Promise<string[]> {
  if (looked.scopes !== null) return missingScopes(looked)
  const { fullName, hasIssues } = looked
  const paths = {
    pulls: repositoryPath({ fullName }, 'pulls'),
    issues: repositoryPath({ fullName }, 'issues'),
  }
  const missing = [...(await missingForGit(remote))]
  const reading = { method: 'GET', query: { per_page: 1 }, priority: 'person', about } as const
  const writing = { method: 'POST', body: {}, priority: 'person', about } as const
  const look = async (answer: Promise<RestAnswer<unknown>>, permission: string): Promise<void> => {
    const { status, headers } = await answer
    if (status !== 403) return
    const [accepted = permission] = permissionsOf(headers['x-accepted-github-permissions'])
    missing.push(accepted)
  }
  await look(
    client.rest({ ...writing, path: `${paths.pulls}/${NO_SUCH_NUMBER}/reviews` }),
    'Pull requests: write',
  )
  await look(client.rest({ ...reading, path: paths.pulls }), 'Pull requests: read')
  if (hasIssues) {
    // Without a title there is no issue. What is about a single one is also open to those who may write pull requests.
    await look(client.rest({ ...writing, path: paths.issues }), 'Issues: write')
    await look(client.rest({ ...reading, path: paths.issues }), 'Issues: read')
  }
  return withoutWeaker(missing)
}

function missingScopes({ scopes, isPrivate }: Looked): string[] {
  const has = (scope: string) => scopes?.includes(scope) === true
  if (has('repo') || (!isPrivate && has('public_repo'))) return []
  return [isPrivate ? 'scope repo' : 'scope repo or public_repo']
}

/** A push begins with a question that is refused to those who may not push; nothing is sent after it. */
async function missingForGit(remote: Remote): Promise<string[]> {
  if ((await advertised(remote, 'git-upload-pack')) === 403) return ['Contents: read', 'Contents: write']
  return (await advertised(remote, 'git-receive-pack')) === 403 ? ['Contents: write'] : []
}

async function advertised(remote: Remote, service: string): Promise<number> {
  try {
    const response = await fetch(`${remote.url}/info/refs?service=${service}`, {
      headers: remote.authorization === null ? {} : { authorization: remote.authorization },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    // What is not shown is not permitted either: 401 and 404 mean the same here as 403.
    return [401, 403, 404].includes(response.status) ? 403 : response.status
  } catch (cause) {
    throw new NoAnswer('unreachable', `${new URL(remote.url).host} could not be reached for git.`, { cause })
  }
}

/** “Issues: read” goes without saying beside “Issues: write”. */
function withoutWeaker(permissions: readonly string[]): string[] {
  const all = [...new Set(permissions)]
  return all.filter((each) => !(each.endsWith(': read') && all.includes(each.replace(/read$/, 'write'))))
}
