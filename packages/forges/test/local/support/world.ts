import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createLocalForge, type Forge, type RepositoryRef } from '@optio/forges'
import { fetchMirror } from '@optio/git'
import { afterAll } from 'vitest'
import { type MemoryStore, memoryStore } from './store.ts'

/** A directory of this test file, removed at its end. */
export function sandbox(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'optio-forge-')))
  afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/** git as a person runs it: the repository's own configuration counts. */
export function plainGit(cwd: string, ...args: string[]): string {
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

export function commit(directory: string, file: string, content: string | null): string {
  mkdirSync(dirname(join(directory, file)), { recursive: true })
  if (content === null) rmSync(join(directory, file))
  else writeFileSync(join(directory, file), content)
  plainGit(directory, 'add', '--all')
  plainGit(directory, 'commit', '--quiet', '--allow-empty', '-m', `change ${JSON.stringify(file)}`)
  return plainGit(directory, 'rev-parse', 'HEAD')
}

export function upstreamAt(path: string, bare = false): string {
  mkdirSync(path, { recursive: true })
  plainGit(path, 'init', '--quiet', '--initial-branch=main')
  commit(path, 'README', 'one\ntwo\nthree\n')
  if (!bare) return path
  plainGit(dirname(path), 'clone', '--quiet', '--bare', path, `${path}.git`)
  return `${path}.git`
}

export interface ForgeWorld {
  readonly upstream: string
  readonly repository: RepositoryRef
  readonly store: MemoryStore
  readonly forge: Forge
  /** Another process on the same store. */
  anotherForge(): Forge
  /** Commits onto a branch as an agent would, and brings the result into the mirror. */
  propose(branch: string, changes: Record<string, string | null>, onto?: string): Promise<string>
  /** Proposes, publishes and opens. */
  open(branch: string, changes: Record<string, string | null>, title?: string): Promise<OpenedPullRequest>
  /** What the upstream's branch is at. */
  head(branch: string): string
}

export interface OpenedPullRequest {
  readonly number: number
  readonly headSha: string
  readonly baseSha: string
}

export async function forgeWorld(
  root: string,
  options: { bare?: boolean; name?: string } = {},
): Promise<ForgeWorld> {
  const id = randomUUID()
  const upstream = upstreamAt(join(root, id, options.name ?? 'upstream'), options.bare)
  const mirrorDir = join(root, id, 'mirror.git')
  await fetchMirror({ mirrorDir, upstream })
  const store = memoryStore()
  const newForge = () => createLocalForge({ store, forbiddenDirs: [], freshMs: 0 })
  const forge = newForge()
  const repository: RepositoryRef = {
    id: randomUUID(),
    workspaceId: randomUUID(),
    repoUrl: upstream,
    fullName: 'upstream',
    defaultBranch: 'main',
    mirrorDir,
  }
  const head = (branch: string) => plainGit(upstream, 'rev-parse', `refs/heads/${branch}`)
  const propose: ForgeWorld['propose'] = async (branch, changes, onto = 'main') => {
    const clone = join(root, id, `clone-${randomUUID()}`)
    plainGit(root, 'clone', '--quiet', '--no-checkout', upstream, clone)
    plainGit(clone, 'checkout', '--quiet', '-b', 'work', onto === 'main' ? 'origin/main' : onto)
    let sha = plainGit(clone, 'rev-parse', 'HEAD')
    for (const [file, content] of Object.entries(changes)) sha = commit(clone, file, content)
    plainGit(mirrorDir, 'fetch', '--quiet', clone, `+${sha}:refs/optio/runs/${branch}`)
    return sha
  }
  return {
    upstream,
    repository,
    store,
    forge,
    anotherForge: newForge,
    propose,
    head,
    open: async (branch, changes, title = 'Fix it') => {
      const headSha = await propose(branch, changes)
      const baseSha = head('main')
      await forge.publish(repository, { branch, sha: headSha, expected: null })
      const { number } = await forge.openPullRequest(repository, {
        runId: randomUUID(),
        title,
        body: 'What was done.',
        headRef: branch,
        headSha,
        baseRef: 'main',
        draft: false,
      })
      return { number, headSha, baseSha }
    },
  }
}

/** Moves a branch of the upstream, as another person's push would. */
export async function pushTo(
  w: ForgeWorld,
  branch: string,
  changes: Record<string, string | null>,
  onto = 'main',
): Promise<string> {
  const sha = await w.propose(branch, changes, onto)
  plainGit(w.repository.mirrorDir, 'push', '--quiet', '--force', w.upstream, `${sha}:refs/heads/${branch}`)
  return sha
}
