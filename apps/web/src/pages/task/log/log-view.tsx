import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useReducer, useRef } from 'react'
import { flushSync } from 'react-dom'
import { useShortcuts } from '../../../app/keyboard/shortcuts.ts'
import { cx } from '../../../ui/class-names.ts'
import { LogRow } from './log-row.tsx'
import { LogScroller } from './log-scroller.ts'
import type { LogSource } from './log-source.ts'
import type { RowActs, RowLook } from './row-look.ts'

export interface LogViewProps {
  readonly source: LogSource
  readonly look: RowLook
  readonly acts: RowActs
  /** How far each row is unfolded, by seq; none is 0. */
  readonly unfolded: ReadonlyMap<number, number>
  /** Seq of the entry that is pointed at: by the address, by a search, by the keyboard. */
  readonly pointed: number | null
  readonly scroller: RefObject<LogScroller | null>
  /** Seq to begin at; null begins at the end and stays there. */
  readonly start: number | null
  /** Told of the positions that are seen, and whether the view stays at the end. */
  readonly onLook: (first: number, last: number) => void
  readonly onFollow: (follows: boolean) => void
  /** The keyboard points at an entry. */
  readonly onPoint: (seq: number) => void
}

/** The rows of a log: only those near the screen exist. */
export function LogView(props: LogViewProps) {
  const { source, look, acts, unfolded, pointed, onPoint } = props
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  const scroller = useScroller(props, redraw)
  const viewport = useRef<HTMLDivElement>(null)
  const spacer = useRef<HTMLDivElement>(null)
  const pane = useRef<HTMLDivElement>(null)
  const layer = useRef<HTMLDivElement>(null)
  const hadFocus = useRef(false)

  useLayoutEffect(() => {
    if (!viewport.current || !spacer.current || !pane.current || !layer.current) return
    return scroller.attach({
      viewport: viewport.current,
      spacer: spacer.current,
      pane: pane.current,
      layer: layer.current,
    })
  }, [scroller])

  useLayoutEffect(() => {
    scroller.settle()
    // The row that had the focus was let go of: the keyboard stays in the log.
    if (hadFocus.current && document.activeElement === document.body) {
      viewport.current?.focus({ preventScroll: true })
    }
  })

  // Lines that do not wrap have other heights.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the looks are what it is about
  useLayoutEffect(() => scroller.remeasure(), [scroller, look.wraps])

  const rows = scroller.rows(source)
  const positions: number[] = []
  for (let position = rows.first; position <= rows.last; position++) {
    if (!source.isFolded(position)) positions.push(position)
  }

  const point = (step: 1 | -1) => {
    const seen = pointed === null ? null : source.positionOf(pointed)
    let position = seen === null ? scroller.top : seen + step
    while (source.isFolded(position)) position += step
    const entry = source.at(position)
    if (entry === undefined) return
    scroller.reveal(position)
    flushSync(() => onPoint(entry.seq))
    layer.current?.querySelector<HTMLElement>(`[data-position="${position}"]`)?.focus({ preventScroll: true })
  }
  useShortcuts('Log: entries', [
    { keys: 'j', label: 'Next entry', run: () => point(1) },
    { keys: 'k', label: 'Entry before', run: () => point(-1) },
  ])
  const levelAt = (position: number) => {
    const [entry, answer] = [source.at(position), source.answerTo(position)]
    return (entry && unfolded.get(entry.seq)) ?? (answer && unfolded.get(answer.seq)) ?? 0
  }
  const foldPointed = () => {
    if (pointed === null) return
    const position = source.positionOf(pointed)
    const entry = source.at(position)
    if (entry) acts.fold(entry.seq, levelAt(position))
  }
  const keys: Readonly<Record<string, () => void>> = {
    Home: () => scroller.toStart(),
    End: () => scroller.toEnd(),
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const isRow = event.target instanceof HTMLElement && event.target.dataset.position !== undefined
    const key = event.key === 'Enter' && isRow ? foldPointed : keys[event.key]
    if (key === undefined) return
    event.preventDefault()
    key()
  }

  return (
    <div
      ref={viewport}
      role="feed"
      aria-label="Log"
      aria-busy="false"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
      tabIndex={0}
      onKeyDown={onKeyDown}
      onFocus={() => {
        hadFocus.current = true
      }}
      onBlur={({ relatedTarget }) => {
        // Without a target, the row itself may have gone.
        if (relatedTarget !== null) hadFocus.current = viewport.current?.contains(relatedTarget) === true
      }}
      className="relative h-full overflow-x-hidden overflow-y-scroll bg-surface outline-offset-[-2px] [overflow-anchor:none]"
    >
      <div ref={spacer}>
        <div
          ref={pane}
          className={cx(
            'sticky top-0 overflow-y-hidden',
            look.wraps ? 'overflow-x-hidden' : 'overflow-x-auto',
          )}
        >
          <div ref={layer} className={look.wraps ? undefined : 'w-max min-w-full'}>
            {positions.map((position) => {
              const entry = source.at(position)
              const isPointed =
                entry !== undefined && pointed !== null && source.positionOf(pointed) === position
              return (
                <LogRow
                  key={position}
                  position={position}
                  height={entry === undefined ? scroller.heights.of(position) : 0}
                  entry={entry}
                  answer={source.answerTo(position)}
                  beginsAttempt={entry !== undefined && beginsAttempt(source, position, entry.attempt)}
                  level={levelAt(position)}
                  isPointed={isPointed}
                  look={look}
                  acts={acts}
                />
              )
            })}
          </div>
        </div>
      </div>
    </div>
  )
}

/** Only between neighbours: the attempt of the uppermost row is said above the rows. */
function beginsAttempt(source: LogSource, position: number, attempt: number): boolean {
  const before = source.at(position - 1)
  return before !== undefined && before.attempt !== attempt
}

function useScroller(
  { source, scroller, start, onLook, onFollow }: LogViewProps,
  redraw: () => void,
): LogScroller {
  const own = useRef<LogScroller | null>(null)
  own.current ??= new LogScroller(source, start, (atOnce) => (atOnce ? flushSync(redraw) : redraw()))
  const current = own.current
  current.onLook = onLook
  current.onFollow = onFollow
  useEffect(() => {
    scroller.current = current
    return () => {
      scroller.current = null
    }
  }, [scroller, current])
  return current
}
