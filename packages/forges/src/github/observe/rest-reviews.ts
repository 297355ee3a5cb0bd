import { NoAnswer } from '../../no-answer.ts'
import { type Fields, integer, integerOrNull, loginOf, text, textOrNull, time, unreadable } from '../shape.ts'
import type { FoundReview, FoundThread } from './found.ts'
import type { RestAsking } from './rest-asking.ts'

/** Reviews that were submitted; one that its author has not is nobody's business. */
export async function restReviews(asking: RestAsking, number: number): Promise<readonly FoundReview[]> {
  const reviews = await told(asking, number, 'reviews')
  return reviews
    .filter(({ state }) => state !== 'PENDING')
    .map((review) => ({
      author: loginOf(review, 'user'),
      state: reviewState(text(review, 'state')),
      body: textOrNull(review, 'body') ?? '',
      headSha: textOrNull(review, 'commit_id') ?? '',
      association: textOrNull(review, 'author_association') ?? 'NONE',
      submittedAt: time(review, 'submitted_at'),
    }))
}

/** Remarks on lines with what was answered to them. The id names the first remark. */
export async function restThreads(asking: RestAsking, number: number): Promise<readonly FoundThread[]> {
  const remarks = await told(asking, number, 'comments')
  const threads = new Map<number, Fields[]>()
  for (const remark of remarks) {
    const first = integerOrNull(remark, 'in_reply_to_id') ?? integer(remark, 'id')
    threads.set(first, [...(threads.get(first) ?? []), remark])
  }
  return [...threads].map(([id, said]) => ({
    id: `comment:${id}`,
    path: textOrNull(said[0] ?? {}, 'path'),
    line: integerOrNull(said[0] ?? {}, 'line'),
    comments: said.map((remark) => ({
      author: loginOf(remark, 'user'),
      body: text(remark, 'body'),
      association: textOrNull(remark, 'author_association') ?? 'NONE',
      createdAt: time(remark, 'created_at'),
    })),
  }))
}

async function told(asking: RestAsking, number: number, what: string): Promise<readonly Fields[]> {
  const found = await asking.all(['pulls', number, what])
  if (found !== null) return found
  throw new NoAnswer('credential', `GitHub does not show this credential the ${what} of #${number}.`)
}

function reviewState(state: string): FoundReview['state'] {
  const lower = state.toLowerCase()
  if (
    lower === 'approved' ||
    lower === 'changes_requested' ||
    lower === 'commented' ||
    lower === 'dismissed'
  ) {
    return lower
  }
  throw unreadable('the state of a review')
}
