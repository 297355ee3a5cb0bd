import { type ComponentProps, type ReactNode, useId } from 'react'
import { cx } from './class-names.ts'
import { plainText } from './plain-text.ts'

export const INPUT =
  'w-full rounded-md border border-line-strong bg-surface px-3 text-ink placeholder:text-ink-3 aria-invalid:border-bad disabled:opacity-60'

interface FieldProps {
  readonly label: string
  /** What it does, in a sentence. */
  readonly hint?: ReactNode
  /** What is wrong with what was given. */
  readonly error?: string | null
  readonly optional?: boolean
  /** Gets what ties the control to its label, hint and error. */
  readonly children: (control: {
    id: string
    'aria-describedby': string | undefined
    'aria-invalid': boolean
  }) => ReactNode
}

export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        {label}
        {optional ? <span className="font-normal text-ink-3"> (optional)</span> : null}
      </label>
      {children({ id, 'aria-describedby': described || undefined, 'aria-invalid': Boolean(error) })}
      {error ? (
        <p id={`${id}-error`} className="mt-1 text-bad">
          {plainText(error)}
        </p>
      ) : null}
      {hint ? (
        <p id={`${id}-hint`} className="mt-1 text-xs text-ink-3">
          {hint}
        </p>
      ) : null}
    </div>
  )
}

export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cx(INPUT, 'h-9', className)} {...rest} />
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={cx(INPUT, 'min-h-24 py-2', className)} {...rest} />
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return <select className={cx(INPUT, 'h-9 pr-8', className)} {...rest} />
}

interface ToggleProps extends Omit<ComponentProps<'input'>, 'type'> {
  readonly label: string
  readonly hint?: ReactNode
}

export function Toggle({ label, hint, ...rest }: ToggleProps) {
  const id = useId()
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-accent"
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
      />
      <div>
        <label htmlFor={id} className="font-medium">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="text-xs text-ink-3">
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  )
}
