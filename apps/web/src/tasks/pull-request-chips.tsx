import type { Task } from '@optio/contract'
import { Check, CircleDot, GitMerge, GitPullRequest, GitPullRequestClosed, X } from 'lucide-react'
import { cx } from '../ui/class-names.ts'

const CHECKS = {
  none: null,
  pending: { words: 'checks run', icon: CircleDot, ink: 'text-info' },
  passing: { words: 'checks pass', icon: Check, ink: 'text-good' },
  failing: { words: 'checks fail', icon: X, ink: 'text-bad' },
  conflicts: { words: 'conflicts', icon: X, ink: 'text-bad' },
} as const

const REVIEW = {
  none: null,
  pending: null,
  approved: { words: 'approved', icon: Check, ink: 'text-good' },
  changes_requested: { words: 'changes requested', icon: X, ink: 'text-warn' },
} as const

const STATES = {
  open: { icon: GitPullRequest, ink: 'text-accent', words: 'open' },
  merged: { icon: GitMerge, ink: 'text-good', words: 'merged' },
  closed: { icon: GitPullRequestClosed, ink: 'text-ink-3', words: 'closed' },
} as const

/** The pull request of a task in a few words: number, checks, reviews. */
export function PullRequestChips({ task }: { task: Task }) {
  if (task.prNumber === null || task.prState === null) return null
  const { icon: Icon, ink, words } = STATES[task.prState]
  const open = task.prState === 'open'
  const facts = open ? [CHECKS[task.prChecksStatus], REVIEW[task.prReviewStatus]] : []
  return (
    <span className="inline-flex flex-wrap items-center gap-x-2 text-xs whitespace-nowrap">
      <span className={cx('inline-flex items-center gap-1', ink)}>
        <Icon className="size-3.5" aria-hidden="true" />
        <span className="sr-only">Pull request {words}: </span>#{task.prNumber}
        {open ? null : ` ${words}`}
      </span>
      {facts.map((fact) =>
        fact === null ? null : (
          <span key={fact.words} className={cx('inline-flex items-center gap-0.5', fact.ink)}>
            <fact.icon className="size-3.5" aria-hidden="true" />
            {fact.words}
          </span>
        ),
      )}
    </span>
  )
}
