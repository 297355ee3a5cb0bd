import type { NewCommit } from '../control/repository.ts'
import { deleteRef, readBranches, updateRef, writePrivateRef } from '../git/bare.ts'
import { type Signature, writeCommits } from '../git/commit.ts'
import { isAncestor, readCommits } from '../git/history.ts'
import { hasCommit } from '../git/tree.ts'
import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import { Refusal } from '../state/refusal.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { runScript } from './checks.ts'
import { closedBy } from './closing-words.ts'
import { closeIssue } from './issues.ts'
import { isPull } from './labels.ts'
import { closePull, markMerged } from './pull-state.ts'
import { rulesFor } from './rules.ts'
import { moveThreads } from './threads.ts'
import { inTurn } from './turn.ts'

export function signatureOf(world: World, user: User): Signature {
  return { name: user.name, email: user.email, at: world.clock.now() }
}

export function openPulls(repository: Repository): PullIssue[] {
  return [...repository.issues.values()].filter(
    (issue): issue is PullIssue => isPull(issue) && issue.state === 'open',
  )
}

/** Commits files onto a branch and tells of it, as a push would. */
export async function pushCommit(world: World, repository: Repository, commit: NewCommit): Promise<string> {
  return await inTurn(repository, async () => {
    const by = world.user(commit.by ?? repository.owner.login)
    const branch = commit.branch ?? repository.defaultBranch
    const head = repository.branches.get(branch) ?? null
    const parent = await parentOf(repository, commit, head)
    if (head !== null && parent !== head && !commit.force) {
      const forward = parent !== null && (await isAncestor(repository.gitDir, head, parent))
      if (!forward) throw new Error(`The push to ${branch} is no fast-forward; say “force”.`)
    }
    const [sha = ''] = await writeCommits(repository.gitDir, [
      {
        branch,
        parent,
        files: commit.files,
        message: commit.message ?? 'Change',
        author: signatureOf(world, by),
      },
    ])
    await branchMoved(world, repository, branch, head, sha, by)
    return sha
  })
}

async function parentOf(
  repository: Repository,
  { from }: NewCommit,
  head: string | null,
): Promise<string | null> {
  if (from === undefined) return head ?? repository.branches.get(repository.defaultBranch) ?? null
  const start = repository.branches.get(from) ?? from
  if (!(await hasCommit(repository.gitDir, start))) throw new Error(`There is no branch or commit ${from}.`)
  return start
}

/** Brings a branch to a commit that is there. Not in turn: for those who have it. */
export async function setBranch(
  world: World,
  repository: Repository,
  branch: string,
  sha: string,
  by: User,
): Promise<void> {
  const before = repository.branches.get(branch) ?? null
  await updateRef(repository.gitDir, `refs/heads/${branch}`, sha, before ?? '0'.repeat(40))
  await branchMoved(world, repository, branch, before, sha, by)
}

export async function deleteBranch(
  world: World,
  repository: Repository,
  branch: string,
  by: User,
): Promise<void> {
  const before = repository.branches.get(branch)
  if (before === undefined) throw new Refusal(422, 'Reference does not exist')
  if (rulesFor(repository, branch).any) throw new Refusal(422, 'Cannot delete this protected branch')
  await deleteRef(repository.gitDir, `refs/heads/${branch}`)
  await branchMoved(world, repository, branch, before, null, by)
}

/** Looks at what a push over HTTP did, and tells of it. */
export async function afterReceive(world: World, repository: Repository, by: User): Promise<void> {
  const now = await readBranches(repository.gitDir)
  for (const branch of new Set([...repository.branches.keys(), ...now.keys()])) {
    const before = repository.branches.get(branch) ?? null
    const after = now.get(branch) ?? null
    if (before !== after) await branchMoved(world, repository, branch, before, after, by)
  }
}

/** All that follows from a branch being elsewhere; git has moved it already. */
export async function branchMoved(
  world: World,
  repository: Repository,
  branch: string,
  before: string | null,
  after: string | null,
  by: User,
): Promise<void> {
  if (after === null) repository.branches.delete(branch)
  else repository.branches.set(branch, after)
  repository.pushedAt = world.clock.iso()
  repository.updatedAt = repository.pushedAt
  world.tell({
    event: 'push',
    action: null,
    repository,
    by,
    ref: `refs/heads/${branch}`,
    before,
    after,
  })
  for (const issue of openPulls(repository)) {
    if (issue.pull.headRef === branch) await headMoved(world, repository, issue, after, by)
    else if (issue.pull.baseRef === branch && after === null) closePull(world, repository, issue, by)
  }
  if (after === null) return
  if (before !== null) await landed(world, repository, branch, before, after, by)
  const push = (repository.pushes.get(branch) ?? 0) + 1
  repository.pushes.set(branch, push)
  if (repository.script === null) return
  const [commit] = await readCommits(repository.gitDir, [after], { limit: 1 })
  const pullRequests = openPulls(repository)
    .filter(({ pull }) => pull.headRef === branch)
    .map(({ number }) => number)
  runScript(world, repository, {
    branch,
    sha: after,
    by: by.login,
    pullRequests,
    push,
    message: commit?.message ?? '',
  })
}

async function headMoved(
  world: World,
  repository: Repository,
  issue: PullIssue,
  after: string | null,
  by: User,
): Promise<void> {
  if (after === null) {
    closePull(world, repository, issue, by)
    return
  }
  const { pull } = issue
  const before = pull.headSha
  pull.headSha = after
  pull.baseSha = repository.branches.get(pull.baseRef) ?? pull.baseSha
  issue.updatedAt = world.clock.iso()
  await moveThreads(repository, issue, before, after)
  await writePrivateRef(repository.gitDir, `refs/pull/${issue.number}/head`, after)
  world.tell({ event: 'pull_request', action: 'synchronize', repository, by, issue, before, after })
  if (!rulesFor(repository, pull.baseRef).dismissStaleReviews) return
  for (const review of pull.reviews.filter(({ state }) => state === 'APPROVED')) {
    review.state = 'DISMISSED'
    world.tell({ event: 'pull_request_review', action: 'dismissed', repository, by, issue, review })
  }
}

/** Pull requests whose commits came onto their base are merged, however they came; issues that commits name are closed. */
async function landed(
  world: World,
  repository: Repository,
  branch: string,
  before: string,
  after: string,
  by: User,
): Promise<void> {
  const isDefault = branch === repository.defaultBranch
  const onto = openPulls(repository).filter(({ pull }) => pull.baseRef === branch)
  if (onto.length === 0 && !isDefault) return
  const commits = await readCommits(repository.gitDir, [after, `^${before}`], { limit: 1000 })
  const shas = new Set(commits.map(({ sha }) => sha))
  for (const issue of onto) {
    if (shas.has(issue.pull.headSha)) markMerged(world, repository, issue, issue.pull.headSha, by)
  }
  if (!isDefault) return
  for (const { sha, message } of commits) {
    for (const number of closedBy(message, fullNameOf(repository), world.url)) {
      const issue = repository.issues.get(number)
      if (issue !== undefined && !isPull(issue)) closeIssue(world, repository, issue, by, { commitId: sha })
    }
  }
}
