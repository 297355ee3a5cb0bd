import { ChevronRight } from 'lucide-react'
import { useMemo } from 'react'
import { cx } from '../../../ui/class-names.ts'
import { plainLine } from '../../../ui/plain-text.ts'
import { type CutLimits, cutContent } from './cut-content.ts'
import { partsOf } from './highlight.ts'
import { LongText } from './long-text.tsx'
import type { BodyProps } from './row-look.ts'
import { withoutColours } from './sgr.ts'

const LINE: CutLimits = { lines: 1, characters: 300 }
const PART: CutLimits = { lines: 40, characters: 8_000 }

/** A tool's call and its answer in one row: a line that says what was done and how it went; unfolded, input and answer. */
export function ToolCall({ entry, answer, level, isPointed, look, acts }: BodyProps) {
  const line = useMemo(
    () => partsOf(plainLine(withoutColours(cutContent(entry.content, LINE).shown)), look.words),
    [entry.content, look.words],
  )
  const isOpen = level > 0
  const [name, ...rest] = splitName(entry)
  return (
    <div>
      <button
        type="button"
        aria-expanded={isOpen}
        tabIndex={isPointed ? 0 : -1}
        onClick={() => acts.fold(entry.seq, level)}
        className="flex w-full min-w-0 cursor-pointer items-baseline gap-1.5 text-left"
      >
        <ChevronRight
          className={cx('size-3.5 shrink-0 self-center text-ink-3', isOpen && 'rotate-90')}
          aria-hidden="true"
        />
        <span className="min-w-0 truncate">
          {rest.length > 0 && look.words === '' ? (
            <>
              <span className="font-semibold text-accent">{plainLine(name ?? '')}</span>
              {plainLine(withoutColours(cutContent(rest.join(''), LINE).shown))}
            </>
          ) : (
            line.map(({ text, isHit, at }) =>
              isHit ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
            )
          )}
        </span>
        <Outcome answer={answer} />
      </button>
      {isOpen ? (
        <div className="mt-1 mb-1 ml-1.5 space-y-2 border-l border-line pl-3">
          <Part title="Input">
            <LongText
              text={inputOf(entry)}
              level={level - 1}
              folded={PART}
              words={look.words}
              more={(next) => acts.unfold(entry.seq, next + 1)}
            />
          </Part>
          <Part title="Answer">
            {answer ? (
              <LongText
                text={answer.content === '' ? '(nothing)' : answer.content}
                level={level - 1}
                folded={PART}
                words={look.words}
                more={(next) => acts.unfold(entry.seq, next + 1)}
              />
            ) : (
              <span className="font-sans text-ink-3">
                None here: it has not come yet, or it is not shown by this filter.
              </span>
            )}
          </Part>
        </div>
      ) : null}
    </div>
  )
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <div>
      <p className="font-sans text-ink-3">{title}</p>
      {children}
    </div>
  )
}

function Outcome({ answer }: { answer: BodyProps['answer'] }) {
  if (answer === undefined) return null
  if (answer.metadata?.isError === true) return <span className="shrink-0 font-sans text-bad">failed</span>
  const { lines } = cutContent(answer.content, LINE)
  const words =
    answer.content === '' ? 'nothing' : lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`
  return <span className="shrink-0 font-sans text-ink-3">{words}</span>
}

/** The tool's name, when the line begins with it, and the rest. */
function splitName({ content, metadata }: BodyProps['entry']): readonly string[] {
  const name = metadata?.tool ?? metadata?.name
  return typeof name === 'string' && name !== '' && content.startsWith(name)
    ? [name, content.slice(name.length)]
    : [content]
}

function inputOf({ content, metadata }: BodyProps['entry']): string {
  const input = metadata?.input
  if (input === undefined || input === null) return content
  return typeof input === 'string' ? input : JSON.stringify(input, null, 2)
}
