import type { BatchedEntry } from '@optio/contract'
import { Copy, Link2 } from 'lucide-react'
import { type MouseEvent, memo } from 'react'
import { cx } from '../../../ui/class-names.ts'
import { EntryBody } from './entry-body.tsx'
import { EntryTime } from './entry-time.tsx'
import type { RowActs, RowLook } from './row-look.ts'

interface LogRowProps {
  readonly position: number
  /** Of a row that is not read yet, in pixels. */
  readonly height: number
  readonly entry: BatchedEntry | undefined
  /** The answer that is shown with a call. */
  readonly answer: BatchedEntry | undefined
  readonly beginsAttempt: boolean
  readonly level: number
  readonly isPointed: boolean
  readonly look: RowLook
  readonly acts: RowActs
}

const TONES: Readonly<Record<BatchedEntry['logType'], string>> = {
  text: '',
  thinking: 'text-ink-3 italic',
  tool_use: '',
  tool_result: 'text-ink-2',
  system: 'text-ink-3',
  info: 'text-info',
  error: 'bg-bad-soft text-bad',
}

export const LogRow = memo(function LogRow(props: LogRowProps) {
  const { position, height, entry, answer, beginsAttempt, level, isPointed, look, acts } = props
  if (entry === undefined) return <UnreadRow position={position} height={height} />
  const { seq } = entry
  // One row is in the order of the Tab key: that which is pointed at.
  const tabIndex = isPointed ? 0 : -1
  return (
    <article
      data-position={position}
      data-seq={seq}
      aria-posinset={seq}
      aria-setsize={-1}
      aria-label={`Line ${seq}, ${entry.logType.replace('_', ' ')}`}
      aria-current={isPointed || undefined}
      tabIndex={-1}
      className="group relative flow-root outline-offset-[-2px]"
    >
      {beginsAttempt ? (
        <p className="border-y border-line bg-sunken px-3 py-1.5 text-xs font-medium text-ink-2">
          {look.attemptWords.get(entry.attempt) ?? `Attempt ${entry.attempt}`}
        </p>
      ) : null}
      <div
        className={cx(
          'flex min-h-6 gap-2 border-l-2 pr-2 font-mono text-xs leading-5',
          isPointed ? 'border-accent bg-accent-soft' : 'border-transparent group-hover:bg-sunken',
          !isPointed && TONES[entry.logType],
          isPointed && entry.logType === 'error' && 'text-bad',
        )}
      >
        <a
          href={look.hrefOf(seq)}
          tabIndex={tabIndex}
          aria-label={`Link to line ${seq}`}
          onClick={(event) => onPlainClick(event, () => acts.link(seq))}
          className="h-6 w-[7ch] shrink-0 py-0.5 text-right text-ink-3 not-italic tabular-nums select-none hover:text-accent hover:underline max-sm:w-[5ch]"
        >
          {seq}
        </a>
        <EntryTime entry={entry} look={look} />
        <div className={cx('min-w-0 flex-1 py-0.5', !look.wraps && 'whitespace-pre')}>
          <EntryBody
            entry={entry}
            answer={answer}
            level={level}
            isPointed={isPointed}
            look={look}
            acts={acts}
          />
        </div>
        <span
          className={cx(
            'sticky right-1 flex h-6 shrink-0 gap-0.5 not-italic',
            !isPointed && 'opacity-0 group-focus-within:opacity-100 group-hover:opacity-100',
          )}
        >
          <RowAct
            label={`Copy the link to line ${seq}`}
            icon={Link2}
            tabIndex={tabIndex}
            act={() => acts.copyLink(seq)}
          />
          <RowAct
            label={`Copy line ${seq}`}
            icon={Copy}
            tabIndex={tabIndex}
            act={() => acts.copyText(entry, answer)}
          />
        </span>
      </div>
    </article>
  )
})

function UnreadRow({ position, height }: { position: number; height: number }) {
  return (
    <article
      data-position={position}
      aria-label="Not read yet"
      tabIndex={-1}
      style={{ height }}
      className="flow-root"
    >
      <div className="flex h-full max-h-6 gap-2 py-1.5 pl-0.5" aria-hidden="true">
        <span className="w-[7ch] max-sm:w-[5ch]" />
        <span
          className="h-3 rounded bg-sunken"
          style={{ width: `${20 + ((Math.abs(position) * 37) % 50)}%` }}
        />
      </div>
    </article>
  )
}

function RowAct({
  label,
  icon: Icon,
  tabIndex,
  act,
}: {
  label: string
  icon: typeof Copy
  tabIndex: number
  act: () => void
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      tabIndex={tabIndex}
      onClick={act}
      className="flex size-6 cursor-pointer items-center justify-center rounded text-ink-3 hover:bg-surface hover:text-ink"
    >
      <Icon className="size-3.5" aria-hidden="true" />
    </button>
  )
}

/** A click that is not meant to open a tab or a window. */
function onPlainClick(event: MouseEvent, act: () => void): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
  event.preventDefault()
  act()
}
