import { existsSync } from 'node:fs'
import { git, gitText, resolveCommit } from '@optio/git'
import type { FileChange, PullRequestDetails, RepositoryRef } from '../forge.ts'
import { readCommits } from './commits.ts'
import { type LocalContext, observePullRequest, requirePullRequest } from './observe.ts'
import { PATCH_LIMITS, splitPatches } from './patches.ts'

const MAX_COMMITS = 250
const MAX_FILES = 1000

/**
 * Everything a page shows of a pull request: at most 250 commits and 1000 files; patches are cut as `PATCH_LIMITS` says (null
 * and `truncated` beyond). Diffs are made in the mirror, so no external diff or text conversion is ever run.
 */
export async function pullRequestDetails(
  context: LocalContext,
  repository: RepositoryRef,
  number: number,
): Promise<PullRequestDetails> {
  const observation = await observePullRequest(context, repository, number)
  const row = await requirePullRequest(context, repository, number)
  return {
    observation,
    title: row.title,
    body: row.body,
    headRef: row.headRef,
    comments: await context.store.comments(repository.id, number),
    ...(await contentOf(repository.mirrorDir, observation.baseSha, observation.headSha)),
  }
}

/** Commits and files; none when the pull request is over and this mirror, made anew since, does not have its commits. */
async function contentOf(
  mirrorDir: string,
  baseSha: string,
  headSha: string,
): Promise<Pick<PullRequestDetails, 'commits' | 'files'>> {
  const has = async (sha: string) => existsSync(mirrorDir) && (await resolveCommit(mirrorDir, sha)) !== null
  if (!(await has(headSha)) || !(await has(baseSha))) return { commits: [], files: [] }
  const commits = await readCommits(mirrorDir, [headSha, `^${baseSha}`], MAX_COMMITS)
  return {
    commits: commits.reverse().map((commit) => ({
      sha: commit.sha,
      message: commit.message.trimEnd(),
      author: commit.author.name,
      committedAt: commit.committedAt * 1000,
    })),
    files: await changedFiles(mirrorDir, await divergence(mirrorDir, baseSha, headSha), headSha),
  }
}

/** Where the head left the base: the empty tree when the two share no history. */
async function divergence(mirrorDir: string, baseSha: string, headSha: string): Promise<string> {
  const own = { cwd: mirrorDir, gitDir: mirrorDir }
  const found = await gitText(['merge-base', '--end-of-options', baseSha, headSha], {
    ...own,
    okCodes: [0, 1],
  })
  return found !== '' ? found : await gitText(['mktree'], own)
}

/** The files that differ between two trees of the mirror, renames found, in git's order. */
async function changedFiles(mirrorDir: string, from: string, to: string): Promise<FileChange[]> {
  const own = { cwd: mirrorDir, gitDir: mirrorDir }
  const flags = ['-r', '-M', '--no-color', '--no-ext-diff', '--no-textconv', '--full-index']
  const names = ['--end-of-options', from, to]
  const raw = await git(['diff-tree', ...flags, '--raw', '-z', ...names], own)
  const numbers = await git(['diff-tree', ...flags, '--numstat', '-z', ...names], own)
  const patch = await git(['diff-tree', ...flags, '--patch', '--submodule=short', ...names], {
    ...own,
    maxOutputBytes: PATCH_LIMITS.totalBytes,
    onOutputLimit: 'cut',
  })
  const files = readRaw(raw.stdout.toString('utf8'))
  const sections = files.map((file) => file.sections)
  const patches = splitPatches(patch.stdout, patch.truncated, sections)
  const counts = readNumbers(numbers.stdout.toString('utf8'))
  return files.slice(0, MAX_FILES).map(({ sections: _, ...file }, index) => {
    const count = counts[index]
    const binary = count?.binary === true
    const text = binary ? null : (patches[index] ?? null)
    return {
      ...file,
      additions: count?.additions ?? 0,
      deletions: count?.deletions ?? 0,
      patch: text,
      truncated: text === null && !binary,
    }
  })
}

interface RawChange extends Pick<FileChange, 'path' | 'previousPath' | 'status'> {
  /** Parts of the patch that are about it: a file that becomes a link is shown as removed and added. */
  readonly sections: number
}

/** `:<modes> <shas> <status>NUL<path>NUL[<new path>NUL]…` */
function readRaw(text: string): RawChange[] {
  const fields = text.split('\0')
  const files: RawChange[] = []
  for (let i = 0; i < fields.length - 1; ) {
    const letter = fields[i]?.split(' ').at(-1)?.[0]
    const path = fields[i + 1] ?? ''
    if (letter === 'R') {
      files.push({ path: fields[i + 2] ?? '', previousPath: path, status: 'renamed', sections: 1 })
      i += 3
      continue
    }
    const status = letter === 'A' ? 'added' : letter === 'D' ? 'removed' : 'modified'
    files.push({ path, previousPath: null, status, sections: letter === 'T' ? 2 : 1 })
    i += 2
  }
  return files
}

/** `<added>TAB<deleted>TAB<path>NUL`, or with an empty path followed by `<old>NUL<new>NUL` for a rename; `-` for binary. */
function readNumbers(text: string): { additions: number; deletions: number; binary: boolean }[] {
  const fields = text.split('\0')
  const counts: { additions: number; deletions: number; binary: boolean }[] = []
  for (let i = 0; i < fields.length - 1; ) {
    const match = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(fields[i] ?? '')
    if (match === null) break
    const [, added = '-', deleted = '-', path = ''] = match
    counts.push({ additions: Number(added) || 0, deletions: Number(deleted) || 0, binary: added === '-' })
    i += path === '' ? 3 : 1
  }
  return counts
}
