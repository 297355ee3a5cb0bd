import { commentsOf } from '../deeds/reviews.ts'
import { reviewCommentWebUrl, reviewWebUrl } from '../rest/views/reviews.ts'
import type { PullIssue } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Review, ReviewComment, ReviewThread } from '../state/pull-request.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode } from './account-nodes.ts'
import { commitNode } from './commit-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'

export function reviewNode(
  context: Context,
  repository: Repository,
  issue: PullIssue,
  review: Review,
): object {
  const { world } = context
  return {
    __typename: 'PullRequestReview',
    id: nodeId('PullRequestReview', review.id),
    databaseId: review.id,
    fullDatabaseId: String(review.id),
    author: actorNode(world, review.author),
    authorAssociation: world.associationOf(review.author, repository),
    authorCanPushToRepository: world.canWrite(review.author, repository),
    state: review.state,
    body: review.body,
    bodyText: review.body,
    submittedAt: review.submittedAt,
    publishedAt: review.submittedAt,
    createdAt: review.submittedAt ?? review.updatedAt,
    updatedAt: review.updatedAt,
    url: reviewWebUrl(world, repository, issue, review),
    viewerDidAuthor: review.author === context.token.user,
    commit: () => commitNode(context, repository, review.sha),
    pullRequest: () => context.nodes.pull(context, repository, issue),
    comments: (page: PageArguments) =>
      connection(page, {
        items: commentsOf(issue, review),
        key: ({ comment }) => comment.id,
        node: ({ thread, comment }) => reviewCommentNode(context, repository, issue, thread, comment),
      }),
  }
}

export function reviewCommentNode(
  context: Context,
  repository: Repository,
  issue: PullIssue,
  thread: ReviewThread,
  comment: ReviewComment,
): object {
  const { world } = context
  return {
    __typename: 'PullRequestReviewComment',
    id: nodeId('PullRequestReviewComment', comment.id),
    databaseId: comment.id,
    fullDatabaseId: String(comment.id),
    author: actorNode(world, comment.author),
    authorAssociation: world.associationOf(comment.author, repository),
    body: comment.body,
    bodyText: comment.body,
    createdAt: comment.createdAt,
    publishedAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    path: thread.path,
    line: thread.line,
    originalLine: thread.originalLine,
    startLine: thread.originalStartLine,
    outdated: thread.outdated,
    isMinimized: false,
    diffHunk: thread.diffHunk,
    state: 'SUBMITTED',
    url: reviewCommentWebUrl(world, repository, issue, comment),
    viewerDidAuthor: comment.author === context.token.user,
    originalCommit: () => commitNode(context, repository, thread.originalSha),
    commit: () => commitNode(context, repository, thread.outdated ? thread.originalSha : issue.pull.headSha),
    replyTo: () => {
      const first = thread.comments.find(({ id }) => id === comment.replyTo)
      return first === undefined ? null : reviewCommentNode(context, repository, issue, thread, first)
    },
    pullRequestReview: () => {
      const review = issue.pull.reviews.find(({ id }) => id === comment.reviewId)
      return review === undefined ? null : reviewNode(context, repository, issue, review)
    },
    pullRequest: () => context.nodes.pull(context, repository, issue),
  }
}

export function threadNode(context: Context, repository: Repository, issue: PullIssue, thread: ReviewThread) {
  const { world, token } = context
  const mayResolve = world.canWrite(token.user, repository) || issue.author === token.user
  return {
    __typename: 'PullRequestReviewThread',
    id: nodeId('PullRequestReviewThread', thread.id),
    path: thread.path,
    line: thread.line,
    startLine: thread.line === null ? null : thread.originalStartLine,
    originalLine: thread.originalLine,
    originalStartLine: thread.originalStartLine,
    diffSide: thread.side,
    startDiffSide: thread.originalStartLine === null ? null : thread.side,
    subjectType: thread.originalLine === null ? 'FILE' : 'LINE',
    isResolved: thread.resolvedBy !== null,
    isOutdated: thread.outdated,
    isCollapsed: thread.resolvedBy !== null || thread.outdated,
    resolvedBy: thread.resolvedBy === null ? null : actorNode(world, thread.resolvedBy),
    viewerCanReply: true,
    viewerCanResolve: mayResolve && thread.resolvedBy === null,
    viewerCanUnresolve: mayResolve && thread.resolvedBy !== null,
    pullRequest: () => context.nodes.pull(context, repository, issue),
    repository: () => context.nodes.repository(context, repository),
    comments: (page: PageArguments) =>
      connection(page, {
        items: thread.comments,
        key: ({ id }) => id,
        node: (comment) => reviewCommentNode(context, repository, issue, thread, comment),
      }),
  }
}
