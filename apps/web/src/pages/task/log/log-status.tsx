import { ArrowDown } from 'lucide-react'
import { Button } from '../../../ui/button.tsx'
import { useDebounced } from '../../../ui/use-debounced.ts'
import type { LogFeed } from './log-feed.ts'

interface LogStatusProps {
  readonly feed: LogFeed
  /** Of the row at the upper edge. */
  readonly attempt: string | null
  readonly follows: boolean
  /** New entries since the view left the end. */
  readonly unseen: number
  readonly isLive: boolean
  /** The line of the address, where the log does not reach to it. */
  readonly beyond: number | null
  readonly onEnd: () => void
}

/** The line above the rows: which attempt they are of, whether they are live, what is new. */
export function LogStatus({ feed, attempt, follows, unseen, isLive, beyond, onEnd }: LogStatusProps) {
  const count = `${feed.last.toLocaleString('en')} ${feed.last === 1 ? 'line' : 'lines'}`
  // Read out now and then, not with every entry.
  const told = useDebounced(unseen > 0 && !follows ? `${unseen.toLocaleString('en')} new lines` : '', 1_500)
  return (
    <div className="flex min-h-9 items-center gap-3 border-b border-line bg-sunken px-3 py-1 text-xs text-ink-2">
      <span className="min-w-0 truncate font-medium">{attempt ?? 'Log'}</span>
      {beyond !== null ? (
        <span role="status" className="text-warn">
          There is no line {beyond.toLocaleString('en')} yet.
        </span>
      ) : null}
      <span className="ml-auto whitespace-nowrap tabular-nums">{count}</span>
      <Connection feed={feed} isLive={isLive} />
      {follows ? null : (
        <Button small onClick={onEnd} className="-my-0.5">
          <ArrowDown className="size-3.5" aria-hidden="true" />
          {unseen > 0 ? `${unseen.toLocaleString('en')} new, jump to the end` : 'Jump to the end'}
        </Button>
      )}
      <span role="status" aria-live="polite" className="sr-only">
        {told}
      </span>
    </div>
  )
}

function Connection({ feed, isLive }: { feed: LogFeed; isLive: boolean }) {
  if (feed.connection === 'lost')
    return <span className="whitespace-nowrap text-warn">Connecting again…</span>
  if (feed.connection === 'refused') return <span className="whitespace-nowrap text-bad">No longer live</span>
  if (!isLive) return null
  return (
    <span className="flex items-center gap-1.5 whitespace-nowrap text-info">
      <span className="size-1.5 animate-pulse rounded-full bg-current" aria-hidden="true" />
      Live
    </span>
  )
}
