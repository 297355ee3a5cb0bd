import { cx } from '../../../../ui/class-names.ts'
import { CodeText } from './code-text.tsx'
import type { DiffLine } from './parse-patch.ts'
import type { Row, SplitRow } from './rows.ts'
import type { Syntax } from './syntax.ts'

/** Height of a line that is not wrapped, in pixels; the class `h-5` of the rows. */
export const ROW_PX = 20

const MARKS = { context: ' ', added: '+', removed: '−', other: '?' } as const
const LOOKS = {
  context: '',
  added: 'bg-good-soft',
  removed: 'bg-bad-soft',
  other: 'bg-sunken text-ink-2',
} as const
/** The numbers stay where they are when the code is scrolled sideways, so they need a ground of their own. */
const NUMBER_LOOKS = {
  context: 'bg-surface text-ink-3',
  added: 'bg-good-soft text-ink-2',
  removed: 'bg-bad-soft text-ink-2',
  other: 'bg-sunken text-ink-2',
} as const

/** How lines are shown. */
export interface LineView {
  readonly wrap: boolean
  readonly whitespace: boolean
  readonly syntax: Syntax
  /** Opens an editor for a comment on a line of the new file; null where nothing may be said any more. */
  readonly onComment: ((line: number) => void) | null
}

interface UnifiedLineProps {
  readonly row: Row
  readonly view: LineView
  /** Whether Tab stops at its number; the others are reached with the arrow keys. */
  readonly inTabOrder: boolean
}

export function UnifiedLine({ row: { line, mate }, view, inTabOrder }: UnifiedLineProps) {
  return (
    <div className={cx('group flex', !view.wrap && 'h-5', LOOKS[line.kind])}>
      <span className={cx('sticky left-0 z-[1] flex shrink-0', NUMBER_LOOKS[line.kind])}>
        <LineNumber>{line.oldLine}</LineNumber>
        <NewNumber line={line} view={view} inTabOrder={inTabOrder} />
        <Mark kind={line.kind} />
      </span>
      <span className={cx('grow pr-4', view.wrap ? 'wrap-anywhere whitespace-pre-wrap' : 'whitespace-pre')}>
        <CodeText line={line} mate={mate} syntax={view.syntax.get(line)} whitespace={view.whitespace} />
      </span>
    </div>
  )
}

interface SplitLineProps {
  readonly row: SplitRow
  readonly view: LineView
  readonly inTabOrder: boolean
}

export function SplitLine({ row: { left, right }, view, inTabOrder }: SplitLineProps) {
  const mates = left !== right
  return (
    <div className="group grid grid-cols-2">
      <div className={cx('flex min-w-0 border-r border-line', left ? LOOKS[left.kind] : 'bg-sunken')}>
        {left ? (
          <>
            <LineNumber>{left.oldLine}</LineNumber>
            <Mark kind={left.kind} />
            <span className="min-w-0 grow pr-2 wrap-anywhere whitespace-pre-wrap">
              <CodeText
                line={left}
                mate={mates ? right : null}
                syntax={view.syntax.get(left)}
                whitespace={view.whitespace}
              />
            </span>
          </>
        ) : null}
      </div>
      <div className={cx('flex min-w-0', right ? LOOKS[right.kind] : 'bg-sunken')}>
        {right ? (
          <>
            <NewNumber line={right} view={view} inTabOrder={inTabOrder} />
            <Mark kind={right.kind} />
            <span className="min-w-0 grow pr-2 wrap-anywhere whitespace-pre-wrap">
              <CodeText
                line={right}
                mate={mates ? left : null}
                syntax={view.syntax.get(right)}
                whitespace={view.whitespace}
              />
            </span>
          </>
        ) : null}
      </div>
    </div>
  )
}

const NUMBER = 'w-[5.5ch] shrink-0 pr-[1ch] text-right tabular-nums select-none'

function LineNumber({ children }: { children: number | null }) {
  return <span className={cx(NUMBER, 'text-ink-2')}>{children}</span>
}

function Mark({ kind }: { kind: DiffLine['kind'] }) {
  return <span className="w-[2ch] shrink-0 text-ink-2 select-none">{MARKS[kind]}</span>
}

/** The number in the new file; where something may be said about the line, a button that lets one say it. */
function NewNumber({ line, view, inTabOrder }: { line: DiffLine; view: LineView; inTabOrder: boolean }) {
  const { newLine } = line
  const { onComment } = view
  if (newLine === null || onComment === null) return <LineNumber>{newLine}</LineNumber>
  return (
    <button
      type="button"
      data-line={newLine}
      tabIndex={inTabOrder ? 0 : -1}
      aria-label={`Comment on line ${newLine}`}
      className={cx(
        NUMBER,
        'relative cursor-pointer text-ink-2 hover:text-accent focus-visible:-outline-offset-2',
        // An element for it in each of thousands of lines would cost more than the lines.
        "group-hover:before:absolute group-hover:before:left-0.5 group-hover:before:w-4 group-hover:before:rounded group-hover:before:bg-accent group-hover:before:text-center group-hover:before:text-accent-ink group-hover:before:content-['+'/'']",
      )}
      onClick={() => onComment(newLine)}
    >
      {newLine}
    </button>
  )
}
