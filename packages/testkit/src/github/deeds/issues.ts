import type { User } from '../state/account.ts'
import type { TextChanges } from '../state/happening.ts'
import type { Comment, Issue } from '../state/issue.ts'
import type { PullRequest } from '../state/pull-request.ts'
import { invalid, notFound, Refusal } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { addLabels, isPull, note, touch } from './labels.ts'

const LONGEST_TITLE = 256
const LONGEST_BODY = 65_536

export interface WantedIssue {
  readonly title: string
  readonly body?: string
  readonly labels?: readonly string[]
  readonly assignees?: readonly string[]
}

export function issueOf(repository: Repository, number: number): Issue {
  const issue = repository.issues.get(number)
  if (issue === undefined) throw notFound()
  return issue
}

/** The row behind an issue or a pull request, with the next number. */
export function newIssue(
  world: World,
  repository: Repository,
  { title, body = '' }: Pick<WantedIssue, 'title' | 'body'>,
  author: User,
  pull: PullRequest | null,
): Issue {
  const resource = pull === null ? 'Issue' : 'PullRequest'
  if (title.trim() === '') throw invalid(resource, 'title', 'missing_field')
  checkTexts(resource, title, body)
  const now = world.clock.iso()
  const issue: Issue = {
    id: world.id(),
    number: repository.nextNumber,
    author,
    title,
    body,
    state: 'open',
    stateReason: null,
    labels: [],
    assignees: [],
    comments: [],
    events: [],
    createdAt: now,
    updatedAt: now,
    closedAt: null,
    closedBy: null,
    pull,
  }
  repository.nextNumber += 1
  repository.issues.set(issue.number, issue)
  return issue
}

function checkTexts(resource: string, title: string, body: string): void {
  if (title.length > LONGEST_TITLE) {
    throw invalid(resource, 'title', 'custom', `title is too long (maximum is ${LONGEST_TITLE} characters)`)
  }
  if (body.length > LONGEST_BODY) {
    throw invalid(resource, 'body', 'custom', `body is too long (maximum is ${LONGEST_BODY} characters)`)
  }
}

export function openIssue(world: World, repository: Repository, wanted: WantedIssue, by: User): Issue {
  if (!repository.hasIssues) throw new Refusal(410, 'Issues has been disabled in this repository.')
  const issue = newIssue(world, repository, wanted, by, null)
  world.tell({ event: 'issues', action: 'opened', repository, by, issue })
  addLabels(world, repository, issue, wanted.labels ?? [], by)
  addAssignees(world, repository, issue, wanted.assignees ?? [], by)
  return issue
}

export function editText(
  world: World,
  repository: Repository,
  issue: Issue,
  { title = issue.title, body = issue.body }: { title?: string; body?: string },
  by: User,
): void {
  const changes: TextChanges = {
    ...(title === issue.title ? {} : { title: { from: issue.title } }),
    ...(body === issue.body ? {} : { body: { from: issue.body } }),
  }
  if (Object.keys(changes).length === 0) return
  checkTexts(isPull(issue) ? 'PullRequest' : 'Issue', title, body)
  issue.title = title
  issue.body = body
  touch(world, issue)
  if (isPull(issue)) world.tell({ event: 'pull_request', action: 'edited', repository, by, issue, changes })
  else world.tell({ event: 'issues', action: 'edited', repository, by, issue, changes })
}

/** Closes an issue that is no pull request; nothing happens when it is closed already. */
export function closeIssue(
  world: World,
  repository: Repository,
  issue: Issue,
  by: User,
  {
    reason = 'completed',
    commitId = null,
    closer = null,
  }: {
    reason?: 'completed' | 'not_planned'
    commitId?: string | null
    closer?: number | null
  } = {},
): void {
  if (issue.state === 'closed') return
  issue.state = 'closed'
  issue.stateReason = reason
  issue.closedAt = world.clock.iso()
  issue.closedBy = by
  touch(world, issue)
  note(world, issue, 'closed', by, { commitId, closer })
  world.tell({ event: 'issues', action: 'closed', repository, by, issue })
}

export function reopenIssue(world: World, repository: Repository, issue: Issue, by: User): void {
  if (issue.state === 'open') return
  issue.state = 'open'
  issue.stateReason = 'reopened'
  issue.closedAt = null
  issue.closedBy = null
  touch(world, issue)
  note(world, issue, 'reopened', by)
  world.tell({ event: 'issues', action: 'reopened', repository, by, issue })
}

/** Those who can't be assigned (no access) are passed over in silence, as GitHub does; at most ten. */
export function addAssignees(
  world: World,
  repository: Repository,
  issue: Issue,
  logins: readonly string[],
  by: User,
): void {
  for (const login of logins) {
    const assignee = world.user(login)
    if (issue.assignees.includes(assignee) || issue.assignees.length >= 10) continue
    if (!world.canWrite(assignee, repository) && !repository.permissions.has(assignee.id)) continue
    issue.assignees = [...issue.assignees, assignee]
    touch(world, issue)
    note(world, issue, 'assigned', by)
    tellAssignee(world, repository, issue, 'assigned', assignee, by)
  }
}

export function removeAssignees(
  world: World,
  repository: Repository,
  issue: Issue,
  logins: readonly string[],
  by: User,
): void {
  const gone = new Set(logins.map((login) => login.toLowerCase()))
  for (const assignee of issue.assignees.filter(({ login }) => gone.has(login.toLowerCase()))) {
    issue.assignees = issue.assignees.filter((each) => each !== assignee)
    touch(world, issue)
    note(world, issue, 'unassigned', by)
    tellAssignee(world, repository, issue, 'unassigned', assignee, by)
  }
}

function tellAssignee(
  world: World,
  repository: Repository,
  issue: Issue,
  action: 'assigned' | 'unassigned',
  assignee: User,
  by: User,
): void {
  if (isPull(issue)) world.tell({ event: 'pull_request', action, repository, by, issue, assignee })
  else world.tell({ event: 'issues', action, repository, by, issue, assignee })
}

export function addComment(
  world: World,
  repository: Repository,
  issue: Issue,
  body: string,
  by: User,
): Comment {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'missing_field')
  if (body.length > LONGEST_BODY) {
    throw invalid(
      'IssueComment',
      'body',
      'unprocessable',
      `Body is too long (maximum is ${LONGEST_BODY} characters)`,
    )
  }
  const now = world.clock.iso()
  const comment = { id: world.id(), author: by, body, createdAt: now, updatedAt: now }
  issue.comments.push(comment)
  touch(world, issue)
  world.tell({ event: 'issue_comment', action: 'created', repository, by, issue, comment })
  return comment
}

export function editComment(
  world: World,
  repository: Repository,
  issue: Issue,
  comment: Comment,
  body: string,
  by: User,
): void {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'missing_field')
  const changes = { body: { from: comment.body } }
  comment.body = body
  comment.updatedAt = world.clock.iso()
  world.tell({ event: 'issue_comment', action: 'edited', repository, by, issue, comment, changes })
}
