import type { PullRequest } from '@optio/contract'
import { ArrowLeft, GitCommitHorizontal, GitMerge, GitPullRequest, GitPullRequestClosed } from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'
import { Moment } from '../../../ui/moments.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'

const STATES = {
  open: { label: 'Open', icon: GitPullRequest, look: 'bg-accent-soft text-accent' },
  merged: { label: 'Merged', icon: GitMerge, look: 'bg-good-soft text-good' },
  closed: { label: 'Closed', icon: GitPullRequestClosed, look: 'bg-sunken text-ink-2' },
} as const

/** What the pull request is: its words, its branches and its commits. */
export function PullRequestHeader({ pr }: { pr: PullRequest }) {
  const { label, icon: Icon, look } = STATES[pr.state]
  return (
    <header className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <span
          className={cx(
            'inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-medium',
            look,
          )}
        >
          <Icon className="size-3.5" aria-hidden="true" />
          {label}
          {pr.state === 'open' && pr.draft ? ' as a draft' : ''}
        </span>
        <h2 className="min-w-0 text-base font-semibold break-words">
          {plainLine(pr.title)} <span className="font-normal text-ink-3">#{pr.number}</span>
        </h2>
      </div>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-2">
        <Branch name={pr.base.ref} sha={pr.base.sha} />
        <ArrowLeft className="size-4 text-ink-3" role="img" aria-label="takes in" />
        <Branch name={pr.head.ref} sha={pr.head.sha} />
        <span className="text-xs text-ink-3">
          looked at <Moment at={pr.observedAt} />
        </span>
      </p>
      {pr.body.trim() === '' ? null : (
        <details>
          <summary className="cursor-pointer text-ink-2">Description</summary>
          <p className="mt-1 max-w-prose rounded-md border border-line bg-surface p-3 wrap-anywhere whitespace-pre-wrap">
            {plainText(pr.body)}
          </p>
        </details>
      )}
      <details>
        <summary className="cursor-pointer text-ink-2">
          {pr.commits.length} {pr.commits.length === 1 ? 'commit' : 'commits'}
        </summary>
        <ol className="mt-1 divide-y divide-line rounded-md border border-line bg-surface">
          {pr.commits.map(({ sha, message, author, committedAt }) => {
            const [subject = '', ...rest] = message.split('\n')
            const body = rest.join('\n').trim()
            return (
              <li key={sha} className="flex gap-2 px-3 py-2">
                <GitCommitHorizontal className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
                <div className="min-w-0">
                  <p className="break-words">{plainLine(subject)}</p>
                  {body === '' ? null : (
                    <p className="mt-1 text-xs wrap-anywhere whitespace-pre-wrap text-ink-2">
                      {plainText(body)}
                    </p>
                  )}
                  <p className="text-xs text-ink-3">
                    <code title={sha}>{sha.slice(0, 10)}</code> by {plainLine(author)},{' '}
                    <Moment at={committedAt} />
                  </p>
                </div>
              </li>
            )
          })}
        </ol>
      </details>
    </header>
  )
}

function Branch({ name, sha }: { name: string; sha: string }) {
  return (
    <code title={sha} className="rounded bg-sunken px-1.5 py-0.5 text-xs wrap-anywhere">
      {plainLine(name)} <span className="text-ink-3">{sha.slice(0, 7)}</span>
    </code>
  )
}
