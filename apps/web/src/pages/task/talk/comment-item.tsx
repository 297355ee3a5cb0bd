import type { Comment } from '@optio/contract'
import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Confirm } from '../../../ui/dialog.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { CommentForm } from './comment-form.tsx'
import { useCommentAct } from './use-comment-act.ts'

/** One comment, with what its author can do about it; that it is somebody else's is for the server to say. */
export function CommentItem({ comment }: { comment: Comment }) {
  const { id, taskId, author, content, createdAt, updatedAt } = comment
  const [doing, setDoing] = useState<'edit' | 'delete' | null>(null)
  const { act, isBusy, error } = useCommentAct(taskId)
  const params = { taskId, commentId: id }
  const end = () => setDoing(null)
  if (doing === 'edit') {
    return (
      <CommentForm
        label="Change the comment"
        action="Save"
        initial={content}
        busy={isBusy}
        error={error}
        onBack={end}
        onSubmit={(changed) => act((api) => api.comments.edit({ params, body: { content: changed } }), end)}
      />
    )
  }
  return (
    <article className="rounded-lg bg-sunken px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-2 text-xs text-ink-2">
        <span className="font-medium text-ink">{plainLine(author)}</span>
        <Moment at={createdAt} />
        {updatedAt === createdAt ? null : (
          <span>
            changed <Moment at={updatedAt} />
          </span>
        )}
        <span className="ml-auto flex">
          <Button small look="quiet" aria-label="Edit this comment" onClick={() => setDoing('edit')}>
            Edit
          </Button>
          <Button small look="quiet" aria-label="Delete this comment" onClick={() => setDoing('delete')}>
            Delete
          </Button>
        </span>
      </div>
      <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(content)}</p>
      <Confirm
        open={doing === 'delete'}
        onOpenChange={(open) => !open && end()}
        title="Delete this comment?"
        description="Nobody can read it any more."
        action="Delete the comment"
        busy={isBusy}
        onConfirm={() => act((api) => api.comments.remove({ params }), end)}
      >
        {error ? (
          <div className="mt-3">
            <ErrorNotice error={error} title="It was not deleted" />
          </div>
        ) : null}
      </Confirm>
    </article>
  )
}
