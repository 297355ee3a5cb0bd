import { useMemo } from 'react'
import { plainText } from '../../../ui/plain-text.ts'
import { type CutLimits, cutContent } from './cut-content.ts'
import { partsOf } from './highlight.ts'
import { withoutColours } from './sgr.ts'

/** What one more level shows: more at once would hold up the page. */
const UNFOLDED: CutLimits = { lines: 5_000, characters: 100_000 }

interface LongTextProps {
  readonly text: string
  readonly level: number
  readonly folded: CutLimits
  readonly words: string
  /** Asks for another level. */
  readonly more: (level: number) => void
}

/** Text from outside: cut where it is long, as text whatever it holds, with the words that are looked for marked. */
export function LongText({ text, level, folded, words, more }: LongTextProps) {
  const { parts, lines, isCut } = useMemo(() => {
    const limits =
      level === 0 ? folded : { lines: UNFOLDED.lines * level, characters: UNFOLDED.characters * level }
    const cut = cutContent(text, limits)
    return { ...cut, parts: partsOf(plainText(withoutColours(cut.shown)), words) }
  }, [text, level, folded, words])
  return (
    <div className="min-w-0 flex-1">
      <div className="wrap-anywhere whitespace-pre-wrap [.whitespace-pre_&]:whitespace-pre">
        {parts.map(({ text: part, isHit, at }) =>
          isHit ? (
            <mark key={at} className="rounded-xs bg-warn-soft text-ink outline outline-warn">
              {part}
            </mark>
          ) : (
            <span key={at}>{part}</span>
          ),
        )}
        {isCut ? <span aria-hidden="true">…</span> : null}
      </div>
      {isCut || level > 0 ? (
        <span className="flex gap-3 font-sans not-italic">
          {isCut ? <More onClick={() => more(level + 1)}>{moreWords(level, lines, text.length)}</More> : null}
          {level > 0 ? <More onClick={() => more(0)}>Show less</More> : null}
        </span>
      ) : null}
    </div>
  )
}

function More({ onClick, children }: { onClick: () => void; children: string }) {
  return (
    <button type="button" onClick={onClick} className="h-6 cursor-pointer text-accent underline">
      {children}
    </button>
  )
}

function moreWords(level: number, lines: number, characters: number): string {
  if (level > 0) return 'Show more'
  return lines > 1
    ? `Show all ${lines.toLocaleString('en')} lines`
    : `Show all ${characters.toLocaleString('en')} characters`
}
