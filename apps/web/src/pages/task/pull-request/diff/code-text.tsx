import { useMemo, useState } from 'react'
import { cx } from '../../../../ui/class-names.ts'
import { MOST_CHARACTERS_DRAWN } from './blocks.ts'
import { compareWords } from './intraline.ts'
import type { DiffLine } from './parse-patch.ts'
import { cutLine, SYNTAX_KINDS } from './segments.ts'
import { VisibleText } from './visible-text.tsx'

const LOOK_OF: Readonly<Record<(typeof SYNTAX_KINDS)[number], string | undefined>> = {
  plain: undefined,
  keyword: 'text-accent',
  string: 'text-warn',
  'string-expression': 'text-warn',
  constant: 'text-info',
  comment: 'text-ink-2 italic',
  function: 'text-info',
  parameter: undefined,
  punctuation: 'text-ink-2',
  link: 'text-info',
}

const NO_RUNS: readonly number[] = []

interface CodeTextProps {
  readonly line: DiffLine
  /** The line it was changed from or into. */
  readonly mate: DiffLine | null
  readonly syntax: readonly number[] | undefined
  readonly whitespace: boolean
}

/** The text of one line: coloured, with the changed words marked, and with nothing hidden in it. */
export function CodeText({ line, mate, syntax = NO_RUNS, whitespace }: CodeTextProps) {
  const [whole, setWhole] = useState(false)
  const cut = whole ? line.text : cutSafely(line.text)
  const text = cut.endsWith('\r') && cut === line.text ? cut.slice(0, -1) : cut
  const marks = useMemo(() => {
    if (mate === null) return []
    const [removed, added] = line.kind === 'removed' ? [line.text, mate.text] : [mate.text, line.text]
    return compareWords(removed, added)?.[line.kind === 'removed' ? 'removed' : 'added'] ?? []
  }, [line, mate])
  const segments = useMemo(() => cutLine(text, syntax, marks), [text, syntax, marks])
  let at = 0
  return (
    <>
      {segments.map(({ text: piece, syntax: kind, marked }) => {
        at += piece.length
        const look = cx(
          LOOK_OF[SYNTAX_KINDS[kind] ?? 'plain'],
          marked && (line.kind === 'removed' ? 'rounded-xs bg-bad/20' : 'rounded-xs bg-good/20'),
        )
        return (
          <span key={at} className={look === '' ? undefined : look}>
            <VisibleText text={piece} whitespace={whitespace} />
          </span>
        )
      })}
      {text.length < cut.length ? <End mark="CR" title="A carriage return ends this line" /> : null}
      {cut.length < line.text.length ? (
        <button
          type="button"
          className="ml-2 cursor-pointer rounded bg-sunken px-1 font-sans text-ink-2 underline"
          onClick={() => setWhole(true)}
        >
          and {line.text.length - cut.length} more characters
        </button>
      ) : null}
      {line.noNewline ? (
        <End mark="no line break at the end" title="The file ends without a line break" />
      ) : null}
    </>
  )
}

function End({ mark, title }: { mark: string; title: string }) {
  return (
    <span
      title={title}
      className="ml-1 rounded-xs border border-current/30 px-0.5 text-[0.9em] text-ink-2 select-none"
    >
      {mark}
    </span>
  )
}

/** Never half of a surrogate pair. */
function cutSafely(text: string): string {
  if (text.length <= MOST_CHARACTERS_DRAWN) return text
  const end = MOST_CHARACTERS_DRAWN
  return text.slice(0, (text.codePointAt(end - 1) ?? 0) > 0xffff ? end - 1 : end)
}
