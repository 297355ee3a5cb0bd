import type { PullRequestDetails, RepositoryRef } from '../forge.ts'
import { changedFiles, readableTrees } from './changes.ts'
import { readCommits } from './commits.ts'
import { type LocalContext, observePullRequest, requirePullRequest } from './observe.ts'

const MAX_COMMITS = 250

/**
 * Everything a page shows of a pull request: at most 250 commits and 1000 files, with patches as far as `PATCH_LIMITS` lets
 * them. Diffs are made in the mirror, so no external diff or text conversion is ever run.
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
  const trees = await readableTrees(mirrorDir, baseSha, headSha)
  if (trees === null) return { commits: [], files: [] }
  const commits = await readCommits(mirrorDir, [headSha, `^${baseSha}`], MAX_COMMITS)
  return {
    commits: commits.reverse().map((commit) => ({
      sha: commit.sha,
      message: commit.message.trimEnd(),
      author: commit.author.name,
      committedAt: commit.committedAt * 1000,
    })),
    files: await changedFiles(mirrorDir, trees),
  }
}
