import { commitTree } from '../git/commit.ts'
import { readCommits } from '../git/history.ts'
import { rebaseOnto } from '../git/merge.ts'
import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import { Refusal, unprocessable } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { markMerged } from './pull-state.ts'
import { deleteBranch, setBranch, signatureOf } from './pushes.ts'
import { distanceOf, liveBase, mergedTreeOf } from './relations.ts'
import { rulesFor } from './rules.ts'
import { blockersOf, isBehind } from './standing.ts'
import { inTurn } from './turn.ts'

export type MergeMethod = 'merge' | 'squash' | 'rebase'

export interface WantedMerge {
  readonly method?: string
  /** What the head must be. */
  readonly sha?: string
  readonly title?: string
  readonly message?: string
}

const NAMES = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }

/**
 * Merges, or says why not, as `PUT /repos/{owner}/{repo}/pulls/{number}/merge` does
 * (https://docs.github.com/rest/pulls/pulls#merge-a-pull-request): 405 cannot be merged, 409 the head is another, 422 nonsense.
 */
export async function mergePull(
  world: World,
  repository: Repository,
  issue: PullIssue,
  { method = 'merge', sha, title, message }: WantedMerge,
  by: User,
): Promise<string> {
  if (method !== 'merge' && method !== 'squash' && method !== 'rebase') {
    throw unprocessable(`${method} is not a merge method.`)
  }
  return await inTurn(repository, async () => {
    const { pull } = issue
    if (issue.state === 'closed') throw new Refusal(405, 'Pull Request is not mergeable')
    if (sha !== undefined && sha !== pull.headSha) {
      throw new Refusal(409, 'Head branch was modified. Review and try the merge again.')
    }
    if (pull.draft) throw new Refusal(405, 'Pull Request is still a draft')
    if (!allows(repository, method)) {
      throw new Refusal(405, `${NAMES[method]} are not allowed on this repository.`)
    }
    const base = liveBase(repository, issue)
    const tree = await mergedTreeOf(repository, base, pull.headSha)
    if (tree === null) throw new Refusal(405, 'Pull Request is not mergeable')
    const blockers = await blockersOf(world, repository, issue, by)
    if (blockers.length > 0) throw new Refusal(405, blockers.join(' '))
    if (await isBehind(repository, issue)) {
      throw new Refusal(405, 'Head branch is out of date. Review and try the merge again.')
    }
    const merged = await write(world, repository, issue, { method, base, tree, by, title, message })
    markMerged(world, repository, issue, merged, by)
    await setBranch(world, repository, pull.baseRef, merged, by)
    const gone = repository.deleteBranchOnMerge && repository.branches.has(pull.headRef)
    if (gone && !rulesFor(repository, pull.headRef).any) {
      await deleteBranch(world, repository, pull.headRef, by)
    }
    return merged
  })
}

function allows(repository: Repository, method: MergeMethod): boolean {
  if (method === 'merge') return repository.allowMergeCommit
  return method === 'squash' ? repository.allowSquashMerge : repository.allowRebaseMerge
}

/** The commit that the base will point to. */
async function write(
  world: World,
  repository: Repository,
  issue: PullIssue,
  {
    method,
    base,
    tree,
    by,
    title,
    message,
  }: {
    method: MergeMethod
    base: string
    tree: string
    by: User
    title: string | undefined
    message: string | undefined
  },
): Promise<string> {
  const { pull, number } = issue
  const committer = signatureOf(world, by)
  if (method === 'rebase') {
    const rebased = await rebaseOnto(repository.gitDir, base, pull.headSha, committer)
    if (rebased === null) throw new Refusal(405, 'This branch can’t be rebased')
    return rebased
  }
  if (method === 'merge') {
    const subject = title ?? `Merge pull request #${number} from ${repository.owner.login}/${pull.headRef}`
    const text = `${subject}\n\n${message ?? issue.title}`
    return await commitTree(repository.gitDir, tree, [base, pull.headSha], text, committer)
  }
  const commits = await readCommits(repository.gitDir, [pull.headSha, `^${base}`], {
    oldestFirst: true,
    limit: 100,
  })
  const only = commits.length === 1 ? commits[0]?.message : undefined
  const subject = title ?? `${only?.split('\n')[0] ?? issue.title} (#${number})`
  const body =
    message ??
    (only?.split('\n').slice(2).join('\n') || commits.map((each) => `* ${each.message}`).join('\n\n'))
  const author = { ...signatureOf(world, issue.author), at: committer.at }
  return await commitTree(repository.gitDir, tree, [base], `${subject}\n\n${body}`, author, committer)
}

/** Merges the base into the head, as “Update branch” does. */
export async function updateBranch(
  world: World,
  repository: Repository,
  issue: PullIssue,
  expected: string | undefined,
  by: User,
): Promise<void> {
  await inTurn(repository, async () => {
    const { pull } = issue
    if (expected !== undefined && expected !== pull.headSha) {
      throw unprocessable(`expected head sha didn’t match current head ref.`)
    }
    const base = liveBase(repository, issue)
    const tree = await mergedTreeOf(repository, base, pull.headSha)
    const { behind } = await distanceOf(repository, base, pull.headSha)
    if (tree === null) throw unprocessable('merge conflict between base and head')
    if (behind === 0) throw unprocessable('There are no new commits on the base branch.')
    const text = `Merge branch '${pull.baseRef}' into ${pull.headRef}`
    const sha = await commitTree(repository.gitDir, tree, [pull.headSha, base], text, signatureOf(world, by))
    await setBranch(world, repository, pull.headRef, sha, by)
  })
}
