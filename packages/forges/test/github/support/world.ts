import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  createGithubClient,
  createGithubForge,
  type Forge,
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
import { afterAll } from 'vitest'

export const BOT = 'optio-bot'

export interface GithubWorld {
  readonly github: FakeGithub
  /** A forge whose credential can be changed. */
  readonly forge: Forge
  credential: string | null
  forgeWith(token: NewToken): Forge
  repository(options?: Partial<NewRepository>): Promise<Connected>
}

export interface Connected {
  readonly fake: FakeRepository
  readonly ref: RepositoryRef
  /** Makes a commit in the mirror that nobody else has, on top of a branch or commit there; answers it. */
  propose(changes: Readonly<Record<string, string | null>>, onto?: string): Promise<string>
  /** Proposes, publishes and opens. */
  open(branch: string, changes: Readonly<Record<string, string | null>>): Promise<Opened>
}

export interface Opened {
  readonly number: number
  readonly headSha: string
  readonly baseSha: string
}

/** A GitHub of this test file with a bot that may write. Everything is removed at its end. */
export async function githubWorld(): Promise<GithubWorld> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'optio-github-')))
  const github = await startFakeGithub()
  afterAll(async () => {
    await github.close()
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  })
  const addresses = githubAddresses({ GITHUB_API_URL: github.apiUrl })
  const newForge = (tokenOf: () => string | null) => {
    const credentialFor = async () => {
      const token = tokenOf()
      return token === null ? null : { token, source: 'secret' as const }
    }
    const client = createGithubClient({ addresses, credentialFor, writeGapMs: 0, retryDelayMs: 1 })
    return createGithubForge({ client, credentialFor, unknownRetryMs: 1 })
  }
  const world: GithubWorld = {
    github,
    credential: github.createToken({ login: BOT }),
    forge: newForge(() => world.credential),
    forgeWith: (token) => {
      const value = github.createToken(token)
      return newForge(() => value)
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
    for (const [file, content] of Object.entries(changes)) {
      const path = join(clone, file)
      mkdirSync(dirname(path), { recursive: true })
      if (content === null) rmSync(path)
      else writeFileSync(path, content)
    }
    plainGit(clone, 'add', '--all')
    plainGit(clone, 'commit', '--quiet', '--allow-empty', '-m', 'change things')
    const sha = plainGit(clone, 'rev-parse', 'HEAD')
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

/** git as a person runs it. */
function plainGit(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    },
  }).trimEnd()
}
