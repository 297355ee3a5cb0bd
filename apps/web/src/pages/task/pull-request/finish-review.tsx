import { ApiError, type PullRequest, type Review } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ErrorNotice, Notice } from '../../../ui/notice.tsx'
import { finishedComments, type ReviewDraft, unfinishedComments } from './review-draft.ts'
import type { DraftActions } from './use-review-draft.ts'

type Verdict = Exclude<Review['state'], 'dismissed'>

const VERDICTS: readonly { state: Verdict; label: string; hint: string }[] = [
  { state: 'commented', label: 'Comment', hint: 'Say something without a verdict.' },
  { state: 'approved', label: 'Approve', hint: 'This commit may be merged.' },
  {
    state: 'changes_requested',
    label: 'Request changes',
    hint: 'Blocks the merge, and tells the agent what to change.',
  },
]

interface FinishReviewProps {
  readonly taskId: string
  readonly pr: PullRequest
  /** The pull request has newer commits than these. */
  readonly isStale: boolean
  readonly draft: ReviewDraft
  readonly actions: DraftActions
  readonly onSubmitted: (state: Verdict) => void
}

/** The button that ends a review, and the dialog in which it gets its verdict. */
export function FinishReview({ taskId, pr, isStale, draft, actions, onSubmitted }: FinishReviewProps) {
  const [isOpen, setIsOpen] = useState(false)
  const [verdict, setVerdict] = useState<Verdict>('commented')
  const [missing, setMissing] = useState<string | null>(null)
  const queryClient = useQueryClient()
  const comments = finishedComments(draft)
  const unfinished = unfinishedComments(draft).length
  const submit = useMutation({
    mutationFn: () =>
      api.pullRequests.review({
        params: { id: taskId },
        body: {
          state: verdict,
          body: draft.body,
          comments: comments.map(({ path, line, body }) => ({ path, line, body })),
          expectedHeadSha: pr.head.sha,
        },
      }),
    onSuccess: async () => {
      actions.act({ type: 'sent' })
      setIsOpen(false)
      onSubmitted(verdict)
      await queryClient.invalidateQueries({ queryKey: ['task', taskId] })
    },
    onError: async (error) => {
      // Somebody pushed meanwhile: the page shall say so.
      if (error instanceof ApiError && error.status === 409) {
        await queryClient.invalidateQueries({ queryKey: ['task', taskId] })
      }
    },
  })
  const onSubmit = () => {
    const saysNothing = draft.body.trim() === '' && comments.length === 0
    if (saysNothing && verdict !== 'approved') {
      setMissing(
        verdict === 'changes_requested'
          ? 'Say what should change, here or at a line: the agent gets nothing else to go by.'
          : 'Say something, here or at a line.',
      )
      return
    }
    setMissing(null)
    submit.mutate()
  }
  return (
    <>
      <Button
        look="primary"
        disabled={isStale}
        title={isStale ? 'There are new commits: reload the diff first.' : undefined}
        onClick={() => setIsOpen(true)}
      >
        Finish the review
        {comments.length > 0 ? ` (${comments.length})` : ''}
      </Button>
      <Dialog
        open={isOpen}
        onOpenChange={setIsOpen}
        title="Finish the review"
        description={
          <>
            About commit <code>{pr.head.sha.slice(0, 10)}</code>, with {comments.length}{' '}
            {comments.length === 1 ? 'comment' : 'comments'} in the diff.
          </>
        }
      >
        <form
          className="mt-4 flex flex-col gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            onSubmit()
          }}
        >
          {unfinished > 0 ? (
            <Notice
              tone="warn"
              title={`${unfinished} ${unfinished === 1 ? 'comment is' : 'comments are'} not finished`}
            >
              Add them to the review first; what is not added is not sent and is kept here.
            </Notice>
          ) : null}
          <Field label="About the whole" optional={verdict === 'approved'} error={missing}>
            {(control) => (
              <TextArea
                {...control}
                value={draft.body}
                maxLength={65_536}
                onChange={(event) => actions.act({ type: 'summarise', body: event.target.value })}
              />
            )}
          </Field>
          <fieldset className="flex flex-col gap-2">
            <legend className="mb-1 font-medium">Verdict</legend>
            {VERDICTS.map(({ state, label, hint }) => (
              <label key={state} className="flex items-start gap-2">
                <input
                  type="radio"
                  name="verdict"
                  className="mt-1 size-4 accent-accent"
                  checked={verdict === state}
                  onChange={() => {
                    setVerdict(state)
                    setMissing(null)
                  }}
                />
                <span>
                  <span className="font-medium">{label}</span>
                  <span className="block text-xs text-ink-3">{hint}</span>
                </span>
              </label>
            ))}
          </fieldset>
          {submit.error ? <ErrorNotice error={submit.error} title="The review was not submitted" /> : null}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setIsOpen(false)}>Back</Button>
            <Button type="submit" look="primary" busy={submit.isPending}>
              Submit the review
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  )
}
