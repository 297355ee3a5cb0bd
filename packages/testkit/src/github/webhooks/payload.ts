import type {
  IssueCommentCreatedEvent,
  IssuesLabeledEvent,
  LabelCreatedEvent,
  PingEvent,
  PullRequestReviewCommentCreatedEvent,
  PullRequestReviewSubmittedEvent,
  PullRequestReviewThreadResolvedEvent,
  PullRequestSynchronizeEvent,
  Repository as RepositoryPayload,
} from '@octokit/webhooks-types'
import { hookView } from '../rest/views/hooks.ts'
import { commentView, issueView, labelView } from '../rest/views/issues.ts'
import { countsOf, pullView, simplePullView } from '../rest/views/pulls.ts'
import { repositoryView } from '../rest/views/repositories.ts'
import { reviewCommentView, reviewView } from '../rest/views/reviews.ts'
import { userView } from '../rest/views/users.ts'
import type { User } from '../state/account.ts'
import type { Happening } from '../state/happening.ts'
import type { Hook } from '../state/hook.ts'
import type { PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { checkRunPayload, checkSuitePayload, statusPayload, workflowRunPayload } from './check-payload.ts'
import { pushPayload } from './push-payload.ts'

type Of<Event extends Happening['event']> = Extract<Happening, { event: Event }>

/** What every payload has. */
function envelope(world: World, repository: Repository, by: User) {
  return {
    repository: repositoryView(world, repository, null) satisfies RepositoryPayload,
    sender: userView(world, by),
  }
}

/**
 * The payload of an event, as things stand when this is called: all of the state is read before the first await; only what git
 * has to be asked comes later, and of commits that are named by then.
 */
export async function payloadOf(world: World, happening: Happening): Promise<object> {
  const around = envelope(world, happening.repository, happening.by)
  return { ...(await inner(world, happening)), ...around }
}

async function inner(world: World, happening: Happening): Promise<object> {
  const { repository } = happening
  switch (happening.event) {
    case 'issues':
      return issuesPayload(world, happening)
    case 'issue_comment':
      return commentPayload(world, happening)
    case 'label':
      return {
        action: happening.action,
        label: labelView(world, repository, happening.label),
      } satisfies Inner<LabelCreatedEvent>
    case 'pull_request':
      return await pullPayload(world, happening)
    case 'pull_request_review':
      return reviewPayload(world, happening)
    case 'pull_request_review_comment':
      return {
        action: happening.action,
        comment: reviewCommentView(world, repository, happening.issue, happening.thread, happening.comment),
        pull_request: simplePullView(world, repository, happening.issue, null),
      } satisfies Inner<PullRequestReviewCommentCreatedEvent>
    case 'pull_request_review_thread':
      return threadPayload(world, happening)
    case 'push':
      return await pushPayload(world, happening)
    case 'status':
      return await statusPayload(world, happening)
    case 'check_run':
      return checkRunPayload(world, happening)
    case 'check_suite':
      return await checkSuitePayload(world, happening)
    case 'workflow_run':
      return await workflowRunPayload(world, happening)
    case 'repository':
      return { action: happening.action, ...(happening.changes ? { changes: happening.changes } : {}) }
  }
}

/** An event without its envelope. */
type Inner<Event> = Omit<Event, 'repository' | 'sender' | 'installation' | 'organization'>

function issuesPayload(world: World, { repository, action, issue, label, assignee, changes }: Of<'issues'>) {
  return {
    action,
    issue: issueView(world, repository, issue),
    ...(label === undefined ? {} : { label: labelView(world, repository, label) }),
    ...(assignee === undefined ? {} : { assignee: userView(world, assignee) }),
    ...(changes === undefined ? {} : { changes }),
  } satisfies Omit<Inner<IssuesLabeledEvent>, 'action'> & Record<string, unknown>
}

function commentPayload(world: World, { repository, action, issue, comment, changes }: Of<'issue_comment'>) {
  return {
    action,
    issue: issueView(world, repository, issue),
    comment: commentView(world, repository, issue, comment),
    ...(changes === undefined ? {} : { changes }),
  } satisfies Omit<Inner<IssueCommentCreatedEvent>, 'action'> & Record<string, unknown>
}

async function pullPayload(world: World, happening: Of<'pull_request'>) {
  const { repository, action, issue, label, assignee, reviewer, before, after, changes } = happening
  const view = momentaryPull(world, repository, issue)
  const { commits, additions, deletions, changedFiles } = await countsOf(
    repository,
    view.base.sha,
    view.head.sha,
  )
  return {
    action,
    number: view.number,
    pull_request: { ...view, commits, additions, deletions, changed_files: changedFiles },
    ...(label === undefined ? {} : { label: labelView(world, repository, label) }),
    ...(assignee === undefined ? {} : { assignee: userView(world, assignee) }),
    ...(reviewer === undefined ? {} : { requested_reviewer: userView(world, reviewer) }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    ...(changes === undefined ? {} : { changes }),
  } satisfies Omit<Inner<PullRequestSynchronizeEvent>, 'action' | 'before' | 'after'> &
    Record<string, unknown>
}

/** A pull request as it is now. Whether it is mergeable is never known yet when an event is sent. */
function momentaryPull(world: World, repository: Repository, issue: PullIssue) {
  return pullView(world, repository, issue, null, {
    mergeable: null,
    state: 'UNKNOWN',
    commits: 0,
    additions: 0,
    deletions: 0,
    changedFiles: 0,
  })
}

const REVIEW_STATES = {
  APPROVED: 'approved',
  CHANGES_REQUESTED: 'changes_requested',
  COMMENTED: 'commented',
  DISMISSED: 'dismissed',
  PENDING: 'commented',
} as const

function reviewPayload(world: World, { repository, action, issue, review }: Of<'pull_request_review'>) {
  const view = reviewView(world, repository, issue, review)
  return {
    action,
    review: {
      ...view,
      body: review.body === '' ? null : review.body,
      submitted_at: review.submittedAt,
      // Small letters here, capital ones in REST.
      state: REVIEW_STATES[review.state],
    },
    pull_request: simplePullView(world, repository, issue, null),
  } satisfies Omit<Inner<PullRequestReviewSubmittedEvent>, 'action'> & Record<string, unknown>
}

function threadPayload(
  world: World,
  { repository, action, issue, thread }: Of<'pull_request_review_thread'>,
) {
  const comments = thread.comments.map((comment) =>
    reviewCommentView(world, repository, issue, thread, comment),
  )
  return {
    action,
    thread: { node_id: nodeId('PullRequestReviewThread', thread.id), comments },
    pull_request: simplePullView(world, repository, issue, null),
  } satisfies Omit<Inner<PullRequestReviewThreadResolvedEvent>, 'action'> & Record<string, unknown>
}

export function pingPayload(world: World, repository: Repository, hook: Hook) {
  const { events, ...view } = hookView(world, repository, hook)
  return {
    zen: 'Keep it logically awesome.',
    hook_id: hook.id,
    hook: {
      ...view,
      events: events as PingEvent['hook']['events'],
      last_response: { code: null, status: 'unused', message: null },
    },
    ...envelope(world, repository, repository.owner),
  } satisfies PingEvent
}
