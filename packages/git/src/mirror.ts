import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UPSTREAM_UPLOAD_PACK } from './environment.ts'
import { GitError } from './failure.ts'
import { retryLocked } from './locks.ts'
import { makeDirectoryOnce } from './new-directory.ts'
import type { Remote } from './remote.ts'
import { remoteSource } from './remote-mirror.ts'
import { git, gitText } from './run.ts'

/** HEAD of a mirror names no branch that exists: a clone then has no local branch but the one that is made for the run. */
const NO_HEAD = 'optio-mirror-has-no-head'

/** What an agent reads that pushes to the mirror by its path. */
const REFUSE_PUSHES = `#!/bin/sh
echo 'Optio publishes your commits by itself: commit on your branch, do not push.' >&2
exit 1
`

const FETCH_TIMEOUT_MS = 15 * 60_000

const MIRRORED = ['refs/heads/', 'refs/tags/'] as const
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'] as const

/** A bare mirror and what it mirrors. */
export type MirrorOf =
  | {
      readonly mirrorDir: string
      /** Real path of the repository on this disk. */
      readonly upstream: string
    }
  | { readonly mirrorDir: string; readonly remote: Remote }

/** Where a mirror is fetched from. */
interface Source {
  /** Branches and tags; null when what is wrong is better said by the fetch. */
  refs(): Promise<ReadonlyMap<string, string> | null>
  objectFormat(): Promise<string>
  fetchInto(directory: string): Promise<void>
}

/**
 * Makes the mirror or brings it up to date: afterwards `refs/heads/*` and `refs/tags/*` are those of the upstream, also
 * after a force-push or a deletion there. `refs/optio/*` is never touched, and nothing is ever pruned, so that work that
 * only Optio knows stays. Safe to run concurrently, from any number of processes.
 */
export async function fetchMirror(mirror: MirrorOf): Promise<void> {
  const source = 'remote' in mirror ? remoteSource(mirror.remote, REFSPECS) : localSource(mirror.upstream)
  if (!existsSync(join(mirror.mirrorDir, 'HEAD'))) {
    const made = await makeDirectoryOnce(mirror.mirrorDir, async (directory) => {
      await initMirror(directory, await source.objectFormat())
      await source.fetchInto(directory)
    })
    if (made) return
  }
  await freshen(mirror.mirrorDir, source)
}

function localSource(upstream: string): Source {
  return {
    refs: () =>
      readRefs({ gitDir: upstream, profile: 'upstream', discover: true, names: [...MIRRORED] }).catch(
        () => null,
      ),
    objectFormat: () =>
      gitText(['rev-parse', '--show-object-format'], { cwd: upstream, profile: 'upstream' }),
    fetchInto: (directory) => fetchInto(directory, upstream),
  }
}

async function initMirror(directory: string, objectFormat: string): Promise<void> {
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
async function freshen(mirrorDir: string, source: Source): Promise<void> {
  const [ours, theirs] = await Promise.all([
    readRefs({ gitDir: mirrorDir, profile: 'own', names: [...MIRRORED] }),
    source.refs(),
  ])
  const isFresh =
    theirs !== null && ours.size === theirs.size && [...theirs].every(([name, sha]) => ours.get(name) === sha)
  if (!isFresh) await source.fetchInto(mirrorDir)
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
