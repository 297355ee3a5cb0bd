import type { Run, Task } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { PullRequestChips } from '../../../tasks/pull-request-chips.tsx'
import { duration, Moment, useNow } from '../../../ui/moments.tsx'
import { Money } from '../../../ui/money.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'

/** One run, or one task of a blueprint: where it stands, what it was given, what it took. */
export function RunRow({ run }: { run: Run | Task }) {
  const isTask = 'type' in run
  const given = paramWords(run.params)
  const said = run.state === 'failed' ? run.errorMessage : isTask ? null : run.output
  return (
    <li className="relative flex flex-col gap-1 px-4 py-2.5 hover:bg-sunken sm:flex-row sm:items-start sm:gap-4">
      <div className="w-36 shrink-0 sm:pt-px">
        <StateBadge state={run.state} />
      </div>
      <div className="min-w-0 flex-1">
        <Link
          to="/tasks/$taskId"
          params={{ taskId: run.id }}
          className="line-clamp-2 font-medium break-words after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent sm:line-clamp-1"
        >
          {plainLine(run.title)}
        </Link>
        {given === '' ? null : (
          <p className="mt-0.5 line-clamp-1 font-mono text-xs break-all text-ink-3">{given}</p>
        )}
        {isTask ? <PullRequestChips task={run} /> : null}
        {said ? (
          <p
            className={`mt-0.5 line-clamp-2 text-xs break-words ${run.state === 'failed' ? 'text-bad' : 'text-ink-2'}`}
          >
            {plainLine(said.slice(0, 500))}
          </p>
        ) : null}
      </div>
      <div className="flex shrink-0 items-baseline gap-3 text-xs text-ink-3 sm:w-32 sm:flex-col sm:items-end sm:gap-0.5">
        <Moment at={run.createdAt} />
        <span className="flex gap-2">
          <Took startedAt={run.startedAt} endedAt={isTask ? run.completedAt : run.finishedAt} />
          <Money amount={run.costUsd} />
        </span>
      </div>
    </li>
  )
}

function Took({ startedAt, endedAt }: { startedAt: string | null; endedAt: string | null }) {
  if (startedAt === null) return null
  return (
    <span title="From its first start to its end">
      {endedAt === null ? <SoFar since={startedAt} /> : duration(Date.parse(endedAt) - Date.parse(startedAt))}
    </span>
  )
}

function SoFar({ since }: { since: string }) {
  return duration(useNow(1_000) - Date.parse(since))
}

const MOST_LETTERS = 300

/** `since="2026-01-01" dryRun=true`; as much as a line may hold. */
function paramWords(params: Readonly<Record<string, unknown>> | null): string {
  const words = Object.entries(params ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return plainLine(words.join('  ').slice(0, MOST_LETTERS))
}
