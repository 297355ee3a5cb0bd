import { type KeyboardEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { plainLine } from '../../../../ui/plain-text.ts'
import { blocksOf, type DiffMode, widestLine } from './blocks.ts'
import type { LineView } from './line-rows.tsx'
import { parsePatch } from './parse-patch.ts'
import { RowGroup } from './row-group.tsx'
import { type Syntax, syntaxOf } from './syntax.ts'
import { VisibleText } from './visible-text.tsx'

const NO_SYNTAX: Syntax = new Map()
/** Columns of the numbers and the mark in front of the code. */
const GUTTER_COLUMNS = 14

export interface DiffLook {
  readonly mode: DiffMode
  readonly wrap: boolean
  readonly whitespace: boolean
}

interface DiffBodyProps {
  readonly path: string
  readonly patch: string
  readonly look: DiffLook
  /** Lines of the new file about which something was said or is being said. */
  readonly noted: ReadonlySet<number>
  /** What was said: about a line, or (null) about the file and about lines that the diff does not show. */
  readonly renderNotes: (line: number | null, isShown: (line: number) => boolean) => ReactNode
  readonly onComment: ((line: number) => void) | null
}

/** The lines of one file's diff. */
export function DiffBody({ path, patch, look, noted, renderNotes, onComment }: DiffBodyProps) {
  const hunks = useMemo(() => parsePatch(patch), [patch])
  const shown = useMemo(
    () => new Set(hunks.flatMap(({ lines }) => lines.flatMap(({ newLine }) => newLine ?? []))),
    [hunks],
  )
  const blocks = useMemo(() => blocksOf(hunks, look.mode, noted), [hunks, look.mode, noted])
  const columns = useMemo(() => widestLine(hunks) + GUTTER_COLUMNS, [hunks])
  const syntax = useSyntax(path, hunks)
  const view = useMemo<LineView>(
    () => ({ wrap: look.wrap, whitespace: look.whitespace, syntax, onComment }),
    [look.wrap, look.whitespace, syntax, onComment],
  )
  const ref = useRef<HTMLElement>(null)
  const isScrolled = look.mode === 'unified' && !look.wrap
  return (
    <section
      ref={ref}
      aria-label={`Lines of ${plainLine(path)}`}
      // What scrolls sideways can be scrolled with the keyboard.
      tabIndex={isScrolled ? 0 : undefined}
      className="@container overflow-x-auto font-mono text-xs leading-5 [tab-size:4]"
      onKeyDown={(event) => moveBetweenLines(event, ref.current)}
    >
      {renderNotes(null, (line) => shown.has(line))}
      <div className="min-w-full" style={isScrolled ? { width: `max(100%, ${columns}ch)` } : undefined}>
        {blocks.map((block) =>
          block.type === 'hunk' ? (
            <div
              key={block.key}
              data-change=""
              tabIndex={-1}
              className="h-5.5 scroll-mt-32 border-y border-line bg-sunken text-ink-2 select-none first:border-t-0"
            >
              <span className="sticky left-0 block w-fit max-w-[100cqw] truncate px-2">
                @@ {block.hunk.oldStart} → {block.hunk.newStart} <VisibleText text={block.hunk.context} />
              </span>
            </div>
          ) : block.type === 'rows' ? (
            <RowGroup key={block.key} chunks={block.chunks} view={view} />
          ) : (
            <div
              key={block.key}
              className="sticky left-0 w-[100cqw] border-y border-line bg-page p-3 font-sans text-sm"
            >
              {renderNotes(block.line, (line) => shown.has(line))}
            </div>
          ),
        )}
      </div>
    </section>
  )
}

/** Colours arrive when they are ready; until then, and where there are none, the code is plain. */
function useSyntax(path: string, hunks: ReturnType<typeof parsePatch>): Syntax {
  const [syntax, setSyntax] = useState(NO_SYNTAX)
  useEffect(() => {
    let isCurrent = true
    void syntaxOf(path, hunks).then((read) => isCurrent && setSyntax(read))
    return () => {
      isCurrent = false
    }
  }, [path, hunks])
  return syntax
}

/** Arrow keys on a line's number go to the next line that can be commented on. */
function moveBetweenLines(event: KeyboardEvent, root: HTMLElement | null): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  const { target } = event
  if (step === 0 || root === null || !(target instanceof HTMLElement) || !target.dataset.line) return
  const lines = [...root.querySelectorAll<HTMLElement>('button[data-line]')]
  const next = lines[lines.indexOf(target) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
