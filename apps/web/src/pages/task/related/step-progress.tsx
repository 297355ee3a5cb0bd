import type { Task } from '@optio/contract'
import { cx } from '../../../ui/class-names.ts'
import { plainLine } from '../../../ui/plain-text.ts'
import { STATE_LABELS } from '../../../ui/state-badge.tsx'

const LOOKS: Partial<Record<Task['state'], string>> = {
  completed: 'bg-good',
  failed: 'bg-bad',
  cancelled: 'bg-bad',
  provisioning: 'bg-info',
  running: 'bg-info',
  pr_opened: 'bg-accent',
  needs_attention: 'bg-warn',
}

/** How far the steps are: a segment for each, and in words which one is next. */
export function StepProgress({ steps }: { steps: readonly Task[] }) {
  const done = steps.filter(({ state }) => state === 'completed').length
  const next = steps.find(({ state }) => state !== 'completed')
  return (
    <div>
      <p>
        <span className="font-medium">
          {done} of {steps.length} {steps.length === 1 ? 'step' : 'steps'} completed
        </span>
        {next === undefined ? null : (
          <span className="text-ink-2">
            ; step {next.subtaskOrder ?? '?'}, “{plainLine(next.title)}”, is{' '}
            {STATE_LABELS[next.state].toLowerCase()}
          </span>
        )}
      </p>
      <div className="mt-1.5 flex gap-0.5" aria-hidden="true">
        {steps.map(({ id, state }) => (
          <span key={id} className={cx('h-1.5 flex-1 rounded-full', LOOKS[state] ?? 'bg-line')} />
        ))}
      </div>
    </div>
  )
}
