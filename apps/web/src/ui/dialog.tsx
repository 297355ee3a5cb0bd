import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from './button.tsx'

interface DialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly title: string
  readonly description?: ReactNode
  readonly children?: ReactNode
}

/** A dialog over the page: focus is kept in it and given back, Escape closes it. */
export function Dialog({ open, onOpenChange, title, description, children }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className="fixed top-[12vh] left-1/2 z-50 max-h-[80vh] scroll-pb-16 w-[min(34rem,calc(100vw-2rem))] -translate-x-1/2 overflow-auto rounded-xl border border-line bg-surface p-5 shadow-xl"
        >
          <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
          {description ? (
            <Radix.Description asChild>
              <div className="mt-1 text-ink-2">{description}</div>
            </Radix.Description>
          ) : null}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface ConfirmProps extends Omit<DialogProps, 'children'> {
  /** The act, as a verb: "Cancel the task". */
  readonly action: string
  readonly busy?: boolean
  readonly danger?: boolean
  readonly onConfirm: () => void
  readonly children?: ReactNode
}

/** Asks before what cannot be undone. */
export function Confirm({
  action,
  busy = false,
  danger = true,
  onConfirm,
  children,
  ...dialog
}: ConfirmProps) {
  return (
    <Dialog {...dialog}>
      {children}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={() => dialog.onOpenChange(false)}>Back</Button>
        <Button look={danger ? 'danger' : 'primary'} busy={busy} onClick={onConfirm}>
          {action}
        </Button>
      </div>
    </Dialog>
  )
}
