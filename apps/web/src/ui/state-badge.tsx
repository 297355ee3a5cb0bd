import type { TaskState } from '@optio/contract'
import { cx } from './class-names.ts'

const STATES: Readonly<Record<TaskState, { label: string; look: string; live?: boolean }>> = {
  pending: { label: 'Pending', look: 'bg-sunken text-ink-2' },
  waiting_on_deps: { label: 'Waiting on tasks', look: 'bg-sunken text-ink-2' },
  queued: { label: 'Queued', look: 'bg-sunken text-ink-2' },
  provisioning: { label: 'Starting', look: 'bg-info-soft text-info', live: true },
  running: { label: 'Running', look: 'bg-info-soft text-info', live: true },
  pr_opened: { label: 'Pull request', look: 'bg-accent-soft text-accent' },
  needs_attention: { label: 'Needs attention', look: 'bg-warn-soft text-warn' },
  completed: { label: 'Completed', look: 'bg-good-soft text-good' },
  failed: { label: 'Failed', look: 'bg-bad-soft text-bad' },
  cancelled: { label: 'Cancelled', look: 'bg-sunken text-ink-3' },
}

/** The same words without their looks. */
export const STATE_LABELS = Object.fromEntries(
  Object.entries(STATES).map(([state, { label }]) => [state, label]),
) as Readonly<Record<TaskState, string>>

/** A state in words and colour; never in colour alone. */
export function StateBadge({ state }: { state: TaskState }) {
  const { label, look, live } = STATES[state]
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap',
        look,
      )}
    >
      <span className={cx('size-1.5 rounded-full bg-current', live && 'animate-pulse')} aria-hidden="true" />
      {label}
    </span>
  )
}
