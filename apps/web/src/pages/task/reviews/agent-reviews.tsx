import type { PullRequest, Repo, Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ScanEye } from 'lucide-react'
import { useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { agentName } from '../../../ui/agent-name.ts'
import { Button } from '../../../ui/button.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { RequestReview } from './request-review.tsx'
import { VerdictBadge } from './verdict.tsx'

interface AgentReviewsProps {
  readonly taskId: string
  readonly pr: PullRequest
  readonly repo: Repo | null
}

/** Reviews of the pull request by agents: what they came to, what is under way, and the way to another one. */
export function AgentReviews({ taskId, pr, repo }: AgentReviewsProps) {
  const [isAsking, setIsAsking] = useState(false)
  const { data } = useQuery(queries.relations(taskId, true))
  const reviews = data?.subtasks.filter(({ taskType }) => taskType === 'review') ?? []
  const isOpen = pr.state === 'open'
  const underWay = reviews.some((review) => review.reviewedSha === pr.head.sha && !isFinished(review))
  if (!isOpen && reviews.length === 0) return null
  return (
    <Card
      title="Reviews by agents"
      actions={
        isOpen ? (
          <Button
            small
            disabled={underWay}
            title={underWay ? 'A review of this commit is under way.' : undefined}
            onClick={() => setIsAsking(true)}
          >
            <ScanEye className="size-3.5" aria-hidden="true" />
            Have it reviewed
          </Button>
        ) : null
      }
    >
      {reviews.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">{whenOnesAreMade(repo)}</p>
      ) : (
        <>
          <ol className="divide-y divide-line">
            {reviews.map((review, index) => (
              <ReviewRow key={review.id} review={review} round={index + 1} head={pr.head.sha} />
            ))}
          </ol>
          {repo?.reviewEnabled && repo.reviewTrigger !== 'manual' ? (
            <p className="border-t border-line px-4 py-2 text-xs text-ink-3">
              At most {repo.maxReviewRounds} are made by themselves for one pull request; then you are asked.
            </p>
          ) : null}
        </>
      )}
      {isAsking ? (
        <RequestReview taskId={taskId} pr={pr} repo={repo} onClose={() => setIsAsking(false)} />
      ) : null}
    </Card>
  )
}

function ReviewRow({ review, round, head }: { review: Task; round: number; head: string }) {
  const { id, state, verdict, reviewedSha, agentType, createdAt } = review
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Link to="/tasks/$taskId" params={{ taskId: id }} className="font-medium hover:underline">
          Round {round}
        </Link>
        <StateBadge state={state} />
        {verdict === null ? null : <VerdictBadge verdict={verdict.verdict} />}
        <span className="text-xs text-ink-3">
          {plainLine(agentName(agentType))} · <Moment at={createdAt} />
          {reviewedSha === null || reviewedSha === head ? null : (
            <>
              {' '}
              · about an older version, <code>{reviewedSha.slice(0, 10)}</code>
            </>
          )}
        </span>
      </div>
      {verdict === null ? (
        state === 'failed' && review.errorMessage !== null ? (
          <p className="mt-1 line-clamp-2 wrap-anywhere text-bad">{plainLine(review.errorMessage)}</p>
        ) : null
      ) : (
        <p className="mt-1 line-clamp-2 wrap-anywhere text-ink-2">{plainLine(verdict.summary)}</p>
      )}
    </li>
  )
}

function isFinished({ state }: Task): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled'
}

function whenOnesAreMade(repo: Repo | null): string {
  if (!repo?.reviewEnabled || repo.reviewTrigger === 'manual') {
    return 'None yet. An agent can read the change and say what it thinks of it; the settings of the repository can have that done each time.'
  }
  return repo.reviewTrigger === 'on_pr'
    ? 'None yet; one is made for each new commit.'
    : 'None yet; one is made once the checks pass.'
}
