import { Slot } from 'radix-ui'
import type { ComponentProps } from 'react'
import { cx } from './class-names.ts'

const LOOKS = {
  primary: 'bg-accent text-accent-ink hover:opacity-90',
  secondary: 'border border-line bg-surface text-ink hover:bg-sunken',
  quiet: 'text-ink-2 hover:bg-sunken hover:text-ink',
  danger: 'border border-bad/40 bg-surface text-bad hover:bg-bad-soft',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof LOOKS
  readonly small?: boolean
  /** Shown as working, and not to be pressed again. */
  readonly busy?: boolean
  /** Gives its looks to the one child (a link). */
  readonly asChild?: boolean
}

export function Button({
  look = 'secondary',
  small = false,
  busy = false,
  asChild = false,
  className,
  disabled,
  ...rest
}: ButtonProps) {
  const classes = cx(
    'inline-flex shrink-0 cursor-pointer items-center justify-center gap-1.5 rounded-md font-medium whitespace-nowrap',
    'disabled:cursor-not-allowed disabled:opacity-55',
    small ? 'h-7 px-2 text-xs' : 'h-9 px-3 text-sm',
    LOOKS[look],
    className,
  )
  if (asChild) return <Slot.Root className={classes} {...rest} />
  return <button type="button" className={classes} disabled={disabled || busy} aria-busy={busy} {...rest} />
}
