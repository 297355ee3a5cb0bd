import { CircleAlert } from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'
import type { CutLimits } from './cut-content.ts'
import { LongText } from './long-text.tsx'
import type { BodyProps } from './row-look.ts'
import { ToolCall } from './tool-call.tsx'

const FOLDED: CutLimits = { lines: 12, characters: 2_400 }
const FOLDED_TIGHT: CutLimits = { lines: 3, characters: 600 }

/** What an entry says, by its type. */
export function EntryBody(props: BodyProps) {
  const { entry, level, look, acts } = props
  const more = (next: number) => acts.unfold(entry.seq, next)
  switch (entry.logType) {
    case 'tool_use':
      return <ToolCall {...props} />
    case 'tool_result':
      return (
        <div className="flex gap-1.5">
          <span aria-hidden="true" className="text-ink-3 select-none">
            ↳
          </span>
          <LongText text={entry.content} level={level} folded={FOLDED_TIGHT} words={look.words} more={more} />
        </div>
      )
    case 'thinking':
      return (
        <LongText text={entry.content} level={level} folded={FOLDED_TIGHT} words={look.words} more={more} />
      )
    case 'error':
      return (
        <div className="flex gap-1.5">
          <CircleAlert className="mt-0.5 size-3.5 shrink-0" aria-hidden="true" />
          <LongText text={entry.content} level={level} folded={FOLDED} words={look.words} more={more} />
        </div>
      )
    case 'system':
      return (
        <div className="flex items-center gap-2 font-sans *:first:flex-initial">
          <LongText text={entry.content} level={level} folded={FOLDED_TIGHT} words={look.words} more={more} />
          <span aria-hidden="true" className="h-px min-w-4 flex-1 self-center bg-line max-sm:hidden" />
        </div>
      )
    default:
      return (
        <div className={cx('flex gap-1.5', entry.stream === 'stderr' && 'text-ink-2')}>
          {entry.stream === 'stderr' ? <StreamName name="stderr" /> : null}
          <LongText text={entry.content} level={level} folded={FOLDED} words={look.words} more={more} />
        </div>
      )
  }
}

function StreamName({ name }: { name: string }) {
  return <span className="shrink-0 text-ink-3 select-none">{name}</span>
}
