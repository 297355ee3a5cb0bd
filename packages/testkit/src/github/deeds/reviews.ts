import { commentableLines } from '../git/changes.ts'
import type { User } from '../state/account.ts'
import type { PullIssue } from '../state/issue.ts'
import type { Review, ReviewComment, ReviewState, ReviewThread } from '../state/pull-request.ts'
import { invalid, notFound, Refusal, unprocessable } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { touch } from './labels.ts'
import { changesOf, liveBase } from './relations.ts'

export interface WantedComment {
  readonly path: string
  /** Left out: about the whole file. */
  readonly line?: number
  readonly startLine?: number
  readonly side?: 'LEFT' | 'RIGHT'
  readonly body: string
}

export interface WantedReview {
  /** Left out: it stays pending until it is submitted. */
  readonly event?: string
  readonly body?: string
  readonly commitId?: string
  readonly comments?: readonly WantedComment[]
}

const STATES: Readonly<Record<string, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
}

/** Reviews as `POST …/pulls/{number}/reviews` does: all of it or nothing. */
export async function addReview(
  world: World,
  repository: Repository,
  issue: PullIssue,
  { event, body = '', commitId, comments = [] }: WantedReview,
  by: User,
): Promise<Review> {
  const state = event === undefined ? 'PENDING' : STATES[event]
  if (state === undefined)
    throw unprocessable(`Variable $event of type PullRequestReviewEvent was provided invalid value`)
  checkVerdict(issue, state, body, comments.length, by)
  const threads = await prepareThreads(world, repository, issue, comments, commitId)
  const now = world.clock.iso()
  const review: Review = {
    id: world.id(),
    author: by,
    state,
    body,
    sha: commitId ?? issue.pull.headSha,
    submittedAt: state === 'PENDING' ? null : now,
    updatedAt: now,
  }
  issue.pull.reviews.push(review)
  for (const { thread, text } of threads) {
    thread.comments.push(newComment(world, review, text, by, null))
    issue.pull.threads.push(thread)
  }
  if (state !== 'PENDING') announce(world, repository, issue, review)
  return review
}

function checkVerdict(issue: PullIssue, state: ReviewState, body: string, comments: number, by: User): void {
  if (issue.author === by && state === 'APPROVED') {
    throw unprocessable('Can not approve your own pull request')
  }
  if (issue.author === by && state === 'CHANGES_REQUESTED') {
    throw unprocessable('Can not request changes on your own pull request')
  }
  if (body.trim() === '' && comments === 0 && (state === 'COMMENTED' || state === 'CHANGES_REQUESTED')) {
    throw unprocessable('Could not create a review without a body or comments.')
  }
  if (issue.state === 'closed' && state !== 'COMMENTED' && issue.pull.mergedAt === null) {
    throw unprocessable('Can not review a closed pull request')
  }
}

async function prepareThreads(
  world: World,
  repository: Repository,
  issue: PullIssue,
  comments: readonly WantedComment[],
  commitId: string | undefined,
): Promise<{ thread: ReviewThread; text: string }[]> {
  if (comments.length === 0) return []
  const sha = commitId ?? issue.pull.headSha
  const files = await changesOf(repository, liveBase(repository, issue), sha)
  return comments.map(({ path, line, startLine, side = 'RIGHT', body }) => {
    if (body.trim() === '') throw unprocessable('Body can’t be blank')
    const file = files.find((each) => each.path === path)
    if (file === undefined) throw unprocessable('Path could not be resolved')
    const hunk = line === undefined ? '' : commentableLines(file.patch ?? '').get(`${side} ${line}`)
    if (hunk === undefined) throw unprocessable('Line could not be resolved')
    const thread: ReviewThread = {
      id: world.id(),
      path,
      originalLine: line ?? null,
      originalStartLine: startLine ?? null,
      side,
      originalSha: sha,
      diffHunk: hunk,
      line: line ?? null,
      outdated: false,
      resolvedBy: null,
      comments: [],
    }
    return { thread, text: body }
  })
}

function newComment(
  world: World,
  review: Review,
  body: string,
  author: User,
  replyTo: number | null,
): ReviewComment {
  const now = world.clock.iso()
  return { id: world.id(), reviewId: review.id, author, body, createdAt: now, updatedAt: now, replyTo }
}

/** Makes a pending review count. */
export function submitReview(
  world: World,
  repository: Repository,
  issue: PullIssue,
  review: Review,
  event: string,
  body: string | undefined,
): void {
  const state = STATES[event]
  if (state === undefined || review.state !== 'PENDING') throw unprocessable('The review is not pending.')
  const comments = commentsOf(issue, review).length
  checkVerdict(issue, state, body ?? review.body, comments, review.author)
  review.state = state
  review.body = body ?? review.body
  review.submittedAt = world.clock.iso()
  announce(world, repository, issue, review)
}

function announce(world: World, repository: Repository, issue: PullIssue, review: Review): void {
  const by = review.author
  issue.pull.requestedReviewers = issue.pull.requestedReviewers.filter((each) => each !== by)
  touch(world, issue)
  world.tell({ event: 'pull_request_review', action: 'submitted', repository, by, issue, review })
  for (const { thread, comment } of commentsOf(issue, review)) {
    world.tell({
      event: 'pull_request_review_comment',
      action: 'created',
      repository,
      by,
      issue,
      thread,
      comment,
    })
  }
}

export function commentsOf(
  issue: PullIssue,
  review: Review,
): { thread: ReviewThread; comment: ReviewComment }[] {
  return issue.pull.threads.flatMap((thread) =>
    thread.comments.filter(({ reviewId }) => reviewId === review.id).map((comment) => ({ thread, comment })),
  )
}

/** One comment on a line, which makes a review of its own, as the page does. */
export async function addReviewComment(
  world: World,
  repository: Repository,
  issue: PullIssue,
  wanted: WantedComment & { readonly commitId?: string },
  by: User,
): Promise<{ thread: ReviewThread; comment: ReviewComment }> {
  const { commitId, ...comment } = wanted
  const review = await addReview(
    world,
    repository,
    issue,
    { event: 'COMMENT', comments: [comment], ...(commitId === undefined ? {} : { commitId }) },
    by,
  )
  const [added] = commentsOf(issue, review)
  if (added === undefined) throw notFound()
  return added
}

/** An answer in a thread. */
export function replyToThread(
  world: World,
  repository: Repository,
  issue: PullIssue,
  thread: ReviewThread,
  body: string,
  by: User,
): ReviewComment {
  if (body.trim() === '') throw invalid('PullRequestReviewComment', 'body', 'missing_field')
  const now = world.clock.iso()
  const review: Review = {
    id: world.id(),
    author: by,
    state: 'COMMENTED',
    body: '',
    sha: issue.pull.headSha,
    submittedAt: now,
    updatedAt: now,
  }
  issue.pull.reviews.push(review)
  thread.comments.push(newComment(world, review, body, by, thread.comments[0]?.id ?? null))
  announce(world, repository, issue, review)
  const [added] = commentsOf(issue, review)
  if (added === undefined) throw notFound()
  return added.comment
}

export function setResolved(
  world: World,
  repository: Repository,
  issue: PullIssue,
  thread: ReviewThread,
  resolved: boolean,
  by: User,
): void {
  if ((thread.resolvedBy !== null) === resolved) return
  thread.resolvedBy = resolved ? by : null
  touch(world, issue)
  const action = resolved ? 'resolved' : 'unresolved'
  world.tell({ event: 'pull_request_review_thread', action, repository, by, issue, thread })
}

export function dismissReview(
  world: World,
  repository: Repository,
  issue: PullIssue,
  review: Review,
  by: User,
): void {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    throw new Refusal(422, 'Can not dismiss a commented pull request review')
  }
  review.state = 'DISMISSED'
  review.updatedAt = world.clock.iso()
  touch(world, issue)
  world.tell({ event: 'pull_request_review', action: 'dismissed', repository, by, issue, review })
}
