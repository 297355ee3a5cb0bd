import type { Commit, PushEvent } from '@octokit/webhooks-types'
import { changedFiles } from '../git/changes.ts'
import { type CommitFacts, isAncestor, readCommits } from '../git/history.ts'
import { userByEmail } from '../rest/views/commits.ts'
import { webUrlOf } from '../rest/views/repositories.ts'
import type { Happening } from '../state/happening.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

const NOTHING = '0'.repeat(40)

/** Of one push GitHub shows at most this many. */
const MOST_COMMITS = 2048

export async function pushPayload(
  world: World,
  { repository, ref, before, after, by }: Extract<Happening, { event: 'push' }>,
) {
  const { gitDir } = repository
  const forced = before !== null && after !== null && !(await isAncestor(gitDir, before, after))
  const fresh =
    after === null || before === null
      ? []
      : await readCommits(gitDir, [after, `^${before}`], { oldestFirst: true, limit: MOST_COMMITS })
  const commits = await Promise.all(fresh.map((commit) => commitPayload(world, repository, commit)))
  const [head] = after === null ? [] : await readCommits(gitDir, [after], { limit: 1 })
  const web = webUrlOf(world, repository)
  return {
    ref,
    before: before ?? NOTHING,
    after: after ?? NOTHING,
    created: before === null,
    deleted: after === null,
    forced,
    base_ref: null,
    compare: `${web}/compare/${(before ?? NOTHING).slice(0, 12)}...${(after ?? NOTHING).slice(0, 12)}`,
    commits,
    head_commit: head === undefined ? null : await commitPayload(world, repository, head),
    pusher: { name: by.login, email: by.email },
  } satisfies Omit<PushEvent, 'repository' | 'sender'>
}

async function commitPayload(world: World, repository: Repository, commit: CommitFacts): Promise<Commit> {
  const files = await changedFiles(repository.gitDir, commit.parents[0] ?? null, commit.sha)
  const paths = (status: string) => files.filter((file) => file.status === status).map(({ path }) => path)
  const person = ({ name, email }: CommitFacts['author']) => {
    const username = userByEmail(world, email)?.login
    return { name, email, ...(username === undefined ? {} : { username }) }
  }
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.author.date,
    url: `${webUrlOf(world, repository)}/commit/${commit.sha}`,
    author: person(commit.author),
    committer: person(commit.committer),
    added: [...paths('added'), ...paths('renamed')],
    modified: paths('modified'),
    removed: [
      ...paths('removed'),
      ...files.flatMap(({ previousPath }) => (previousPath === null ? [] : [previousPath])),
    ],
  }
}
