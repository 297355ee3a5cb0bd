import { createHash } from 'node:crypto'
import type { PullRequestObservation, ReviewObservation, ReviewThread } from '@optio/core'
import { hasMarker, withoutMarker } from '../marker.ts'
import { mergeBlocked } from './blocked.ts'
import { type AwaitedWorkflow, checkItems } from './checks.ts'
import type { FoundComment, FoundPullRequest, FoundReview, FoundThread } from './found.ts'
import type { BranchRules } from './rules.ts'

const MAX_TEXT = 20_000
const MAX_COMMENT_REVIEWS = 50

/** What was asked for besides the pull request itself. */
export interface Besides {
  readonly rules: BranchRules
  /** By the id of a check. */
  readonly logs: ReadonlyMap<string, string>
  /** What GitHub Actions has yet to say of this head. */
  readonly awaited: readonly AwaitedWorkflow[]
  readonly threads: readonly ReviewThread[]
  readonly conflictFiles: readonly string[]
  readonly endedBy: string | null
  /** Whose credential it is asked with; null when that is nobody's. */
  readonly login: string | null
  /** Those who said something and may write to the repository, in lower case. */
  readonly writers: ReadonlySet<string>
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** What policies read of it. */
export function observationOf(found: FoundPullRequest, besides: Besides): PullRequestObservation {
  const items = checkItems(found.checks, besides.rules, besides.logs, besides.awaited)
  const isOpen = found.state === 'open'
  return {
    number: found.number,
    url: found.url,
    state: found.state,
    draft: found.draft,
    headSha: found.headSha,
    baseRef: found.baseRef,
    baseSha: found.baseSha,
    mergeable: isOpen ? found.mergeable : null,
    conflictFiles: isOpen && found.mergeable === false ? besides.conflictFiles : [],
    checks: { required: items.length > 0, headSha: found.checks.sha, baseSha: null, items },
    reviews: reviewsOf(found.reviews, besides),
    mergeBlocked: isOpen ? mergeBlocked(found, items, besides.rules) : null,
    mergedSha: found.state === 'merged' ? found.mergedSha : null,
    threads: besides.threads,
    labels: found.labels,
    endedBy: besides.endedBy,
    revision: revisionOf(found),
    observedAt: besides.now,
  }
}

/**
 * Marks a state of a pull request. The first half marks what its threads are: what was said in them has not changed while that is the
 * same, since every remark, answers too, changes the time of the last change or is a review.
 */
export function revisionOf(found: FoundPullRequest): string {
  const { updatedAt, headSha, checks, threads, reviews } = found
  const said = { updatedAt, headSha, combined: checks.combined, threads, reviews }
  return `${digest(said)}.${digest(found)}`
}

/** Whether the threads are as they were when that observation was made. */
export function sameThreads(found: FoundPullRequest, revision: string | undefined): boolean {
  return revision !== undefined && revisionOf(found).split('.')[0] === revision.split('.')[0]
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
}

/**
 * The last opinion of each reviewer, and what was said without one; remarks on lines alone are threads and no review.
 */
function reviewsOf(reviews: readonly FoundReview[], people: People): readonly ReviewObservation[] {
  const inOrder = [...reviews].sort((a, b) => a.submittedAt - b.submittedAt)
  const opinions = new Map<string, FoundReview>()
  for (const review of inOrder) if (review.state !== 'commented') opinions.set(review.author, review)
  const remarks = inOrder
    .filter(({ state, body }) => state === 'commented' && body.trim() !== '')
    .slice(-MAX_COMMENT_REVIEWS)
  return [...opinions.values(), ...remarks]
    .sort((a, b) => a.submittedAt - b.submittedAt)
    .map((review) => ({
      author: review.author,
      state: review.state,
      ...said(review, people),
      headSha: review.headSha,
      comments: [],
      submittedAt: review.submittedAt,
    }))
}

/** A thread as policies read it; `comments` are those that were asked for when `thread` has none. */
export function threadOf(
  thread: FoundThread,
  comments: readonly FoundComment[],
  people: People,
): ReviewThread {
  return {
    id: thread.id,
    path: thread.path,
    line: thread.line,
    comments: comments.map((comment) => ({
      author: comment.author,
      ...said(comment, people),
      createdAt: comment.createdAt,
    })),
  }
}

type People = Pick<Besides, 'login' | 'writers'>

/** What somebody said, and what they are. Anybody can copy a marker: it is Optio's with the name of its credential alone. */
function said(
  { author, body }: Pick<FoundComment, 'author' | 'body'>,
  { login, writers }: People,
): { readonly body: string; readonly byWriter: boolean; readonly isOwn: boolean } {
  const name = author.toLowerCase()
  const isOwn = name === login?.toLowerCase() && hasMarker(body)
  return {
    body: (isOwn ? withoutMarker(body) : body).slice(0, MAX_TEXT),
    byWriter: writers.has(name),
    isOwn,
  }
}
