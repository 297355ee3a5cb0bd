import type { ExecutedDetail, PullRequest, Review } from '@optio/contract'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { AgentReviews } from '../reviews/agent-reviews.tsx'
import { Checks } from './checks.tsx'
import { CommentEditor } from './comment-editor.tsx'
import { DiffView } from './diff/diff-view.tsx'
import { FinishReview } from './finish-review.tsx'
import { MergeBox } from './merge-box.tsx'
import { PullRequestHeader } from './pull-request-header.tsx'
import { timesSentBack } from './reactions.ts'
import { carryOver, finishedComments, type ReviewDraft } from './review-draft.ts'
import { afterProblem, afterReview, sendingBack } from './review-words.ts'
import { Reviews } from './reviews.tsx'
import { Threads } from './threads.tsx'
import { useReviewDraft } from './use-review-draft.ts'
import { useSeen } from './use-seen.ts'

interface PullRequestViewProps {
  readonly taskId: string
  readonly detail: ExecutedDetail
  readonly latest: PullRequest
}

/** A pull request, and everything a person does with it. */
export function PullRequestView({ taskId, detail: { task }, latest }: PullRequestViewProps) {
  const { pr, isStale, lookAgain } = useSeen(latest)
  const repo = useRepo(task.repoUrl)
  const { data: attempts = [] } = useQuery(queries.attempts(taskId))
  const { data: events = [] } = useQuery(queries.events(taskId))
  const { file } = useSearch({ from: '/tasks/$taskId' })
  const navigate = useNavigate({ from: '/tasks/$taskId' })
  const [draft, actions] = useReviewDraft(taskId, pr.head.sha)
  const [, nextActions] = useReviewDraft(taskId, latest.head.sha)
  const [submitted, setSubmitted] = useState<Review['state'] | null>(null)
  const back = sendingBack(repo, timesSentBack(attempts, events))
  const onFile = useCallback(
    (path: string) => {
      void navigate({
        search: (before) => ({ ...before, tab: 'changes', file: path }),
        replace: true,
        resetScroll: false,
      })
    },
    [navigate],
  )
  const reload = () => {
    const carried = carryOver(draft, pr.head.sha, new Set(latest.files.map(({ path }) => path)))
    if (carried.length > 0 || draft.body !== '') nextActions.replace({ comments: carried, body: draft.body })
    actions.replace({ comments: [], body: '' })
    setSubmitted(null)
    lookAgain()
  }
  const isOpen = pr.state === 'open'
  return (
    <div className="flex flex-col gap-4">
      <PullRequestHeader pr={pr} />
      {isStale ? (
        <Notice
          tone="warn"
          urgent
          title="There are new commits"
          actions={
            <Button small look="primary" onClick={reload}>
              Reload the diff
            </Button>
          }
        >
          What you see is commit <code>{pr.head.sha.slice(0, 10)}</code>; the pull request is at{' '}
          <code>{latest.head.sha.slice(0, 10)}</code> now. What you wrote is taken along.
        </Notice>
      ) : null}
      {submitted === null ? null : (
        <Notice tone="good" title={SUBMITTED[submitted]}>
          {afterReview(submitted, task, back)}
        </Notice>
      )}
      {isOpen ? <MergeBox taskId={taskId} pr={pr} repo={repo} isStale={isStale} /> : <Ended pr={pr} />}
      <Checks pr={pr} next={afterProblem(task, back)} />
      <AgentReviews taskId={taskId} pr={pr} repo={repo} />
      <Reviews pr={pr} />
      <Threads pr={pr} />
      <div>
        <DiffView
          taskId={taskId}
          pr={pr}
          isStale={isStale}
          draft={draft}
          actions={actions}
          file={file}
          onFile={onFile}
        />
        {isOpen ? (
          <section
            aria-label="Your review"
            className="sticky bottom-0 z-20 mt-4 flex flex-col gap-2 rounded-t-lg border border-line bg-surface p-2 shadow-lg"
          >
            {draft.comments
              .filter(({ path }) => path === null)
              .map((comment) => (
                <CommentEditor key={comment.id} comment={comment} actions={actions} />
              ))}
            <div className="flex flex-wrap items-center justify-end gap-3">
              <p className="text-xs text-ink-3">{pendingWords(draft)}</p>
              <FinishReview
                taskId={taskId}
                pr={pr}
                isStale={isStale}
                draft={draft}
                actions={actions}
                onSubmitted={setSubmitted}
              />
            </div>
          </section>
        ) : null}
      </div>
    </div>
  )
}

const SUBMITTED: Readonly<Record<Review['state'], string>> = {
  approved: 'You approved it',
  changes_requested: 'You requested changes',
  commented: 'You commented',
  dismissed: 'You took your verdict back',
}

function pendingWords(draft: ReviewDraft): string {
  const count = finishedComments(draft).length
  if (count === 0) return 'Choose the number of a line to comment on it.'
  return `${count} pending ${count === 1 ? 'comment' : 'comments'}`
}

/** How it ended. */
function Ended({ pr }: { pr: PullRequest }) {
  if (pr.state === 'closed') {
    return (
      <p className="text-ink-2">
        It was closed without merging. The branch and the clone are kept; retrying the task opens another pull
        request.
      </p>
    )
  }
  return (
    <p className="text-ink-2">
      It was merged into {plainLine(pr.base.ref)}
      {pr.mergedSha === null ? null : (
        <>
          {' '}
          as <code title={pr.mergedSha}>{pr.mergedSha.slice(0, 10)}</code>
        </>
      )}
      .
    </p>
  )
}

/** The settings of the task's repository; null while they are not known. */
function useRepo(repoUrl: string | null) {
  const { data } = useInfiniteQuery(queries.repos())
  return data?.pages.flatMap(({ repos }) => repos).find((repo) => repo.repoUrl === repoUrl) ?? null
}
