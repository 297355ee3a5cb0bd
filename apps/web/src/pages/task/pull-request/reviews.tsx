import type { PullRequest, Review } from '@optio/contract'
import { CircleCheck, CircleMinus, CircleX, MessageSquare } from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'
import { Moment } from '../../../ui/moments.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { placeWords } from './comment-editor.tsx'
import { REVIEW_WORDS } from './review-words.ts'

const ICONS = {
  approved: { icon: CircleCheck, ink: 'text-good' },
  changes_requested: { icon: CircleX, ink: 'text-bad' },
  commented: { icon: MessageSquare, ink: 'text-ink-2' },
  dismissed: { icon: CircleMinus, ink: 'text-ink-2' },
} as const

/** What reviewers said, in order; comments on lines of this head stand at their lines as well. */
export function Reviews({ pr }: { pr: PullRequest }) {
  const comments = commentsOutside(pr)
  if (pr.reviews.length + comments.length === 0) return null
  return (
    <Card title="Reviews">
      <ul className="divide-y divide-line">
        {pr.reviews.map((review, index) => (
          // Reviews are only ever added, at the end.
          // biome-ignore lint/suspicious/noArrayIndexKey: a review has nothing else it is known by
          <ReviewItem key={index} review={review} isOld={review.sha !== pr.head.sha} />
        ))}
        {comments.map(({ id, author, body, createdAt }) => (
          <li key={id} className="px-4 py-3">
            <p className="text-xs text-ink-3">
              <span className="font-medium text-ink">{plainLine(author)}</span> commented{' '}
              <Moment at={createdAt} />
            </p>
            <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
          </li>
        ))}
      </ul>
    </Card>
  )
}

function ReviewItem({ review, isOld }: { review: Review; isOld: boolean }) {
  const { icon: Icon, ink } = ICONS[review.state]
  const atLines = isOld ? 0 : review.comments.filter(({ path }) => path !== null).length
  const listed = isOld ? review.comments : review.comments.filter(({ path }) => path === null)
  return (
    <li className="px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-1.5">
        <Icon className={cx('size-4', ink)} aria-hidden="true" />
        <span className="font-medium">{plainLine(review.author)}</span> {REVIEW_WORDS[review.state]}
        <Moment at={review.submittedAt} className="text-xs text-ink-3" />
        {isOld ? (
          <span className="rounded-full bg-sunken px-2 text-xs text-ink-2">
            about an older version, <code>{review.sha.slice(0, 10)}</code>
          </span>
        ) : null}
      </p>
      {review.body.trim() === '' ? null : (
        <p className="mt-1 ml-5.5 wrap-anywhere whitespace-pre-wrap">{plainText(review.body)}</p>
      )}
      {atLines > 0 ? (
        <p className="mt-1 ml-5.5 text-xs text-ink-3">
          {atLines} {atLines === 1 ? 'comment stands' : 'comments stand'} in the diff.
        </p>
      ) : null}
      {listed.length > 0 ? (
        <ul className="mt-1 ml-5.5 flex flex-col gap-1 border-l-2 border-line pl-3">
          {listed.map(({ path, line, body }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: comments of a submitted review never change
            <li key={index}>
              {path === null ? null : (
                <span className="font-mono text-xs wrap-anywhere text-ink-3">{placeWords(path, line)}</span>
              )}
              <p className="wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  )
}

/** Comments that did not come with a review: a forge may list the others here again. */
function commentsOutside({ reviews, comments }: PullRequest): PullRequest['comments'] {
  const said = new Set(
    reviews.flatMap(({ author, comments: own }) =>
      own.flatMap(({ path, line, body }) => [
        `${author}\0${body}`,
        `${author}\0${line === null ? path : `${path}:${line}`}: ${body}`,
      ]),
    ),
  )
  return comments.filter(({ author, body }) => !said.has(`${author}\0${body}`))
}
