import { showControls } from '@optio/contract'
import { Fragment } from 'react'

/** Blanks that look like a space and are none. */
const ODD_BLANKS = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/

interface VisibleTextProps {
  readonly text: string
  /** Spaces and tabs are shown as marks. */
  readonly whitespace?: boolean
}

/**
 * Text of a file as it can be trusted by a reader: what is unseen, turns the direction or only looks like a space stands there
 * as a mark that ordinary text cannot imitate.
 */
export function VisibleText({ text, whitespace = false }: VisibleTextProps) {
  if (!whitespace && !ODD_BLANKS.test(text) && showControls(text, { lines: true }) === text) return text
  return pieces(text, whitespace).map(({ shown, mark, at }) =>
    mark === 'none' ? (
      <Fragment key={at}>{shown}</Fragment>
    ) : (
      <span
        key={at}
        className={
          mark === 'control' ? 'rounded-xs bg-warn-soft text-warn outline outline-warn/50' : 'text-ink-3'
        }
      >
        {shown}
      </span>
    ),
  )
}

interface Piece {
  readonly shown: string
  readonly mark: 'none' | 'control' | 'blank'
  readonly at: number
}

function pieces(text: string, whitespace: boolean): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const char of text) {
    const piece = pieceOf(char, whitespace)
    const last = found.at(-1)
    if (last !== undefined && last.mark === piece.mark && piece.mark !== 'control') {
      found[found.length - 1] = { ...last, shown: last.shown + piece.shown }
    } else found.push({ ...piece, at })
    at += char.length
  }
  return found
}

function pieceOf(char: string, whitespace: boolean): Omit<Piece, 'at'> {
  if (char === ' ') return whitespace ? { shown: '·', mark: 'blank' } : { shown: char, mark: 'none' }
  if (char === '\t') return whitespace ? { shown: '→\t', mark: 'blank' } : { shown: char, mark: 'none' }
  if (ODD_BLANKS.test(char)) return { shown: `\\u{${char.codePointAt(0)?.toString(16)}}`, mark: 'control' }
  const shown = showControls(char)
  return shown === char ? { shown, mark: 'none' } : { shown, mark: 'control' }
}
