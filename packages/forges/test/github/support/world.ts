import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  createGithubClient,
  createGithubForge,
  type Forge,
  type GithubClient,
  githubAddresses,
  type RepositoryRef,
} from '@optio/forges'
import {
  type FakeGithub,
  type FakeRepository,
  type NewRepository,
  type NewToken,
  startFakeGithub,
} from '@optio/testkit/github'
import { type Changes, commitChanges, plainGit, temporaryDirectory } from '@optio/testkit/repositories'
import { afterAll } from 'vitest'

export const BOT = 'optio-bot'

export interface GithubWorld {
  readonly github: FakeGithub
  /** A forge whose credential can be changed. */
  readonly forge: Forge
  readonly client: GithubClient
  credential: string | null
  forgeWith(token: NewToken): Forge
  repository(options?: Partial<NewRepository>): Promise<Connected>
}

export interface Connected {
  readonly fake: FakeRepository
  readonly ref: RepositoryRef
  /** Makes a commit in the mirror that nobody else has, on top of a branch or commit there; answers it. */
  propose(changes: Changes, onto?: string): Promise<string>
  /** Proposes, publishes and opens. */
  open(branch: string, changes: Changes): Promise<Opened>
}

export interface Opened {
  readonly number: number
  readonly headSha: string
  readonly baseSha: string
}

/** A GitHub of this test file with a bot that may write. Everything is removed at its end. */
export async function githubWorld(): Promise<GithubWorld> {
  const root = temporaryDirectory('github', afterAll)
  const github = await startFakeGithub()
  afterAll(async () => await github.close())
  const addresses = githubAddresses({ GITHUB_API_URL: github.apiUrl })
  const newForge = (tokenOf: () => string | null) => {
    const credentialFor = async () => {
      const token = tokenOf()
      return token === null ? null : { token, source: 'secret' as const }
    }
    const client = createGithubClient({ addresses, credentialFor, writeGapMs: 0, retryDelayMs: 1 })
    return { client, forge: createGithubForge({ client, credentialFor, unknownRetryMs: 1 }) }
  }
  const world: GithubWorld = {
    github,
    credential: github.createToken({ login: BOT }),
    ...newForge(() => world.credential),
    forgeWith: (token) => {
      const value = github.createToken(token)
      return newForge(() => value).forge
    },
    repository: async (options = {}) => {
      const name = `r-${randomUUID().slice(0, 8)}`
      const fake = await github.createRepository({
        owner: 'acme',
        name,
        permissions: { [BOT]: 'write', ann: 'write' },
        files: { 'README.md': 'one\ntwo\nthree\n' },
        ...options,
      })
      return connected(world, fake, root)
    },
  }
  return world
}

function connected(world: GithubWorld, fake: FakeRepository, root: string): Connected {
  const ref: RepositoryRef = {
    id: randomUUID(),
    workspaceId: randomUUID(),
    repoUrl: fake.url,
    fullName: fake.fullName,
    defaultBranch: fake.defaultBranch,
    mirrorDir: join(root, `${randomUUID()}.git`),
  }
  const { forge } = world
  const propose: Connected['propose'] = async (changes, onto = `refs/heads/${ref.defaultBranch}`) => {
    await forge.refreshMirror?.(ref)
    const clone = join(root, randomUUID())
    plainGit(root, 'clone', '--quiet', '--no-checkout', '--no-local', ref.mirrorDir, clone)
    plainGit(clone, 'checkout', '--quiet', '--detach', plainGit(ref.mirrorDir, 'rev-parse', onto))
    const sha = commitChanges(clone, 'change things', changes)
    plainGit(ref.mirrorDir, 'fetch', '--quiet', clone, `+${sha}:refs/optio/runs/${randomUUID()}`)
    return sha
  }
  return {
    fake,
    ref,
    propose,
    open: async (branch, changes) => {
      const headSha = await propose(changes)
      const baseSha = fake.branchHead(ref.defaultBranch) ?? ''
      const published = await forge.publish(ref, { branch, sha: headSha, expected: null })
      if (published.outcome !== 'published') throw new Error(JSON.stringify(published))
      const { number } = await forge.openPullRequest(ref, newPullRequest(branch, headSha))
      return { number, headSha, baseSha }
    },
  }
}

export function newPullRequest(
  headRef: string,
  headSha: string,
  more: { draft?: boolean; baseRef?: string } = {},
) {
  const { draft = false, baseRef = 'main' } = more
  const runId = randomUUID()
  return { runId, title: 'Mend the sum', body: 'What was done.', headRef, headSha, baseRef, draft }
}
