import type { PullIssue } from '../../state/issue.ts'
import { nodeId } from '../../state/node-id.ts'
import type { Review, ReviewComment, ReviewThread } from '../../state/pull-request.ts'
import type { Repository } from '../../state/repository.ts'
import type { World } from '../../state/world.ts'
import type { Schemas } from '../schemas.ts'
import { issueWebUrl } from './issues.ts'
import { repositoryUrl } from './repositories.ts'
import { userView } from './users.ts'

export function reviewWebUrl(world: World, repository: Repository, issue: PullIssue, review: Review): string {
  return `${issueWebUrl(world, repository, issue)}#pullrequestreview-${review.id}`
}

export function reviewView(world: World, repository: Repository, issue: PullIssue, review: Review) {
  const web = reviewWebUrl(world, repository, issue, review)
  const pull = `${repositoryUrl(world, repository)}/pulls/${issue.number}`
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userView(world, review.author),
    body: review.body,
    state: review.state,
    html_url: web,
    pull_request_url: pull,
    author_association: world.associationOf(review.author, repository),
    _links: { html: { href: web }, pull_request: { href: pull } },
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt }),
    commit_id: review.sha,
  } satisfies Schemas['pull-request-review']
}

export function reviewCommentWebUrl(
  world: World,
  repository: Repository,
  issue: PullIssue,
  comment: ReviewComment,
): string {
  return `${issueWebUrl(world, repository, issue)}#discussion_r${comment.id}`
}

export function reviewCommentView(
  world: World,
  repository: Repository,
  issue: PullIssue,
  thread: ReviewThread,
  comment: ReviewComment,
) {
  const base = repositoryUrl(world, repository)
  const url = `${base}/pulls/comments/${comment.id}`
  const web = reviewCommentWebUrl(world, repository, issue, comment)
  const pull = `${base}/pulls/${issue.number}`
  const position = thread.diffHunk.split('\n').length - 1
  return {
    url,
    pull_request_review_id: comment.reviewId,
    id: comment.id,
    node_id: nodeId('PullRequestReviewComment', comment.id),
    diff_hunk: thread.diffHunk,
    path: thread.path,
    position: thread.outdated ? null : position,
    original_position: position,
    commit_id: thread.outdated ? thread.originalSha : issue.pull.headSha,
    original_commit_id: thread.originalSha,
    user: userView(world, comment.author),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: web,
    pull_request_url: pull,
    author_association: world.associationOf(comment.author, repository),
    _links: { self: { href: url }, html: { href: web }, pull_request: { href: pull } },
    start_line: thread.originalStartLine,
    original_start_line: thread.originalStartLine,
    start_side: thread.originalStartLine === null ? null : thread.side,
    line: thread.line,
    original_line: thread.originalLine ?? 1,
    side: thread.side,
    subject_type: thread.originalLine === null ? ('file' as const) : ('line' as const),
    ...(comment.replyTo === null ? {} : { in_reply_to_id: comment.replyTo }),
    reactions: {
      url: `${url}/reactions`,
      total_count: 0,
      '+1': 0,
      '-1': 0,
      laugh: 0,
      hooray: 0,
      confused: 0,
      heart: 0,
      rocket: 0,
      eyes: 0,
    },
  } satisfies OutdatedToo<Schemas['review-comment']> & OutdatedToo<Schemas['pull-request-review-comment']>
}

/** GitHub answers null for lines and positions that are gone, which its description leaves out in places. */
type OutdatedToo<View> = Omit<
  View,
  'line' | 'position' | 'start_line' | 'start_side' | 'original_start_line'
> &
  Record<string, unknown>
