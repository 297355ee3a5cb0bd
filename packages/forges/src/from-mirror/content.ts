import type { PullRequestDetails } from '../forge.ts'
import { changedFiles, readableTrees } from './changes.ts'
import { readCommits } from './commits.ts'

const MAX_COMMITS = 250

/**
 * Commits and files of a proposal: at most 250 commits, oldest first, and 1000 files, with patches as far as `PATCH_LIMITS` lets
 * them. Made in the mirror, so no external diff or text conversion is ever run. None when this mirror, made anew since, does not
 * have its commits.
 */
export async function contentOfProposal(
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
