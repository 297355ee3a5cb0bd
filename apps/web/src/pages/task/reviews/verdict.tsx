import type { ReviewVerdict } from '@optio/contract'
import { CircleCheck, CircleX, type LucideIcon, MessageSquare } from 'lucide-react'
import { cx } from '../../../ui/class-names.ts'

const VERDICTS: Readonly<
  Record<ReviewVerdict['verdict'], { words: string; icon: LucideIcon; look: string }>
> = {
  approve: { words: 'Approves', icon: CircleCheck, look: 'bg-good-soft text-good' },
  request_changes: { words: 'Requests changes', icon: CircleX, look: 'bg-bad-soft text-bad' },
  comment: { words: 'Comments', icon: MessageSquare, look: 'bg-sunken text-ink-2' },
}

/** What a review came to, in words and colour. */
export function VerdictBadge({ verdict }: { verdict: ReviewVerdict['verdict'] }) {
  const { words, icon: Icon, look } = VERDICTS[verdict]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        look,
      )}
    >
      <Icon className="size-3.5" aria-hidden="true" />
      {words}
    </span>
  )
}
