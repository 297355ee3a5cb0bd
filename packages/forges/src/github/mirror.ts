import {
  basicAuthorization,
  createCoalescer,
  fetchCommits,
  fetchMirror,
  pushToRemote,
  type Remote,
  type RemotePush,
  readRemote,
  requireBranchName,
  resolveCommit,
} from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { NoAnswer } from '../no-answer.ts'
import { aboutOf } from './about.ts'
import { type GithubAddresses, isLoopback } from './addresses.ts'
import type { CredentialFor } from './credential.ts'
import { gitFailure } from './git-failure.ts'
import type { About } from './http/client.ts'
import type { RepositoryIdentity } from './identity.ts'

/** Git with GitHub: the mirror of each repository, and its branches there. All of it throws `NoAnswer` when there is none. */
export interface GithubMirror {
  /** How git speaks to a repository. */
  remote(fullName: string, about: About): Promise<Remote>
  /** Brings the mirror up to date. Whoever asks meanwhile shares the next time. */
  refresh(repository: RepositoryRef): Promise<void>
  /** Whether the mirror has these commits, after fetching what it lacks as far as GitHub still has it. */
  holding(repository: RepositoryRef, shas: readonly string[]): Promise<boolean>
  /** The commit a branch of GitHub's is at; null when there is no such branch. */
  branchHead(repository: RepositoryRef, branch: string): Promise<string | null>
  push(
    repository: RepositoryRef,
    request: { readonly branch: string; readonly sha: string | null; readonly expected: string | null },
  ): Promise<RemotePush>
}

export function createGithubMirror(options: {
  readonly addresses: GithubAddresses
  readonly credentialFor: CredentialFor
  readonly identity: RepositoryIdentity
  readonly now: () => number
}): GithubMirror {
  const { addresses, credentialFor, identity, now } = options
  const inTurn = createCoalescer()
  const insecure = isLoopback(new URL(addresses.serverUrl))

  const remote = async (fullName: string, about: About): Promise<Remote> => {
    const credential = await credentialFor(about)
    if (credential === null) {
      throw new NoAnswer(
        'credential',
        'There is no credential for GitHub. Save a token as the secret GITHUB_TOKEN (Settings → Secrets).',
      )
    }
    const authorization = basicAuthorization('x-access-token', credential.token)
    return { url: `${addresses.serverUrl}/${fullName}.git`, authorization, insecure }
  }
  /** Speaks to the remote of the repository that was connected, by the name that has today; failures are told in the terms of a forge. */
  const speak = async <T>(repository: RepositoryRef, task: (remote: Remote) => Promise<T>): Promise<T> => {
    try {
      const fullName = await identity.require(repository, 'person')
      return await task(await remote(fullName, aboutOf(repository)))
    } catch (error) {
      throw gitFailure(error, repository.fullName, now())
    }
  }
  const refresh = async (repository: RepositoryRef): Promise<void> => {
    const { mirrorDir } = repository
    await inTurn(mirrorDir, async () => {
      await speak(repository, async (to) => await fetchMirror({ mirrorDir, remote: to }))
    })
  }
  const lacking = async ({ mirrorDir }: RepositoryRef, shas: readonly string[]): Promise<string[]> => {
    const missing: string[] = []
    for (const sha of new Set(shas)) {
      // A mirror that was never made has nothing, which is no failure.
      const found = await resolveCommit(mirrorDir, sha).catch(() => null)
      if (found === null) missing.push(sha)
    }
    return missing
  }

  return {
    remote,
    refresh,
    holding: async (repository, shas) => {
      if ((await lacking(repository, shas)).length === 0) return true
      await refresh(repository)
      const missing = await lacking(repository, shas)
      if (missing.length === 0) return true
      try {
        await speak(repository, async (to) => await fetchCommits(repository.mirrorDir, to, missing))
      } catch (error) {
        if (error instanceof NoAnswer) throw error
        // GitHub has them no more, or gives them to nobody.
        return false
      }
      return (await lacking(repository, missing)).length === 0
    },
    branchHead: async (repository, branch) => {
      const ref = `refs/heads/${requireBranchName(branch)}`
      return await speak(repository, async (to) => {
        const { refs } = await readRemote(to, { names: [ref] })
        return refs.get(ref) ?? null
      })
    },
    push: async (repository, request) =>
      await speak(repository, async (to) => await pushToRemote(repository.mirrorDir, to, request)),
  }
}
