import type { Attempt, ExecutedDetail, Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Bot, CircleDollarSign, Clock, FolderGit2, GitBranch, GitPullRequest, Repeat } from 'lucide-react'
import type { ReactNode } from 'react'
import { queries } from '../../api/queries.ts'
import { agentName } from '../../ui/agent-name.ts'
import { cx } from '../../ui/class-names.ts'
import { Moment } from '../../ui/moments.tsx'
import { Money, usd } from '../../ui/money.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { spentShare } from './acts.ts'
import { TaskActs } from './task-acts.tsx'
import { TaskTitle } from './task-title.tsx'

/** What the task is, at a glance, and what can be done with it. */
export function TaskHeader({ detail }: { detail: ExecutedDetail }) {
  const { task } = detail
  const { data: attempts = [] } = useQuery(queries.attempts(task.id))
  return (
    <header>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="flex min-w-0 flex-1 basis-80 flex-wrap items-center gap-x-3 gap-y-1.5">
          <TaskTitle task={task} />
          <StateBadge state={task.state} />
        </div>
        <TaskActs task={task} />
      </div>
      <dl className="mt-3 flex flex-wrap gap-x-5 gap-y-1.5 text-ink-2">
        {task.repoUrl ? (
          <Fact icon={FolderGit2} name="Repository" title={task.repoUrl}>
            {plainLine(lastPart(task.repoUrl))}
          </Fact>
        ) : null}
        {task.branch ? (
          <Fact
            icon={GitBranch}
            name="Branch"
            title={task.repoBranch ? `into ${task.repoBranch}` : undefined}
          >
            <span className="font-mono text-xs">{plainLine(task.branch)}</span>
          </Fact>
        ) : null}
        <PullRequestFact task={task} />
        <Fact icon={Bot} name="Agent">
          {plainLine(agentName(task.agentType))}
          <ModelName task={task} />
        </Fact>
        <Fact icon={Repeat} name="Attempts">
          {attempts.length === 0
            ? 'No attempt yet'
            : attempts.length === 1
              ? '1 attempt'
              : `${attempts.length} attempts`}
        </Fact>
        <Fact icon={Clock} name="Created">
          <Moment at={task.createdAt} />
        </Fact>
        <Cost task={task} attempts={attempts} />
      </dl>
    </header>
  )
}

/** Where its pull request is, and how old what is known of it is. One of a local repository is this page's own, and always as it is. */
function PullRequestFact({ task: { prNumber, prUrl, prState, prObservedAt } }: { task: Task }) {
  if (prNumber === null || prUrl === null || !/^https?:\/\//i.test(prUrl)) return null
  return (
    <Fact icon={GitPullRequest} name="Pull request">
      <a href={prUrl} target="_blank" rel="noreferrer noopener" className="text-accent underline">
        #{prNumber}
      </a>
      {prState === 'open' && prObservedAt !== null ? (
        <span className="text-ink-3">
          seen <Moment at={prObservedAt} />
        </span>
      ) : null}
    </Fact>
  )
}

function ModelName({ task }: { task: Task }) {
  const model = task.modelUsed ?? task.model
  return model ? <span className="text-ink-3"> · {plainLine(model)}</span> : null
}

function Cost({ task, attempts }: { task: Task; attempts: readonly Attempt[] }) {
  const share = spentShare(task)
  return (
    <Fact icon={CircleDollarSign} name="Cost">
      <Money amount={task.costUsd} estimated={attempts.some(({ costEstimated }) => costEstimated)} />
      {task.budgetUsd === null || share === null ? null : (
        <>
          <span className="text-ink-3">of {usd(task.budgetUsd)}</span>
          <meter
            aria-label="Share of the budget that is spent"
            min={0}
            max={1}
            value={share}
            className="sr-only"
          />
          <span aria-hidden="true" className="h-1.5 w-20 overflow-hidden rounded-full bg-line">
            <span
              className={cx('block h-full', share >= 1 ? 'bg-bad' : share > 0.8 ? 'bg-warn' : 'bg-accent')}
              style={{ width: `${share * 100}%` }}
            />
          </span>
        </>
      )}
    </Fact>
  )
}

interface FactProps {
  readonly icon: typeof Bot
  readonly name: string
  readonly title?: string | undefined
  readonly children: ReactNode
}

function Fact({ icon: Icon, name, title, children }: FactProps) {
  return (
    <div
      className="flex max-w-full min-w-0 items-center gap-1.5"
      title={title ? plainLine(title) : undefined}
    >
      <dt className="shrink-0">
        <Icon className="size-4 text-ink-3" aria-hidden="true" />
        <span className="sr-only">{name}</span>
      </dt>
      <dd className="flex min-w-0 items-center gap-1.5 wrap-anywhere">{children}</dd>
    </div>
  )
}

function lastPart(url: string): string {
  return url.replace(/\/+$/, '').split('/').slice(-1)[0] ?? url
}
