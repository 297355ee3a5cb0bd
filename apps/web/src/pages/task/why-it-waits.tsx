import type { Attempt, ExecutedDetail, Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { queries } from '../../api/queries.ts'
import { duration, Moment } from '../../ui/moments.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'
import { hasBranch, nounOf } from './acts.ts'

/** Why nothing happens just now and what would change that; what went wrong; what came of it. */
export function WhyItWaits({ detail }: { detail: ExecutedDetail }) {
  const notices = [
    <Explanation key="why" detail={detail} />,
    <Stall key="stall" detail={detail} />,
    <Failure key="failure" task={detail.task} />,
    <Outcome key="outcome" task={detail.task} />,
  ]
  return <div className="mt-4 space-y-3 empty:hidden">{notices}</div>
}

/** Titles by whom or what is waited for. */
const TITLES: Readonly<Record<NonNullable<Task['waitingOn']>, string>> = {
  nothing: 'About to go on',
  agent: 'Waits for its agent',
  capacity: 'Waits for a free slot',
  backoff: 'Waits before it tries again',
  dependency: 'Waits for other tasks',
  subtask: 'Waits for its subtasks',
  review: 'Waits for its review',
  effect: 'Waits for something to be done',
  check: 'Waits for checks',
  forge: 'Waits for the pull request',
  person: 'Waits for you',
}

function Explanation({ detail: { task, explanation } }: { detail: ExecutedDetail }) {
  if (explanation === null) return null
  const isPerson = task.waitingOn === 'person'
  return (
    <Notice tone={isPerson ? 'warn' : 'info'} title={TITLES[task.waitingOn ?? 'nothing']}>
      <p className="text-ink">{plainText(explanation.summary)}</p>
      {explanation.wouldChange.length > 0 ? (
        <>
          <p className="mt-2 font-medium">What would change that</p>
          <ul className="mt-0.5 list-disc space-y-0.5 pl-5">
            {explanation.wouldChange.map((each) => (
              <li key={each}>{plainText(each)}</li>
            ))}
          </ul>
        </>
      ) : null}
      {task.attentionCode === null ? null : <Code>{task.attentionCode}</Code>}
    </Notice>
  )
}

function Stall({ detail: { task, stallInfo } }: { detail: ExecutedDetail }) {
  if (stallInfo?.isStalled !== true) return null
  return (
    <Notice tone="warn" title={`The agent has been silent for ${duration(stallInfo.silentForMs)}`}>
      <p>
        That is longer than the {duration(stallInfo.thresholdMs)} set for it. It has not been stopped: it may
        be thinking, or waiting for something that takes long. If nothing comes, cancel the {nounOf(task)} and
        retry it.
      </p>
      {stallInfo.lastLogSummary ? (
        <p className="mt-1">Last it said: {plainLine(stallInfo.lastLogSummary)}</p>
      ) : null}
    </Notice>
  )
}

/** What to do about errors, by the kind that is stored with the task. */
const REMEDIES: Readonly<Record<string, string>> = {
  agent:
    'Read the end of the log. Retry it as it is, or resume it with instructions that lead around the cause.',
  dependency:
    'Put right the task it depends on and retry both, or make another task that does not depend on it.',
  pull_request: 'Its pull request was closed. Start from scratch for another try.',
}

function Failure({ task }: { task: Task }) {
  const { data: attempts } = useQuery(queries.attempts(task.id))
  const last = attempts?.at(-1)
  const hasFailed = task.state === 'failed'
  const failure = lastFailure(task, last)
  if (!hasFailed && failure === null) return null
  const words = task.errorMessage ?? failure?.message ?? null
  return (
    <Notice tone={hasFailed ? 'bad' : 'warn'} title={hasFailed ? 'It failed' : 'Its last attempt failed'}>
      {words === null ? null : <p className="text-ink">{plainText(words)}</p>}
      {failure && failure.message !== words ? <p>The agent said: {plainText(failure.message)}</p> : null}
      {failure?.retryAt ? (
        <p>
          The provider takes requests again <Moment at={failure.retryAt} />.
        </p>
      ) : null}
      {hasFailed ? <p className="mt-1">{REMEDIES[task.errorCategory ?? ''] ?? REMEDIES.agent}</p> : null}
      <Code>{[task.errorCategory, failure?.kind].filter(Boolean).join(' · ')}</Code>
    </Notice>
  )
}

/** What the agent of the last attempt reported, or how it ended, as long as that is why the task stands still. */
function lastFailure(
  task: Task,
  last: Attempt | undefined,
): { kind: string; message: string; retryAt: string | null } | null {
  if (last?.state !== 'failed' || !['queued', 'needs_attention', 'failed'].includes(task.state)) return null
  if (last.failure) return last.failure
  return last.errorMessage === null ? null : { kind: '', message: last.errorMessage, retryAt: null }
}

function Outcome({ task }: { task: Task }) {
  if (task.state === 'cancelled') {
    return (
      <Notice tone="info" title="It was cancelled">
        <p>Its agent was stopped; its work so far is kept. Retry it to go on with that.</p>
        {task.completedAt ? (
          <p className="mt-1">
            <Moment at={task.completedAt} />
          </p>
        ) : null}
      </Notice>
    )
  }
  // What a run or a review says at its end has a tab of its own.
  if (task.state !== 'completed' || !hasBranch(task)) return null
  const isMerged = task.prState === 'merged'
  return (
    <Notice tone="good" title={isMerged ? `Pull request #${task.prNumber} was merged` : 'It is done'}>
      {task.resultSummary ? <p className="whitespace-pre-wrap">{plainText(task.resultSummary)}</p> : null}
      {isMerged ? <MergedCommit task={task} /> : null}
      {task.completedAt ? (
        <p className="mt-1">
          <Moment at={task.completedAt} />
        </p>
      ) : null}
    </Notice>
  )
}

function MergedCommit({ task }: { task: Task }) {
  const { data } = useQuery(queries.pullRequest(task.id))
  if (!data?.mergedSha) return null
  return (
    <p className="mt-1">
      As commit <span className="font-mono text-xs">{data.mergedSha.slice(0, 12)}</span> on{' '}
      <span className="font-mono text-xs">{plainLine(data.base.ref)}</span>.
    </p>
  )
}

function Code({ children }: { children: ReactNode }) {
  return children ? <p className="mt-1 font-mono text-xs text-ink-2">{children}</p> : null
}
