import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { OptioError } from '@optio/contract'
import { GitError, git, gitText, readBranches } from '@optio/git'
import type { RepositoryFacts } from '../forge.ts'
import { locate } from './location.ts'

/** Branch names to prefer when HEAD does not say which is the default. */
const USUAL_DEFAULTS = ['main', 'master', 'trunk', 'develop']

/**
 * Checks that there is a usable git repository and answers its canonical facts. Reads only; no hook, filter, file monitor or
 * transport of the repository is run. Every reason against it is an `OptioError` with status 422.
 */
export async function connectLocal(repoUrl: string, forbidden: readonly string[]): Promise<RepositoryFacts> {
  const path = await locate(repoUrl, forbidden)
  const { top, gitDir } = await discover(path)
  await locate(top, forbidden)
  await refusePartial(gitDir, top)
  const defaultBranch = await verifyHistory(gitDir, top)
  return { repoUrl: top, fullName: basename(top).replace(/\.git$/, ''), defaultBranch, isPrivate: true }
}

/** One repository has one form: the top of its main working tree, or the bare directory, whichever way it was spelled. */
async function discover(path: string): Promise<{ top: string; gitDir: string }> {
  let lines: string[]
  try {
    const text = await gitText(
      [
        'rev-parse',
        '--path-format=absolute',
        '--is-bare-repository',
        '--is-shallow-repository',
        '--git-dir',
        '--git-common-dir',
      ],
      { cwd: path, profile: 'upstream' },
    )
    lines = text.split('\n')
  } catch (error) {
    throw explainDiscovery(error, path)
  }
  const [bare, shallow] = lines
  // As many lines for the one directory as for the other: a path may itself hold line breaks.
  const paths = lines.slice(2)
  const half = paths.length / 2
  const ownDir = await realpath(paths.slice(0, half).join('\n'))
  const commonDir = await realpath(paths.slice(half).join('\n'))
  // A directory somewhere inside of a repository is not that repository.
  if (ownDir !== path && !existsSync(join(path, '.git'))) throw notGit(path)
  if (shallow === 'true') {
    throw new OptioError(
      'UNSUPPORTED',
      `${path} is a shallow clone, from which no full copy can be made. Run \`git fetch --unshallow\` in it first.`,
    )
  }
  if (basename(commonDir) === '.git') return { top: dirname(commonDir), gitDir: commonDir }
  if (bare === 'true' || existsSync(join(commonDir, 'worktrees')))
    return { top: commonDir, gitDir: commonDir }
  throw new OptioError(
    'UNSUPPORTED',
    `The git directory of ${path} lies elsewhere (a submodule, or --separate-git-dir). Connect a clone of it instead.`,
  )
}

function explainDiscovery(error: unknown, path: string): unknown {
  if (!(error instanceof GitError)) return error
  switch (error.kind) {
    case 'dubious_ownership':
      return dubious(error, path)
    case 'not_git':
      return looksLikeGit(path) ? corrupt(error, path) : notGit(path, error)
    case 'permission':
      return new OptioError(
        'REPO_NOT_ACCESSIBLE',
        `${path} cannot be read by the user that runs Optio. Give that user read access.`,
        { cause: error },
      )
    case 'failed':
    case 'corrupt':
      return corrupt(error, path)
    default:
      return error
  }
}

function notGit(path: string, cause?: GitError): OptioError {
  return new OptioError(
    'REPO_NOT_GIT',
    `${path} is not a git repository. Give the top of one, or make one with \`git init\`.`,
    { cause },
  )
}

/**
 * git asks for two entries: commands that run in the working tree check its top, those that are spoken to from outside check
 * the git directory.
 */
function dubious(error: GitError, path: string): OptioError {
  const paths = basename(path) === '.git' ? [dirname(path), path] : [path]
  if (existsSync(join(path, '.git'))) paths.push(join(path, '.git'))
  const commands = paths.map((each) => `git config --global --add safe.directory ${quote(each)}`)
  return new OptioError(
    'REPO_DUBIOUS_OWNERSHIP',
    `${path} belongs to another user than the one that runs Optio, and git refuses to use it. ` +
      `If you trust it, run as the user that runs Optio: ${commands.join(' && ')}`,
    { cause: error },
  )
}

function quote(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`
}

function looksLikeGit(path: string): boolean {
  return (
    existsSync(join(path, '.git')) || (existsSync(join(path, 'objects')) && existsSync(join(path, 'refs')))
  )
}

function corrupt(error: GitError, path: string): OptioError {
  return new OptioError(
    'REPO_CORRUPT',
    `${path} looks like a git repository, but git cannot read it. Run \`git fsck\` in it to see what is broken.`,
    { cause: error },
  )
}

/** A partial clone would fetch what it lacks by commands that its own configuration names. */
async function refusePartial(gitDir: string, top: string): Promise<void> {
  const result = await git(
    [
      'config',
      '--includes',
      '--file',
      join(gitDir, 'config'),
      '--get-regexp',
      '^(extensions\\.partialclone|remote\\..*\\.promisor)$',
    ],
    { cwd: gitDir, profile: 'upstream', okCodes: [0, 1] },
  )
  if (result.code === 0) {
    throw new OptioError(
      'UNSUPPORTED',
      `${top} is a partial clone: parts of it exist only elsewhere. Connect a full clone instead.`,
    )
  }
}

/** The default branch; its newest commit must be there with everything in it. */
async function verifyHistory(gitDir: string, top: string): Promise<string> {
  const reading = { cwd: gitDir, gitDir, profile: 'upstream' } as const
  try {
    const branches = await readBranches(reading)
    if (branches.size === 0) {
      throw new OptioError(
        'REPO_EMPTY',
        `${top} has no commit on any branch yet. Make a first commit, then connect it.`,
      )
    }
    const head = await git(['symbolic-ref', '--quiet', 'HEAD'], { ...reading, okCodes: [0, 1] })
    const named = head.stdout
      .toString('utf8')
      .trim()
      .replace(/^refs\/heads\//, '')
    const defaultBranch = [named, ...USUAL_DEFAULTS, ...branches.keys()].find((name) => branches.has(name))
    const tip = branches.get(defaultBranch ?? '')
    if (defaultBranch === undefined || tip === undefined) throw new Error('unreachable: a branch was found')
    await git(['rev-list', '--objects', '--max-count=1', '--quiet', '--end-of-options', tip], {
      ...reading,
      timeoutMs: 120_000,
    })
    return defaultBranch
  } catch (error) {
    if (
      error instanceof GitError &&
      (error.kind === 'failed' || error.kind === 'corrupt' || error.kind === 'missing')
    ) {
      throw corrupt(error, top)
    }
    throw error
  }
}
