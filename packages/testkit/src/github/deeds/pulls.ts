import { writePrivateRef } from '../git/bare.ts'
import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import type { PullRequest } from '../state/pull-request.ts'
import { invalid, notFound, Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { newIssue } from './issues.ts'
import { isPull, note, touch } from './labels.ts'
import { openPulls } from './pushes.ts'
import { distanceOf } from './relations.ts'

export interface WantedPull {
  readonly title: string
  /** A branch; `owner:branch` works with the repository's own owner. */
  readonly head: string
  readonly base: string
  readonly body?: string
  readonly draft?: boolean
}

export function pullOf(repository: Repository, number: number): PullIssue {
  const issue = repository.issues.get(number)
  if (issue === undefined || !isPull(issue)) throw notFound()
  return issue
}

export async function openPull(
  world: World,
  repository: Repository,
  { title, head, base, body = '', draft = false }: WantedPull,
  by: User,
): Promise<PullIssue> {
  const headRef = ownBranch(repository, head)
  const headSha = repository.branches.get(headRef)
  const baseSha = repository.branches.get(base)
  if (headSha === undefined) throw invalid('PullRequest', 'head', 'invalid')
  if (baseSha === undefined) throw invalid('PullRequest', 'base', 'invalid')
  refuseSecond(repository, headRef, base)
  const { ahead } = await distanceOf(repository, baseSha, headSha)
  if (ahead === 0) throw custom(`No commits between ${base} and ${headRef}`)
  // Looked at again: git was asked in between, and somebody else may have been quicker.
  refuseSecond(repository, headRef, base)
  const pull: PullRequest = {
    id: world.id(),
    headRef,
    headSha,
    baseRef: base,
    baseSha,
    draft,
    mergedAt: null,
    mergedBy: null,
    mergedSha: null,
    requestedReviewers: [],
    reviews: [],
    threads: [],
  }
  const issue = newIssue(world, repository, { title, body }, by, pull) as PullIssue
  await writePrivateRef(repository.gitDir, `refs/pull/${issue.number}/head`, headSha)
  world.tell({ event: 'pull_request', action: 'opened', repository, by, issue })
  return issue
}

function ownBranch(repository: Repository, head: string): string {
  const colon = head.indexOf(':')
  if (colon < 0) return head
  if (head.slice(0, colon).toLowerCase() !== repository.owner.login.toLowerCase()) {
    throw invalid('PullRequest', 'head', 'invalid')
  }
  return head.slice(colon + 1)
}

function refuseSecond(repository: Repository, headRef: string, base: string): void {
  if (openPulls(repository).some(({ pull }) => pull.headRef === headRef && pull.baseRef === base)) {
    throw custom(`A pull request already exists for ${repository.owner.login}:${headRef}.`)
  }
}

function custom(message: string): Refusal {
  return new Refusal(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }])
}

export async function reopenPull(
  world: World,
  repository: Repository,
  issue: PullIssue,
  by: User,
): Promise<void> {
  if (issue.state === 'open') return
  if (issue.pull.mergedAt !== null) throw invalid('PullRequest', 'state', 'invalid')
  const head = repository.branches.get(issue.pull.headRef)
  if (head === undefined) {
    throw invalid(
      'PullRequest',
      'state',
      'invalid',
      `state cannot be changed. The ${issue.pull.headRef} branch has been deleted.`,
    )
  }
  refuseSecond(repository, issue.pull.headRef, issue.pull.baseRef)
  issue.state = 'open'
  issue.closedAt = null
  issue.closedBy = null
  issue.pull.headSha = head
  issue.pull.baseSha = repository.branches.get(issue.pull.baseRef) ?? issue.pull.baseSha
  touch(world, issue)
  note(world, issue, 'reopened', by)
  world.tell({ event: 'pull_request', action: 'reopened', repository, by, issue })
  await writePrivateRef(repository.gitDir, `refs/pull/${issue.number}/head`, head)
}

/** Ready for review, or a draft again. */
export function setDraft(
  world: World,
  repository: Repository,
  issue: PullIssue,
  draft: boolean,
  by: User,
): void {
  if (issue.pull.draft === draft) return
  issue.pull.draft = draft
  touch(world, issue)
  const action = draft ? 'converted_to_draft' : 'ready_for_review'
  world.tell({ event: 'pull_request', action, repository, by, issue })
}

export function changeBase(
  world: World,
  repository: Repository,
  issue: PullIssue,
  base: string,
  by: User,
): void {
  if (issue.pull.baseRef === base) return
  const sha = repository.branches.get(base)
  if (sha === undefined || issue.state === 'closed') throw invalid('PullRequest', 'base', 'invalid')
  const changes = { base: { ref: { from: issue.pull.baseRef }, sha: { from: issue.pull.baseSha } } }
  issue.pull.baseRef = base
  issue.pull.baseSha = sha
  touch(world, issue)
  world.tell({ event: 'pull_request', action: 'edited', repository, by, issue, changes })
}

export function requestReviewers(
  world: World,
  repository: Repository,
  issue: PullIssue,
  logins: readonly string[],
  by: User,
): void {
  for (const login of logins) {
    const reviewer = world.user(login)
    if (reviewer === issue.author) {
      throw new Refusal(422, 'Review cannot be requested from pull request author.')
    }
    if (world.permissionOf(reviewer, repository) === 'none' || !repository.permissions.has(reviewer.id)) {
      if (reviewer !== repository.owner) {
        throw new Refusal(
          422,
          `Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the ${repository.owner.login}/${repository.name} repository.`,
        )
      }
    }
    if (issue.pull.requestedReviewers.includes(reviewer)) continue
    issue.pull.requestedReviewers = [...issue.pull.requestedReviewers, reviewer]
    touch(world, issue)
    world.tell({ event: 'pull_request', action: 'review_requested', repository, by, issue, reviewer })
  }
}
