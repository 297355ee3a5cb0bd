import { existsSync } from 'node:fs'
import { lstat, mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { GitError, git, isAncestor, makeDirectoryOnce, readRefs, requireBranchName } from '@optio/git'
import type { CoAuthor } from './co-author-trailer.ts'
import { runRefs } from './run-refs.ts'
import type { EnvironmentPaths, PrepareClone } from './workspace.ts'

const CLONE_TIMEOUT_MS = 30 * 60_000
/** Where a push from the clone goes: nowhere, with words in git's complaint. Nothing is asked over a network. */
export const NO_PUSH = 'file:///do-not-push--Optio-publishes-your-commits-by-itself'

/** `author`: of what is committed in it, unless an agent says otherwise. */
type CloneRequest = PrepareClone & { readonly author: CoAuthor }

/**
 * Makes the clone of a run on its branch, unless it is there. It is a full copy (`--no-hardlinks`): shared or hard-linked
 * objects would let one agent harm the mirror and through it every other run.
 */
export async function prepareClone(
  request: CloneRequest,
  paths: EnvironmentPaths,
  mirrorDir: string,
): Promise<{ created: boolean }> {
  requireBranchName(request.branch)
  requireBranchName(request.baseRef)
  for (const path of [paths.root, paths.home, paths.tmp]) await mkdir(path, { recursive: true, mode: 0o700 })
  const present = await lstat(paths.clone).catch(() => null)
  if (present?.isDirectory() === true) return { created: false }
  // The agent has put something else there. It may be work: it stays beside the new clone.
  if (present !== null) await rename(paths.clone, `${paths.clone}.replaced-${Date.now()}`)

  const start = await startingPoint(request, mirrorDir)
  const created = await makeDirectoryOnce(paths.clone, (temporary) =>
    cloneInto(temporary, request, mirrorDir, start),
  )
  return { created }
}

/**
 * Where the branch starts, so that no work is lost when an environment was removed: at what the agent proposed last; at the
 * published branch when that holds it (somebody added to it); else at the base. Where the two went apart, the proposal wins:
 * the published one is still there as `origin/<branch>`, and publishing over it is refused.
 */
async function startingPoint(request: CloneRequest, mirrorDir: string): Promise<string> {
  const names = [
    `refs/heads/${request.baseRef}`,
    `refs/heads/${request.branch}`,
    runRefs.proposal(request.runId, request.branch),
  ] as const
  const refs = await readRefs({ gitDir: mirrorDir, profile: 'own', names })
  const [base, published, proposal] = names.map((name) => refs.get(name) ?? null)
  if (base == null) {
    throw new OptioError(
      'BRANCH_NOT_FOUND',
      `The repository has no branch ${request.baseRef}. Create it, or name another one.`,
    )
  }
  if (proposal == null) return published ?? base
  if (published == null) return proposal
  return (await isAncestor(mirrorDir, proposal, published)) ? published : proposal
}

async function cloneInto(
  directory: string,
  request: CloneRequest,
  mirrorDir: string,
  start: string,
): Promise<void> {
  await copyMirror(directory, mirrorDir, request)
  const own = { cwd: directory, gitDir: join(directory, '.git') }
  await pointOriginHead(own, `refs/remotes/origin/${request.baseRef}`)
  await git(
    ['-c', 'checkout.workers=2', 'checkout', '--quiet', '--no-track', '-b', request.branch, start, '--'],
    { ...own, env: { GIT_WORK_TREE: directory }, timeoutMs: CLONE_TIMEOUT_MS },
  )
  // Without git's template they are missing, and tools write into them without asking.
  for (const part of ['hooks', 'info']) await mkdir(join(directory, '.git', part), { recursive: true })
}

/** What `git symbolic-ref` would write, without a process, where refs are files; the clone is still only ours. */
async function pointOriginHead(own: { cwd: string; gitDir: string }, tracking: string): Promise<void> {
  if (existsSync(join(own.gitDir, 'reftable'))) {
    await git(['symbolic-ref', 'refs/remotes/origin/HEAD', tracking], own)
    return
  }
  const directory = join(own.gitDir, 'refs', 'remotes', 'origin')
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'HEAD'), `ref: ${tracking}\n`)
}

/** A fetch into the mirror at the same moment can take a temporary file away under the copy: then it is made again. */
async function copyMirror(directory: string, mirrorDir: string, request: CloneRequest): Promise<void> {
  // Written into the configuration as a value after the first `=`, which a name must not contain.
  const settings = [
    `remote.origin.pushUrl=${NO_PUSH}`,
    `user.name=${request.author.name}`,
    `user.email=${request.author.email}`,
    ...(request.branch.includes('=')
      ? []
      : [
          `branch.${request.branch}.remote=origin`,
          `branch.${request.branch}.merge=refs/heads/${request.baseRef}`,
        ]),
  ]
  for (let attempt = 1; ; attempt++) {
    try {
      await git(
        [
          'clone',
          '--quiet',
          '--local',
          '--no-hardlinks',
          '--no-checkout',
          '--template=',
          '--origin=origin',
          ...settings.flatMap((setting) => ['--config', setting]),
          '--end-of-options',
          mirrorDir,
          directory,
        ],
        { cwd: mirrorDir, timeoutMs: CLONE_TIMEOUT_MS },
      )
      return
    } catch (error) {
      const vanished = error instanceof GitError && error.kind === 'missing'
      if (!vanished || attempt === 5) throw error
    }
  }
}
