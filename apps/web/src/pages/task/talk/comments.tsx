import type { Task } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { CommentForm } from './comment-form.tsx'
import { CommentItem } from './comment-item.tsx'
import { useCommentAct } from './use-comment-act.ts'

/** What people say to each other about a task. */
export function Comments({ task }: { task: Task }) {
  const { data, error, isPending, refetch, ...more } = useInfiniteQuery(queries.comments(task.id))
  const comments = data?.pages.flatMap((page) => page.comments) ?? []
  const { act, isBusy, error: refused } = useCommentAct(task.id)
  // A new field after each comment: what was typed is in the list by then.
  const [written, setWritten] = useState(0)
  return (
    <Card title="Comments">
      <div className="space-y-4 p-4">
        {isPending ? <Loading what="the comments" /> : null}
        {error && !data ? (
          <ErrorNotice
            error={error}
            title="The comments could not be read"
            actions={<Button onClick={() => void refetch()}>Try again</Button>}
          />
        ) : null}
        {data && comments.length === 0 ? (
          <p className="text-ink-2">
            Nobody has said anything yet. Comments are for people; the agent does not see them.
          </p>
        ) : null}
        {comments.length > 0 ? (
          <ol aria-label="Comments, the oldest first" className="space-y-3">
            {comments.map((comment) => (
              <li key={comment.id}>
                <CommentItem comment={comment} />
              </li>
            ))}
          </ol>
        ) : null}
        {more.hasNextPage ? (
          <Button small busy={more.isFetchingNextPage} onClick={() => void more.fetchNextPage()}>
            Show later ones
          </Button>
        ) : null}
        <CommentForm
          key={written}
          label="Add a comment"
          action="Comment"
          busy={isBusy}
          error={refused}
          onSubmit={(content) =>
            act(
              (api) => api.comments.create({ params: { id: task.id }, body: { content } }),
              () => setWritten((count) => count + 1),
            )
          }
        />
      </div>
    </Card>
  )
}
