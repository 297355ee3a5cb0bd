import { cx } from '../../ui/class-names.ts'

interface SwitchProps {
  readonly checked: boolean
  /** What is switched, for those who do not see what it stands beside. */
  readonly label: string
  readonly busy?: boolean
  readonly onChange: (checked: boolean) => void
}

/** On or off, in words too, and at once. */
export function Switch({ checked, label, busy = false, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      aria-busy={busy}
      disabled={busy}
      onClick={() => onChange(!checked)}
      className="inline-flex shrink-0 cursor-pointer items-center gap-1.5 rounded-full text-xs text-ink-2 disabled:cursor-not-allowed"
    >
      <span
        aria-hidden="true"
        className={cx(
          'inline-flex h-5 w-9 items-center rounded-full border p-0.5',
          checked ? 'justify-end border-accent bg-accent' : 'justify-start border-line-strong bg-sunken',
        )}
      >
        <span className={cx('size-3.5 rounded-full', checked ? 'bg-accent-ink' : 'bg-line-strong')} />
      </span>
      <span className="w-5 text-left">{checked ? 'On' : 'Off'}</span>
    </button>
  )
}
