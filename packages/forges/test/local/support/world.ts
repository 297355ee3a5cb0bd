import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createLocalForge, type Forge, type RepositoryRef } from '@optio/forges'
import { fetchMirror } from '@optio/git'
import {
  bareClone,
  type Changes,
  commit,
  makeRepository,
  plainGit,
  temporaryDirectory,
} from '@optio/testkit/repositories'
import { afterAll } from 'vitest'
import { type MemoryStore, memoryStore } from './store.ts'

/** A directory of this test file, removed at its end. */
export function sandbox(): string {
  return temporaryDirectory('forge', afterAll)
}

export interface ForgeWorld {
  readonly upstream: string
  readonly repository: RepositoryRef
  readonly store: MemoryStore
  readonly forge: Forge
  /** Another process on the same store. */
  anotherForge(): Forge
  /** Commits onto a branch as an agent would, and brings the result into the mirror. */
  propose(branch: string, changes: Changes, onto?: string): Promise<string>
  /** Proposes, publishes and opens. */
  open(branch: string, changes: Changes, title?: string): Promise<OpenedPullRequest>
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
  const checkout = makeRepository(join(root, id, options.name ?? 'upstream'))
  const upstream = options.bare ? bareClone(checkout) : checkout
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
  changes: Changes,
  onto = 'main',
): Promise<string> {
  const sha = await w.propose(branch, changes, onto)
  plainGit(w.repository.mirrorDir, 'push', '--quiet', '--force', w.upstream, `${sha}:refs/heads/${branch}`)
  return sha
}
