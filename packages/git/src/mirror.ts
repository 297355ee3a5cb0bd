import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UPSTREAM_UPLOAD_PACK } from './environment.ts'
import { GitError } from './failure.ts'
import { retryLocked } from './locks.ts'
import { makeDirectoryOnce } from './new-directory.ts'
import { git, gitText } from './run.ts'

/** HEAD of a mirror names no branch that exists: a clone then has no local branch but the one that is made for the run. */
const NO_HEAD = 'optio-mirror-has-no-head'

/** What an agent reads that pushes to the mirror by its path. */
const REFUSE_PUSHES = `#!/bin/sh
echo 'Optio publishes your commits by itself: commit on your branch, do not push.' >&2
exit 1
`

const FETCH_TIMEOUT_MS = 15 * 60_000

const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'] as const

/** A bare mirror and the repository on disk that it mirrors. */
export interface MirrorOf {
  readonly mirrorDir: string
  /** Real path of the upstream. */
  readonly upstream: string
}

/**
 * Makes the mirror or brings it up to date: afterwards `refs/heads/*` and `refs/tags/*` are those of the upstream, also
 * after a force-push or a deletion there. `refs/optio/*` is never touched, and nothing is ever pruned, so that work that
 * only Optio knows stays. Safe to run concurrently, from any number of processes.
 */
export async function fetchMirror(mirror: MirrorOf): Promise<void> {
  if (!existsSync(join(mirror.mirrorDir, 'HEAD'))) {
    const made = await makeDirectoryOnce(mirror.mirrorDir, async (directory) => {
      await initMirror(directory, mirror.upstream)
      await fetchInto(directory, mirror.upstream)
    })
    if (made) return
  }
  await freshen(mirror)
}

async function initMirror(directory: string, upstream: string): Promise<void> {
  const objectFormat = await gitText(['rev-parse', '--show-object-format'], {
    cwd: upstream,
    profile: 'upstream',
  })
  const own = { cwd: directory }
  await git(
    [
      'init',
      '--quiet',
      '--bare',
      '--template=',
      `--initial-branch=${NO_HEAD}`,
      `--object-format=${objectFormat}`,
    ],
    own,
  )
  const settings = {
    'gc.auto': '0',
    'maintenance.auto': 'false',
    // Clones see the branches of the upstream, not what other runs have proposed.
    'uploadpack.hideRefs': 'refs/optio',
    'receive.hideRefs': 'refs/optio',
  }
  for (const [key, value] of Object.entries(settings)) await git(['config', key, value], own)
  await mkdir(join(directory, 'hooks'), { recursive: true })
  await writeFile(join(directory, 'hooks', 'pre-receive'), REFUSE_PUSHES, { mode: 0o755 })
}

/**
 * Nothing is fetched when both have the same branches and tags already: asking both costs two short processes at once, a fetch
 * that finds nothing new five in a row.
 */
async function freshen(mirror: MirrorOf): Promise<void> {
  const names = ['refs/heads/', 'refs/tags/']
  const [ours, theirs] = await Promise.all([
    readRefs({ gitDir: mirror.mirrorDir, profile: 'own', names }),
    // What is wrong with the upstream is said by the fetch, in its words.
    readRefs({ gitDir: mirror.upstream, profile: 'upstream', discover: true, names }).catch(() => null),
  ])
  const isFresh =
    theirs !== null && ours.size === theirs.size && [...theirs].every(([name, sha]) => ours.get(name) === sha)
  if (!isFresh) await fetchInto(mirror.mirrorDir, mirror.upstream)
}

async function fetchInto(directory: string, upstream: string): Promise<void> {
  await retryLocked(directory, async () => {
    try {
      await git(
        [
          'fetch',
          '--quiet',
          '--prune',
          '--no-tags',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
          `--upload-pack=${UPSTREAM_UPLOAD_PACK}`,
          '--end-of-options',
          upstream,
          ...REFSPECS,
        ],
        { cwd: directory, gitDir: directory, timeoutMs: FETCH_TIMEOUT_MS },
      )
    } catch (error) {
      throw error instanceof GitError && error.kind !== 'locked' ? asUpstreamError(error) : error
    }
  })
}

/** A fetch fails because of the upstream or because of the disk: say it with the codes of an upstream. */
function asUpstreamError(error: GitError): GitError {
  return new GitError(error.kind, 'fetch', {
    profile: 'upstream',
    exitCode: error.exitCode,
    stderr: error.stderr,
    cause: error,
  })
}

/** The branches of a repository: name without `refs/heads/` to commit. One git process, reads refs only. */
export async function readBranches(options: {
  readonly gitDir: string
  readonly profile: 'own' | 'upstream'
}): Promise<Map<string, string>> {
  const refs = await readRefs({ ...options, names: ['refs/heads/'] })
  return new Map([...refs].map(([name, sha]) => [name.slice('refs/heads/'.length), sha]))
}

/**
 * Refs of a repository by their full names, with what they name (of an annotated tag: the tag itself). One git process.
 *
 * @param options.names full names, or beginnings of them that end with a slash.
 * @param options.discover `gitDir` may be a working tree: git finds its directory.
 */
export async function readRefs(options: {
  readonly gitDir: string
  readonly profile: 'own' | 'upstream'
  readonly names: readonly string[]
  readonly discover?: boolean
}): Promise<Map<string, string>> {
  const { gitDir, profile, names, discover = false } = options
  const text = await gitText(['for-each-ref', '--format=%(objectname) %(refname)', '--', ...names], {
    cwd: gitDir,
    profile,
    ...(discover ? {} : { gitDir }),
  })
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ')
    if (space > 0) refs.set(line.slice(space + 1), line.slice(0, space))
  }
  return refs
}

/** Commit a ref or a full object name of a repository of ours stands for, or null when it has no such commit. */
export async function resolveCommit(gitDir: string, name: string): Promise<string | null> {
  const result = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], {
    cwd: gitDir,
    gitDir,
    okCodes: [0, 1, 128],
  })
  return result.code === 0 ? result.stdout.toString('utf8').trim() : null
}

/** Whether `ancestor` is contained in `descendant`; both must be commits of the repository. */
export async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true
  const result = await git(['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant], {
    cwd: gitDir,
    gitDir,
    okCodes: [0, 1],
  })
  return result.code === 0
}

/** Sets (or with null deletes) refs of a repository of ours in one transaction, waiting for locks. */
export async function updateRefs(
  gitDir: string,
  changes: Readonly<Record<string, string | null>>,
): Promise<void> {
  const lines = Object.entries(changes).map(([ref, sha]) =>
    sha === null ? `delete ${ref}\0\0` : `update ${ref}\0${sha}\0\0`,
  )
  if (lines.length === 0) return
  await retryLocked(gitDir, () =>
    git(['update-ref', '-z', '--stdin'], { cwd: gitDir, gitDir, stdin: lines.join('') }),
  )
}
