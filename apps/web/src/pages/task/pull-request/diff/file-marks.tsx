import { cx } from '../../../../ui/class-names.ts'
import type { ChangedFile } from './changed-file.ts'

const STATUSES: Readonly<Record<ChangedFile['status'], { letter: string; look: string }>> = {
  added: { letter: 'A', look: 'text-good' },
  modified: { letter: 'M', look: 'text-warn' },
  removed: { letter: 'D', look: 'text-bad' },
  renamed: { letter: 'R', look: 'text-info' },
}

/** What became of a file, as the letter git uses. */
export function StatusLetter({ status }: { status: ChangedFile['status'] }) {
  const { letter, look } = STATUSES[status]
  return (
    <abbr title={status} className={cx('shrink-0 font-mono text-xs font-semibold no-underline', look)}>
      {letter}
      <span className="sr-only"> ({status})</span>
    </abbr>
  )
}

export function LineCounts({ additions, deletions }: { additions: number; deletions: number }) {
  return (
    <span className="shrink-0 font-mono text-xs tabular-nums">
      <span className="text-good">+{additions}</span> <span className="text-bad">−{deletions}</span>
      <span className="sr-only"> lines</span>
    </span>
  )
}
