import { git, gitOrNull } from './process.ts'

export interface CommitFacts {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: { readonly name: string; readonly email: string; readonly date: string }
  readonly committer: { readonly name: string; readonly email: string; readonly date: string }
  readonly message: string
}

const FORMAT = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00')

/** Commits a revision or range names, newest first unless told. */
export async function readCommits(
  gitDir: string,
  range: readonly string[],
  { limit, skip = 0, oldestFirst = false, paths = [] as readonly string[] } = {} as {
    limit?: number
    skip?: number
    oldestFirst?: boolean
    paths?: readonly string[]
  },
): Promise<CommitFacts[]> {
  const output = await git(gitDir, [
    'log',
    '-z',
    `--format=${FORMAT}%x00`,
    ...(limit === undefined ? [] : [`--max-count=${limit}`]),
    `--skip=${skip}`,
    ...(oldestFirst ? ['--reverse', '--topo-order'] : []),
    ...range,
    '--',
    ...paths,
  ])
  return parsed(output)
}

/** Commits by their ids, however many; each once. */
export async function readCommitsById(gitDir: string, shas: readonly string[]): Promise<CommitFacts[]> {
  const input = `${shas.join('\n')}\n`
  return parsed(
    await git(gitDir, ['log', '-z', '--no-walk=unsorted', `--format=${FORMAT}%x00`, '--stdin'], { input }),
  )
}

function parsed(output: string): CommitFacts[] {
  const fields = output.split('\0')
  const commits: CommitFacts[] = []
  // Ten fields, and the empty one between the end of one commit and the NUL of -z.
  for (let at = 0; at + 10 <= fields.length; at += 11) {
    const [
      sha = '',
      tree = '',
      parents = '',
      an = '',
      ae = '',
      ad = '',
      cn = '',
      ce = '',
      cd = '',
      body = '',
    ] = fields.slice(at, at + 10)
    commits.push({
      sha,
      tree,
      parents: parents.split(' ').filter((parent) => parent !== ''),
      author: { name: an, email: ae, date: utc(ad) },
      committer: { name: cn, email: ce, date: utc(cd) },
      message: body.trimEnd(),
    })
  }
  return commits
}

export async function readCommit(gitDir: string, revision: string): Promise<CommitFacts | null> {
  const sha = await gitOrNull(gitDir, [
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ])
  if (sha === null) return null
  return (await readCommits(gitDir, [sha], { limit: 1 }))[0] ?? null
}

function utc(date: string): string {
  return `${new Date(date).toISOString().slice(0, 19)}Z`
}

/** Commits only the head has, and only the base has. */
export async function countApart(
  gitDir: string,
  base: string,
  head: string,
): Promise<{ ahead: number; behind: number }> {
  const output = await git(gitDir, ['rev-list', '--left-right', '--count', `${base}...${head}`])
  const [behind = '0', ahead = '0'] = output.split('\t')
  return { ahead: Number(ahead), behind: Number(behind) }
}

export async function mergeBaseOf(gitDir: string, one: string, other: string): Promise<string | null> {
  return await gitOrNull(gitDir, ['merge-base', one, other])
}

export async function isAncestor(gitDir: string, ancestor: string, descendant: string): Promise<boolean> {
  return (await gitOrNull(gitDir, ['merge-base', '--is-ancestor', ancestor, descendant])) !== null
}
