import { pullOf } from '../../deeds/pulls.ts'
import {
  addReview,
  addReviewComment,
  commentsOf,
  dismissReview,
  replyToThread,
  submitReview,
  type WantedComment,
} from '../../deeds/reviews.ts'
import { jsonAnswer } from '../../http/answer.ts'
import type { PullIssue } from '../../state/issue.ts'
import type { Review, ReviewComment, ReviewThread } from '../../state/pull-request.ts'
import { notFound, unprocessable } from '../../state/refusal.ts'
import { listAnswer } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { READ, repositoryRoute } from '../route.ts'
import { reviewCommentView, reviewView } from '../views/reviews.ts'

const PULLS_READ = READ('pull_requests=read')
/** Who can read may review; a token needs the permission all the same. */
const REVIEW = READ('pull_requests=write')

/** What its viewer may see: pending reviews are their author's alone. */
function visibleReviews({ viewer }: RestRequest, { pull }: PullIssue): Review[] {
  return pull.reviews.filter(({ state, author }) => state !== 'PENDING' || author === viewer)
}

function visibleComments(
  request: RestRequest,
  issue: PullIssue,
): { thread: ReviewThread; comment: ReviewComment }[] {
  return visibleReviews(request, issue)
    .flatMap((review) => commentsOf(issue, review))
    .sort((a, b) => a.comment.id - b.comment.id)
}

function reviewOf(request: RestRequest, issue: PullIssue): Review {
  const id = request.number('review')
  const review = visibleReviews(request, issue).find((each) => each.id === id)
  if (review === undefined) throw notFound()
  return review
}

function wantedComment(value: unknown): WantedComment {
  const { path, line, start_line, side, body, position } = (value ?? {}) as Record<string, unknown>
  if (typeof path !== 'string' || typeof body !== 'string') {
    throw unprocessable('A comment needs a path and a body.')
  }
  if (position !== undefined) throw unprocessable('This GitHub takes “line”, not the older “position”.')
  if (line !== undefined && !Number.isInteger(line)) throw unprocessable('Line is not a number.')
  return {
    path,
    body,
    ...(typeof line === 'number' ? { line } : {}),
    ...(typeof start_line === 'number' ? { startLine: start_line } : {}),
    ...(side === 'LEFT' ? { side } : {}),
  }
}

export const REVIEW_ROUTES = [
  repositoryRoute('GET', '/pulls/:number/reviews', PULLS_READ, (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    return listAnswer(request, visibleReviews(request, issue), (review) =>
      reviewView(request.world, repository, issue, review),
    )
  }),
  repositoryRoute('POST', '/pulls/:number/reviews', REVIEW, async (request, repository) => {
    const { world, user } = request
    const issue = pullOf(repository, request.number('number'))
    const comments = request.body.comments ?? []
    if (!Array.isArray(comments)) throw unprocessable('Comments are a list.')
    const [event, body, commitId] = ['event', 'body', 'commit_id'].map((name) => request.text(name))
    const review = await addReview(
      world,
      repository,
      issue,
      {
        comments: comments.map(wantedComment),
        ...(event === undefined ? {} : { event }),
        ...(body === undefined ? {} : { body }),
        ...(commitId === undefined ? {} : { commitId }),
      },
      user,
    )
    return jsonAnswer(200, reviewView(world, repository, issue, review))
  }),
  repositoryRoute('GET', '/pulls/:number/reviews/:review', PULLS_READ, (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    return jsonAnswer(200, reviewView(request.world, repository, issue, reviewOf(request, issue)))
  }),
  repositoryRoute('POST', '/pulls/:number/reviews/:review/events', REVIEW, (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    const review = reviewOf(request, issue)
    if (review.author !== request.user) throw notFound()
    const event = request.requiredText('event', 'PullRequestReview')
    submitReview(request.world, repository, issue, review, event, request.text('body'))
    return jsonAnswer(200, reviewView(request.world, repository, issue, review))
  }),
  repositoryRoute('PUT', '/pulls/:number/reviews/:review/dismissals', REVIEW, (request, repository) => {
    const { world, user } = request
    const issue = pullOf(repository, request.number('number'))
    if (!world.canWrite(user, repository)) throw notFound()
    const review = reviewOf(request, issue)
    request.requiredText('message', 'PullRequestReview')
    dismissReview(world, repository, issue, review, user)
    return jsonAnswer(200, reviewView(world, repository, issue, review))
  }),
  repositoryRoute('GET', '/pulls/:number/reviews/:review/comments', PULLS_READ, (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    return listAnswer(request, commentsOf(issue, reviewOf(request, issue)), ({ thread, comment }) =>
      reviewCommentView(request.world, repository, issue, thread, comment),
    )
  }),
  repositoryRoute('GET', '/pulls/:number/comments', PULLS_READ, (request, repository) => {
    const issue = pullOf(repository, request.number('number'))
    return listAnswer(request, visibleComments(request, issue), ({ thread, comment }) =>
      reviewCommentView(request.world, repository, issue, thread, comment),
    )
  }),
  repositoryRoute('POST', '/pulls/:number/comments', REVIEW, async (request, repository) => {
    const { world, user } = request
    const issue = pullOf(repository, request.number('number'))
    const inReplyTo = request.integer('in_reply_to')
    if (inReplyTo !== undefined) return reply(request, issue, inReplyTo)
    const commitId = request.text('commit_id')
    const { thread, comment } = await addReviewComment(
      world,
      repository,
      issue,
      { ...wantedComment(request.body), ...(commitId === undefined ? {} : { commitId }) },
      user,
    )
    return jsonAnswer(201, reviewCommentView(world, repository, issue, thread, comment))
  }),
  repositoryRoute('POST', '/pulls/:number/comments/:id/replies', REVIEW, (request, repository) =>
    reply(request, pullOf(repository, request.number('number')), request.number('id')),
  ),
]

function reply(request: RestRequest, issue: PullIssue, to: number) {
  const { world, user } = request
  const repository = world.find(`${request.param('owner')}/${request.param('repo')}`)
  const thread = issue.pull.threads.find(({ comments }) => comments.some(({ id }) => id === to))
  if (repository === null || thread === undefined) throw notFound()
  if (thread.comments[0]?.id !== to) throw unprocessable('Replies to replies are not supported.')
  const body = request.requiredText('body', 'PullRequestReviewComment')
  const comment = replyToThread(world, repository, issue, thread, body, user)
  return jsonAnswer(201, reviewCommentView(world, repository, issue, thread, comment))
}
