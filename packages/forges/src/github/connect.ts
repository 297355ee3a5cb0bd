import { OptioError } from '@optio/contract'
import { readRemote } from '@optio/git'
import type { RepositoryFacts } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import type { GithubContext } from './context.ts'
import { gitFailure } from './git-failure.ts'
import { type About, type RestAnswer, repositoryPath } from './http/client.ts'
import { missingPermissions } from './permissions.ts'
import { refusedBy, wordsOf } from './refused.ts'
import { fullNameOf } from './repository-url.ts'
import { fields, flag, integer, text } from './shape.ts'

/**
 * Checks that a repository can be worked on with the workspace's credential, and answers what it is called today. Reads only. Every
 * reason against it is an `OptioError` with status 422, which says what to do; `NoAnswer` when GitHub gives none.
 */
export async function connectRepository(
  context: GithubContext,
  repoUrl: string,
  workspaceId: string,
): Promise<RepositoryFacts> {
  const { client, mirror } = context
  const asked = fullNameOf(client.addresses, repoUrl)
  const about: About = { workspaceId, repositoryId: null }
  const answer = await withCredential(() =>
    client.rest<unknown>({
      method: 'GET',
      path: repositoryPath({ fullName: asked }),
      priority: 'person',
      about,
    }),
  )
  if (answer.status !== 200) throw await notSeen(context, answer, asked, about)
  const repository = fields(answer.data, 'a repository')
  const fullName = text(repository, 'full_name')
  const isPrivate = flag(repository, 'private')
  const defaultBranch = text(repository, 'default_branch')
  refuseUnusable(repository, fullName)
  const role = fields(repository.permissions ?? {}, 'its permissions')
  const looked = {
    fullName,
    isPrivate,
    hasIssues: repository.has_issues !== false,
    scopes: scopesOf(answer.headers),
    mayPush: role.push === true,
  }
  const remote = await mirror.remote(fullName, about)
  const missing = await withCredential(() => missingPermissions(client, looked, remote, about))
  if (missing.length > 0) throw lacks(fullName, missing)
  if (!looked.mayPush) throw await readOnly(context, fullName, about)
  const { refs } = await readRemote(remote).catch((error: unknown) => {
    throw gitFailure(error, fullName, Date.now())
  })
  if (!refs.has(`refs/heads/${defaultBranch}`)) {
    throw new OptioError(
      'REPO_EMPTY',
      `${fullName} has no commit on its default branch ${defaultBranch} yet. Make a first commit, then connect it.`,
    )
  }
  const url = `${client.addresses.serverUrl}/${fullName}`
  return { repoUrl: url, fullName, defaultBranch, isPrivate, forgeId: integer(repository, 'id') }
}

/** No credential, or one that is refused, is for the person who connects to mend. */
async function withCredential<T>(task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (!(error instanceof NoAnswer) || error.reason !== 'credential') throw error
    throw new OptioError('FORGE_CREDENTIAL', error.message, { cause: error })
  }
}

/** GitHub answers 404 for what a credential may not see as for what does not exist. */
async function notSeen(
  { client }: GithubContext,
  answer: RestAnswer<unknown>,
  fullName: string,
  about: About,
): Promise<Error> {
  if (answer.headers['x-github-sso'] !== undefined) {
    return lacks(fullName, ['authorization for single sign-on'])
  }
  if (answer.status === 404) {
    const login = await client.login(about).catch(() => null)
    return new OptioError(
      'REPO_NOT_ACCESSIBLE',
      `GitHub shows no repository ${fullName} to ${login ?? 'this credential'}. Check the address. If it is private, give the token access to it: the scope repo (classic), or the repository in its list (fine-grained).`,
    )
  }
  if (answer.status === 403 && !/blocked/i.test(wordsOf(answer.data)))
    return lacks(fullName, ['Metadata: read'])
  if (answer.status === 403 || answer.status === 451) return unusable(fullName, 'blocked by GitHub')
  return refusedBy(answer, `show ${fullName}`, 'Metadata: read')
}

function refuseUnusable(repository: Readonly<Record<string, unknown>>, fullName: string): void {
  if (repository.archived === true) throw unusable(fullName, 'archived, so that nothing can be changed in it')
  if (repository.disabled === true) throw unusable(fullName, 'disabled by GitHub')
}

function unusable(fullName: string, what: string): OptioError {
  return new OptioError(
    'UNSUPPORTED',
    `${fullName} is ${what}. Connect another repository, or have that undone.`,
  )
}

function lacks(fullName: string, missing: readonly string[]): OptioError {
  return new OptioError(
    'FORGE_PERMISSION',
    `The token may not do all that Optio does with ${fullName}. What it lacks: ${missing.join(', ')}. Change that on GitHub, at the token, and connect again.`,
    { details: { missing } },
  )
}

async function readOnly({ client }: GithubContext, fullName: string, about: About): Promise<OptioError> {
  const login = await client.login(about).catch(() => null)
  return new OptioError(
    'FORGE_PERMISSION',
    `${login ?? 'The owner of the token'} may only read ${fullName}. Give that account the role Write in the repository, or use the token of one that has it.`,
    { details: { missing: ['Contents: write', 'Pull requests: write'] } },
  )
}

/** Classic tokens come with their scopes in a header, others without it. */
function scopesOf(headers: Readonly<Record<string, string>>): string[] | null {
  const scopes = headers['x-oauth-scopes']
  if (scopes === undefined) return null
  return scopes
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '')
}
