import type { PullRequest } from '@optio/contract'
import {
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CircleMinus,
  CircleX,
  ClockAlert,
  LoaderCircle,
  type LucideIcon,
} from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'
import { Card } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { CheckLog } from './check-log.tsx'

type Check = PullRequest['checks'][number]

interface Look {
  readonly words: string
  readonly icon: LucideIcon
  readonly ink: string
}

const CONCLUSIONS: Readonly<Record<NonNullable<Check['conclusion']>, Look>> = {
  success: { words: 'passed', icon: CircleCheck, ink: 'text-good' },
  failure: { words: 'failed', icon: CircleX, ink: 'text-bad' },
  timed_out: { words: 'took too long and was stopped', icon: ClockAlert, ink: 'text-bad' },
  cancelled: { words: 'was cancelled', icon: CircleMinus, ink: 'text-warn' },
  neutral: { words: 'ended without a verdict', icon: CircleMinus, ink: 'text-ink-2' },
  skipped: { words: 'was skipped', icon: CircleMinus, ink: 'text-ink-2' },
  error: { words: 'could not run', icon: CircleAlert, ink: 'text-bad' },
}

function lookOf({ status, conclusion }: Check): Look {
  if (status === 'queued') return { words: 'waits to run', icon: CircleDashed, ink: 'text-ink-2' }
  if (status === 'running') return { words: 'runs', icon: LoaderCircle, ink: 'text-info' }
  return conclusion === null
    ? { words: 'ended without a result', icon: CircleAlert, ink: 'text-warn' }
    : CONCLUSIONS[conclusion]
}

function isBad({ status, conclusion }: Check): boolean {
  return (
    status === 'completed' && conclusion !== null && ['failure', 'timed_out', 'error'].includes(conclusion)
  )
}

interface ChecksProps {
  readonly pr: PullRequest
  /** What comes after a failure, in words. */
  readonly next: string
}

/** What machines say about the head. */
export function Checks({ pr: { checks, state }, next }: ChecksProps) {
  return (
    <Card title="Checks">
      {checks.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">
          {state === 'open'
            ? 'No check has said anything about this commit yet.'
            : 'No check spoke about the last commit.'}
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {checks.map((check, index) => (
            // Two apps may call their checks the same.
            // biome-ignore lint/suspicious/noArrayIndexKey: a check has nothing else it is known by
            <CheckRow key={`${check.name} ${index}`} check={check} />
          ))}
        </ul>
      )}
      {state === 'open' && checks.some(isBad) ? (
        <p className="border-t border-line px-4 py-2 text-ink-2">
          <span className="font-medium text-ink">What happens next:</span> {next}
        </p>
      ) : null}
    </Card>
  )
}

function CheckRow({ check }: { check: Check }) {
  const { words, icon: Icon, ink } = lookOf(check)
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-2">
        <Icon
          className={cx('size-4 shrink-0', ink, check.status === 'running' && 'animate-spin')}
          aria-hidden="true"
        />
        <span className="font-medium break-words">{plainLine(check.name)}</span>
        <span className={ink}>{words}</span>
        {check.required === true ? (
          <span
            className="rounded-full bg-sunken px-2 text-xs text-ink-2"
            title="The repository’s rules merge nothing without it."
          >
            required
          </span>
        ) : null}
        <CheckLink url={check.url} />
      </div>
      {check.summary.trim() === '' ? null : (
        <p className="mt-0.5 ml-6 break-words text-ink-2">{plainLine(check.summary)}</p>
      )}
      {check.log === undefined || check.log === '' ? null : (
        <CheckLog name={check.name} log={check.log} isOpen={isBad(check)} />
      )}
    </li>
  )
}

/** Only web addresses: what a forge says must not become a script. */
function CheckLink({ url }: { url: string | null }) {
  if (url === null || !/^https?:\/\//i.test(url)) return null
  return (
    <a href={url} target="_blank" rel="noreferrer noopener" className="text-accent underline">
      details
    </a>
  )
}
