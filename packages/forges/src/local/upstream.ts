import { OptioError } from '@optio/contract'
import { createCoalescer, fetchMirror, git, readBranches } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { type Blocked, checkoutBlocks } from './checkout-state.ts'
import { upstreamGitDir } from './location.ts'
import type { WorkTree } from './work-tree.ts'

/** What the upstream's refs and working trees are, read at most once in `freshMs` for all pull requests of a repository. */
export interface UpstreamReader {
  /** Branch name to commit. `fresh` reads now. Throws when the upstream cannot be read or has no branch at all. */
  branches(repository: RepositoryRef, fresh?: boolean): Promise<ReadonlyMap<string, string>>
  /** Working trees that have the branch checked out, and why one of them forbids to move it now (or null). */
  checkouts(repository: RepositoryRef, branch: string, fresh?: boolean): Promise<Checkouts>
  /** Makes sure that the mirror holds these branch heads; fetches at most once for all who ask. */
  inMirror(repository: RepositoryRef, branches: ReadonlyMap<string, string>): Promise<void>
  /** Forgets what was read, after Optio itself has changed the upstream. */
  forget(repository: RepositoryRef): void
}

export interface Checkouts {
  readonly trees: readonly WorkTree[]
  readonly blocked: Blocked | null
}

interface Cached<T> {
  readonly at: number
  readonly value: Promise<T>
}

export function createUpstreamReader(freshMs: number, now: () => number): UpstreamReader {
  const branches = new Map<string, Cached<ReadonlyMap<string, string>>>()
  const workTrees = new Map<string, Cached<readonly WorkTree[]>>()
  const checkouts = new Map<string, Cached<Checkouts>>()
  /** Per repository the heads that are known to be in its mirror. */
  const mirrored = new Map<string, ReadonlyMap<string, string>>()
  const fetchOnce = createCoalescer()

  function cached<T>(cache: Map<string, Cached<T>>, key: string, fresh: boolean, read: () => Promise<T>) {
    const known = cache.get(key)
    if (!fresh && known !== undefined && now() - known.at < freshMs) return known.value
    const entry = { at: now(), value: read() }
    cache.set(key, entry)
    // A failure is an answer for those who wait, not for those who come later.
    entry.value.catch(() => {
      if (cache.get(key) === entry) cache.delete(key)
    })
    return entry.value
  }

  return {
    branches: (repository, fresh = false) =>
      cached(branches, repository.id, fresh, () => readUpstreamBranches(repository)),
    checkouts: (repository, branch, fresh = false) =>
      cached(checkouts, `${repository.id}:${branch}`, fresh, async () => {
        const all = await cached(workTrees, repository.id, fresh, () => readWorkTrees(repository))
        const trees = all.filter((tree) => tree.branch === branch)
        let blocked: Blocked | null = null
        for (const tree of all) {
          if (tree.branch === branch || tree.branch === null) blocked ??= await checkoutBlocks(tree, branch)
        }
        return { trees, blocked }
      }),
    inMirror: async (repository, wanted) => {
      const isThere = () => {
        const known = mirrored.get(repository.id)
        return known !== undefined && holds(known, wanted)
      }
      // Whoever joins a fetch that another began for an older wish looks again afterwards.
      while (!isThere()) {
        await fetchOnce(repository.id, async () => {
          if (isThere()) return
          await fetchMirror({ mirrorDir: repository.mirrorDir, upstream: repository.repoUrl })
          const found = await readBranches({ gitDir: repository.mirrorDir, profile: 'own' })
          // The upstream may have moved on since `wanted` was read; what was wanted may then be no head any more.
          mirrored.set(repository.id, new Map([...found, ...wanted]))
        })
      }
    },
    forget: (repository) => {
      branches.delete(repository.id)
      workTrees.delete(repository.id)
      for (const key of checkouts.keys()) if (key.startsWith(`${repository.id}:`)) checkouts.delete(key)
    },
  }
}

function holds(known: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>): boolean {
  if (known === wanted) return true
  for (const [name, sha] of wanted) if (known.get(name) !== sha) return false
  return true
}

async function readUpstreamBranches(repository: RepositoryRef): Promise<ReadonlyMap<string, string>> {
  const gitDir = await upstreamGitDir(repository.repoUrl)
  const found = await readBranches({ gitDir, profile: 'upstream' })
  if (found.size === 0) {
    // An unmounted or emptied directory must not read as "every branch was deleted".
    throw new OptioError('REPO_EMPTY', `${repository.repoUrl} has no branch any more.`)
  }
  return found
}

async function readWorkTrees(repository: RepositoryRef): Promise<readonly WorkTree[]> {
  const gitDir = await upstreamGitDir(repository.repoUrl)
  const listing = await git(['worktree', 'list', '--porcelain', '-z'], {
    cwd: gitDir,
    gitDir,
    profile: 'upstream',
  })
  const trees: WorkTree[] = []
  // Entries are ended by an empty line, lines by NUL.
  for (const entry of listing.stdout.toString('utf8').split('\0\0')) {
    const lines = entry.split('\0')
    const path = lines.find((line) => line.startsWith('worktree '))?.slice('worktree '.length)
    if (path === undefined || lines.includes('bare')) continue
    const branch = lines.find((line) => line.startsWith('branch '))?.slice('branch refs/heads/'.length)
    const prunable = lines.some((line) => line === 'prunable' || line.startsWith('prunable '))
    trees.push({ path, branch: branch ?? null, prunable })
  }
  return trees
}
