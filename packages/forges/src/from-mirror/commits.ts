import { commitEnvironment, git, gitText, OPTIO_IDENTITY, type Signature } from '@optio/git'

/** What of a commit is needed to build on it. */
export interface CommitFacts {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Signature
  /** Committer's time, seconds since the epoch. */
  readonly committedAt: number
  readonly message: string
}

/** Reads commits of the mirror; at most `limit`, in the order `git log` gives for these flags and revisions. */
export async function readCommits(
  mirrorDir: string,
  revisions: readonly string[],
  limit: number,
  flags: readonly string[] = [],
): Promise<CommitFacts[]> {
  const format = ['%H', '%T', '%P', '%an', '%ae', '%at', '%ct', '%B'].join('%x00')
  const log = await git(
    [
      '-c',
      'i18n.logOutputEncoding=UTF-8',
      'log',
      '-z',
      `--max-count=${limit}`,
      '--no-show-signature',
      '--no-mailmap',
      '--no-color',
      `--format=${format}`,
      ...flags,
      '--end-of-options',
      ...revisions,
      '--',
    ],
    { cwd: mirrorDir, gitDir: mirrorDir },
  )
  const fields = log.stdout.toString('utf8').split('\0')
  const commits: CommitFacts[] = []
  for (let i = 0; i + 8 <= fields.length; i += 8) {
    const [sha = '', tree = '', parents = '', name = '', email = '', at = '', ct = '', message = ''] =
      fields.slice(i, i + 8)
    commits.push({
      sha,
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name, email, seconds: Number(at) || 0 },
      committedAt: Number(ct) || 0,
      message,
    })
  }
  return commits
}

export async function readCommit(mirrorDir: string, sha: string): Promise<CommitFacts> {
  const [commit] = await readCommits(mirrorDir, [sha], 1)
  if (commit === undefined) throw new Error(`commit ${sha} is not in the mirror`)
  return commit
}

/**
 * Writes a commit whose committer is Optio at a given time: the same input gives the same commit in every process, so that a
 * repetition after a crash makes no second one.
 */
export async function writeCommit(
  mirrorDir: string,
  commit: Pick<CommitFacts, 'tree' | 'parents' | 'author' | 'committedAt' | 'message'>,
): Promise<string> {
  return await gitText(['commit-tree', commit.tree, ...commit.parents.flatMap((parent) => ['-p', parent])], {
    cwd: mirrorDir,
    gitDir: mirrorDir,
    env: commitEnvironment(commit.author, { ...OPTIO_IDENTITY, seconds: commit.committedAt }),
    stdin: `${commit.message.replaceAll('\0', '').trimEnd()}\n`,
  })
}
