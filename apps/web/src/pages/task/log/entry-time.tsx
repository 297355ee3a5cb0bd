import type { BatchedEntry } from '@optio/contract'
import type { RowLook } from './row-look.ts'

const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** A distance as people read it off a stopwatch: `0:04`, `12:31`, `1:02:03`; `ms` may be negative: that is none. */
export function stopwatch(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}

export function EntryTime({ entry, look }: { entry: BatchedEntry; look: RowLook }) {
  if (look.times === 'none') return null
  const at = Date.parse(entry.timestamp)
  const start = look.attemptStarts.get(entry.attempt)
  const isRelative = look.times === 'relative' && start !== undefined
  return (
    <time
      dateTime={entry.timestamp}
      title={entry.timestamp}
      className="w-[8ch] shrink-0 py-0.5 max-sm:hidden text-right text-ink-3 not-italic tabular-nums select-none"
    >
      {isRelative ? stopwatch(at - start) : CLOCK.format(at)}
    </time>
  )
}
