import {
  addAssignees,
  addComment,
  closeIssue,
  editComment,
  editText,
  issueOf,
  openIssue,
  removeAssignees,
  reopenIssue,
} from '../../deeds/issues.ts'
import { addLabels, isPull, removeLabel } from '../../deeds/labels.ts'
import { closePull } from '../../deeds/pull-state.ts'
import { reopenPull } from '../../deeds/pulls.ts'
import { emptyAnswer, jsonAnswer } from '../../http/answer.ts'
import type { Comment, Issue } from '../../state/issue.ts'
import { notFound, Refusal } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { linkHeader, listAnswer, pageOf } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { READ, repositoryRoute, WRITE } from '../route.ts'
import { commentView, fullIssueView, issueEventView, issueView } from '../views/issues.ts'

/** Of things that issues and pull requests share. */
const EITHER_READ = READ('issues=read; pull_requests=read')
const EITHER_WRITE = WRITE('issues=write; pull_requests=write')
/** Who can read may open issues and comment; a token needs the permission all the same. */
const SPEAK = READ('issues=write; pull_requests=write')

function selected(request: RestRequest, repository: Repository): Issue[] {
  const { query } = request
  const state = query.get('state') ?? 'open'
  const labels = (query.get('labels') ?? '').split(',').filter((name) => name !== '')
  const since = query.get('since')
  const assignee = query.get('assignee')
  const creator = query.get('creator')
  const sort = query.get('sort') ?? 'created'
  const direction = query.get('direction') === 'asc' ? 1 : -1
  const keyOf = ({ updatedAt, createdAt, comments }: Issue) =>
    sort === 'updated'
      ? updatedAt
      : sort === 'comments'
        ? String(comments.length).padStart(9, '0')
        : createdAt
  return [...repository.issues.values()]
    .filter(
      (issue) =>
        (state === 'all' || issue.state === state) &&
        labels.every((name) =>
          issue.labels.some((label) => label.name.toLowerCase() === name.toLowerCase()),
        ) &&
        (since === null || Date.parse(issue.updatedAt) >= Date.parse(since)) &&
        (creator === null || issue.author.login.toLowerCase() === creator.toLowerCase()) &&
        isAssigned(issue, assignee),
    )
    .sort((a, b) => direction * (keyOf(a).localeCompare(keyOf(b)) || a.number - b.number))
}

function isAssigned({ assignees }: Issue, wanted: string | null): boolean {
  if (wanted === null || wanted === '*') return wanted === null || assignees.length > 0
  if (wanted === 'none') return assignees.length === 0
  return assignees.some(({ login }) => login.toLowerCase() === wanted.toLowerCase())
}

function foundComment(repository: Repository, id: number): { issue: Issue; comment: Comment } {
  for (const issue of repository.issues.values()) {
    const comment = issue.comments.find((each) => each.id === id)
    if (comment !== undefined) return { issue, comment }
  }
  throw notFound()
}

function modified({ updatedAt }: Issue): Record<string, string> {
  return { 'last-modified': new Date(updatedAt).toUTCString() }
}

/** Changes what a PATCH names. */
async function change(request: RestRequest, repository: Repository, issue: Issue): Promise<void> {
  const { world, user } = request
  const [title, body, state] = [request.text('title'), request.text('body'), request.text('state')]
  const reason = request.text('state_reason')
  if (!world.canWrite(user, repository) && issue.author !== user) {
    throw new Refusal(403, 'Must have admin rights to Repository.')
  }
  editText(
    world,
    repository,
    issue,
    { ...(title === undefined ? {} : { title }), ...(body === undefined ? {} : { body }) },
    user,
  )
  const labels = request.texts('labels')
  if (labels !== undefined) {
    const wanted = new Set(labels.map((name) => name.toLowerCase()))
    for (const { name } of issue.labels.filter((label) => !wanted.has(label.name.toLowerCase()))) {
      removeLabel(world, repository, issue, name, user)
    }
    addLabels(world, repository, issue, labels, user)
  }
  const assignees = request.texts('assignees')
  if (assignees !== undefined) {
    const gone = issue.assignees.map(({ login }) => login).filter((login) => !assignees.includes(login))
    removeAssignees(world, repository, issue, gone, user)
    addAssignees(world, repository, issue, assignees, user)
  }
  if (state === 'closed') {
    if (isPull(issue)) closePull(world, repository, issue, user)
    else
      closeIssue(world, repository, issue, user, {
        reason: reason === 'not_planned' ? 'not_planned' : 'completed',
      })
  }
  if (state === 'open') {
    if (isPull(issue)) await reopenPull(world, repository, issue, user)
    else reopenIssue(world, repository, issue, user)
  }
}

export const ISSUE_ROUTES = [
  repositoryRoute('GET', '/issues', EITHER_READ, (request, repository) => {
    if (!repository.hasIssues) throw new Refusal(410, 'Issues has been disabled in this repository.')
    return listAnswer(request, selected(request, repository), (issue) =>
      issueView(request.world, repository, issue),
    )
  }),
  repositoryRoute('POST', '/issues', READ('issues=write'), (request, repository) => {
    const body = request.text('body')
    const issue = openIssue(
      request.world,
      repository,
      {
        title: request.requiredText('title', 'Issue'),
        ...(body === undefined ? {} : { body }),
        // Labels and assignees of those who can't push are passed over in silence.
        ...(request.world.canWrite(request.user, repository)
          ? { labels: request.texts('labels') ?? [], assignees: request.texts('assignees') ?? [] }
          : {}),
      },
      request.user,
    )
    const view = fullIssueView(request.world, repository, issue)
    return jsonAnswer(201, view, { location: view.url })
  }),
  repositoryRoute('GET', '/issues/comments/:id', EITHER_READ, (request, repository) => {
    const { issue, comment } = foundComment(repository, request.number('id'))
    return jsonAnswer(200, commentView(request.world, repository, issue, comment))
  }),
  repositoryRoute('PATCH', '/issues/comments/:id', SPEAK, (request, repository) => {
    const { world, user } = request
    const { issue, comment } = foundComment(repository, request.number('id'))
    if (comment.author !== user && !world.canWrite(user, repository)) {
      throw new Refusal(403, 'Must have admin rights to Repository.')
    }
    editComment(world, repository, issue, comment, request.requiredText('body', 'IssueComment'), user)
    return jsonAnswer(200, commentView(world, repository, issue, comment))
  }),
  repositoryRoute('DELETE', '/issues/comments/:id', SPEAK, (request, repository) => {
    const { issue, comment } = foundComment(repository, request.number('id'))
    if (comment.author !== request.user && !request.world.canWrite(request.user, repository)) {
      throw new Refusal(403, 'Must have admin rights to Repository.')
    }
    issue.comments.splice(issue.comments.indexOf(comment), 1)
    return emptyAnswer(204)
  }),
  repositoryRoute('GET', '/issues/:number', EITHER_READ, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    return jsonAnswer(200, fullIssueView(request.world, repository, issue), modified(issue))
  }),
  repositoryRoute('PATCH', '/issues/:number', SPEAK, async (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    await change(request, repository, issue)
    return jsonAnswer(200, fullIssueView(request.world, repository, issue))
  }),
  repositoryRoute('GET', '/issues/:number/comments', EITHER_READ, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    const since = request.query.get('since')
    const comments = issue.comments.filter(
      ({ updatedAt }) => since === null || Date.parse(updatedAt) >= Date.parse(since),
    )
    return listAnswer(request, comments, (comment) => commentView(request.world, repository, issue, comment))
  }),
  repositoryRoute('POST', '/issues/:number/comments', SPEAK, (request, repository) => {
    const { world, user } = request
    const issue = issueOf(repository, request.number('number'))
    const comment = addComment(world, repository, issue, request.requiredText('body', 'IssueComment'), user)
    const view = commentView(world, repository, issue, comment)
    return jsonAnswer(201, view, { location: view.url })
  }),
  repositoryRoute('POST', '/issues/:number/assignees', EITHER_WRITE, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    addAssignees(request.world, repository, issue, request.texts('assignees') ?? [], request.user)
    return jsonAnswer(201, fullIssueView(request.world, repository, issue))
  }),
  repositoryRoute('DELETE', '/issues/:number/assignees', EITHER_WRITE, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    removeAssignees(request.world, repository, issue, request.texts('assignees') ?? [], request.user)
    return jsonAnswer(200, fullIssueView(request.world, repository, issue))
  }),
  repositoryRoute('GET', '/issues/:number/events', EITHER_READ, (request, repository) => {
    const { events } = issueOf(repository, request.number('number'))
    return jsonAnswer(
      200,
      pageOf(request, events).map((event) => issueEventView(request.world, repository, event)),
      linkHeader(request, events.length),
    )
  }),
]
