import type { PullRequest, Review } from '@optio/contract'
import { Moment } from '../../../ui/moments.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { CommentEditor } from './comment-editor.tsx'
import type { FileNotes } from './diff/changed-file.ts'
import type { DraftComment } from './review-draft.ts'
import { REVIEW_WORDS } from './review-words.ts'
import type { DraftActions } from './use-review-draft.ts'

/** A comment of a review that was submitted. */
export interface SaidComment {
  readonly review: Review
  readonly line: number | null
  readonly body: string
}

/** What was said about the files of this head, by path. */
export function saidByPath(pr: PullRequest): ReadonlyMap<string, readonly SaidComment[]> {
  const byPath = new Map<string, SaidComment[]>()
  for (const review of pr.reviews) {
    if (review.sha !== pr.head.sha) continue
    for (const { path, line, body } of review.comments) {
      if (path === null) continue
      const own = byPath.get(path) ?? []
      own.push({ review, line, body })
      byPath.set(path, own)
    }
  }
  return byPath
}

/** Everything that stands at the lines of one file. */
export function notesOf(
  said: readonly SaidComment[],
  drafts: readonly DraftComment[],
  actions: DraftActions,
): FileNotes {
  const lines = new Set([...said, ...drafts].flatMap(({ line }) => line ?? []))
  return {
    lines,
    count: said.length + drafts.length,
    render: (line, isShown) => {
      const belongs = (own: number | null) => (line === null ? own === null || !isShown(own) : own === line)
      const saidHere = said.filter((comment) => belongs(comment.line))
      const draftsHere = drafts.filter((comment) => belongs(comment.line))
      if (saidHere.length + draftsHere.length === 0) return null
      const notes = (
        <div className="flex max-w-3xl flex-col gap-2">
          {saidHere.map((comment, index) => (
            // Comments of a submitted review never change.
            // biome-ignore lint/suspicious/noArrayIndexKey: there is nothing else they are known by
            <Said key={index} comment={comment} showLine={line === null} />
          ))}
          {draftsHere.map((comment) => (
            <CommentEditor key={comment.id} comment={comment} actions={actions} />
          ))}
        </div>
      )
      if (line !== null) return notes
      return (
        <div className="sticky left-0 w-full border-b border-line bg-page p-3 font-sans text-sm">{notes}</div>
      )
    },
  }
}

function Said({ comment: { review, line, body }, showLine }: { comment: SaidComment; showLine: boolean }) {
  return (
    <article className="rounded-md border border-line bg-surface p-3">
      <p className="text-xs text-ink-3">
        <span className="font-medium text-ink">{plainLine(review.author)}</span> {REVIEW_WORDS[review.state]}{' '}
        <Moment at={review.submittedAt} />
        {showLine && line !== null ? `, about line ${line}` : null}
      </p>
      <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
    </article>
  )
}
