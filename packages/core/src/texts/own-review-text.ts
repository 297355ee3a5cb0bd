import type { ReviewVerdict, Verdict } from '../definitions.ts'
import { fenced } from '../prompts/foreign.ts'

const SUMMARY_BYTES = 16 * 1024
const COMMENT_BYTES = 8 * 1024

const SAYS: Readonly<Record<Verdict, string>> = {
  approve: 'An agent of Optio has read this and finds that it can be merged as it is.',
  request_changes: 'An agent of Optio has read this and requests changes.',
  comment: 'An agent of Optio has read this and has remarks.',
}

/**
 * A verdict as it is posted where all can read it and it is only a comment: what it comes to in Optio's words, and the agent's words in
 * fences, where they notify nobody.
 */
export function ownReviewText({ verdict, summary, comments }: ReviewVerdict): {
  body: string
  comments: ReviewVerdict['comments']
} {
  const parts = [SAYS[verdict], ...(summary.trim() === '' ? [] : [fenced(summary, SUMMARY_BYTES)])]
  return {
    body: parts.join('\n\n'),
    comments: comments.map((comment) => ({ ...comment, body: fenced(comment.body, COMMENT_BYTES) })),
  }
}
