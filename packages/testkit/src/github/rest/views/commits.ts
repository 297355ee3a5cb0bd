import type { CommitFacts } from '../../git/history.ts'
import type { User } from '../../state/account.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { repositoryUrl, webUrlOf } from './repositories.ts'
import { userView } from './users.ts'

/** Whose address it is, if anybody's. */
export function userByEmail(world: World, email: string): User | null {
  return [...world.users.values()].find((user) => user.email.toLowerCase() === email.toLowerCase()) ?? null
}

export function commitView(world: World, repository: Repository, commit: CommitFacts) {
  const base = repositoryUrl(world, repository)
  const web = webUrlOf(world, repository)
  const url = `${base}/commits/${commit.sha}`
  const author = userByEmail(world, commit.author.email)
  const committer = userByEmail(world, commit.committer.email)
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    commit: {
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${base}/git/trees/${commit.tree}` },
      url: `${base}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: {
        verified: false,
        reason: 'unsigned' as const,
        signature: null,
        payload: null,
        verified_at: null,
      },
    },
    url,
    html_url: `${web}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    author: author === null ? null : userView(world, author),
    committer: committer === null ? null : userView(world, committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${base}/commits/${sha}`,
      html_url: `${web}/commit/${sha}`,
    })),
  } satisfies Schemas['commit']
}
