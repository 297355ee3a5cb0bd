import { GitError, gitText, isAncestor } from '@optio/git'

/** More commits than anybody pushes to a task's branch: with so many nothing is said. */
const MOST_COMMITS = 1_000

/**
 * Whether `ours` has everything that is on a branch of others: their head is part of its history, or each of their commits is in it as a
 * rebase leaves it, with its author and the time it was made. (Not by its patch: resolving a conflict changes that.) A commit that the
 * mirror does not have is nothing anybody built on. A branch that was put back behind what Optio published says that those commits are
 * not wanted: it is kept by building on it without any of them.
 */
export async function keepsWorkOf(mirrorDir: string, { theirs, ours, ...about }: Branches): Promise<boolean> {
  try {
    const { published } = about
    if (published !== null && theirs !== published && (await isAncestor(mirrorDir, theirs, published))) {
      return (
        (await isAncestor(mirrorDir, theirs, ours)) &&
        (await countOf(mirrorDir, [published, '--not', theirs])) ===
          (await countOf(mirrorDir, [published, '--not', theirs, ours]))
      )
    }
    if (await isAncestor(mirrorDir, theirs, ours)) return true
    const known = [ours, `refs/heads/${about.baseRef}`, ...(published === null ? [] : [published])]
    const wanted = await madeBy(mirrorDir, [theirs, '--not', ...known])
    if (wanted.length === 0 || wanted.length >= MOST_COMMITS) return false
    const there = await madeBy(mirrorDir, [ours, '--not', `--exclude=${about.branch}`, '--branches'])
    return wanted.every((commit) => take(there, commit))
  } catch (error) {
    if (error instanceof GitError && !NOT_THE_COMMITS.has(error.kind)) return false
    throw error
  }
}

interface Branches {
  readonly theirs: string
  readonly ours: string
  /** What Optio published last: of that nothing is theirs. */
  readonly published: string | null
  readonly branch: string
  readonly baseRef: string
}

/** Failures that say nothing about the commits. */
const NOT_THE_COMMITS = new Set(['no_space', 'locked', 'timeout', 'no_git'])

/** Each commit as the one who made it and when. */
async function madeBy(mirrorDir: string, revisions: readonly string[]): Promise<string[]> {
  const text = await gitText(
    ['log', '--no-merges', `--max-count=${MOST_COMMITS}`, '--format=%an%x00%ae%x00%at', ...revisions],
    { cwd: mirrorDir, gitDir: mirrorDir },
  )
  return text === '' ? [] : text.split('\n')
}

async function countOf(mirrorDir: string, revisions: readonly string[]): Promise<string> {
  return await gitText(['rev-list', '--count', ...revisions], { cwd: mirrorDir, gitDir: mirrorDir })
}

function take(from: string[], what: string): boolean {
  const index = from.indexOf(what)
  if (index >= 0) from.splice(index, 1)
  return index >= 0
}
