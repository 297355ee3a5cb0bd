import type {
  CommentShown,
  IssueShown,
  PullRequestShown,
  ReviewShown,
  ThreadShown,
} from '../control/repository.ts'
import { issueWebUrl } from '../rest/views/issues.ts'
import type { Issue, PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Review, ReviewThread } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { liveBase } from './relations.ts'

function shownComment({ id, author, body }: Issue['comments'][number]): CommentShown {
  return { id, author: author.login, body }
}

/** As the control interface shows it. */
export function shownIssue(issue: Issue): IssueShown {
  return {
    number: issue.number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    stateReason: issue.stateReason,
    author: issue.author.login,
    labels: issue.labels.map(({ name }) => name),
    assignees: issue.assignees.map(({ login }) => login),
    comments: issue.comments.map(shownComment),
    closedBy: issue.closedBy?.login ?? null,
    isPullRequest: issue.pull !== null,
  }
}

export function shownReview({ id, author, state, body, sha }: Review): ReviewShown {
  return { id, author: author.login, state: state === 'PENDING' ? 'COMMENTED' : state, body, sha }
}

function shownThread(thread: ReviewThread): ThreadShown {
  return {
    id: nodeId('PullRequestReviewThread', thread.id),
    path: thread.path,
    line: thread.line,
    resolved: thread.resolvedBy !== null,
    outdated: thread.outdated,
    comments: thread.comments.map(({ id, author, body }) => ({ id, author: author.login, body })),
  }
}

export function shownPull(world: World, repository: Repository, issue: PullIssue): PullRequestShown {
  const { pull } = issue
  return {
    number: issue.number,
    url: issueWebUrl(world, repository, issue),
    title: issue.title,
    body: issue.body,
    state: pull.mergedAt === null ? issue.state : 'merged',
    draft: pull.draft,
    author: issue.author.login,
    labels: issue.labels.map(({ name }) => name),
    head: { ref: pull.headRef, sha: pull.headSha },
    base: { ref: pull.baseRef, sha: liveBase(repository, issue) },
    mergedSha: pull.mergedSha,
    mergedBy: pull.mergedBy?.login ?? null,
    closedBy: issue.closedBy?.login ?? null,
    comments: issue.comments.map(shownComment),
    reviews: pull.reviews.filter(({ state }) => state !== 'PENDING').map(shownReview),
    threads: pull.threads.map(shownThread),
  }
}
