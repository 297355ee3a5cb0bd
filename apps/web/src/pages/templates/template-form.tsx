import { useBlocker } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef } from 'react'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'

interface TemplateFormProps {
  readonly action: string
  readonly busy: boolean
  readonly isChanged: boolean
  readonly error: Error | null
  readonly errors: Readonly<Record<string, string>>
  readonly onSubmit: () => void
  readonly children: ReactNode
}

/** What every form of a template has around its fields. While it is saved, which may lead to another page, leaving needs no question. */
export function TemplateForm({
  action,
  busy,
  isChanged,
  error,
  errors,
  onSubmit,
  children,
}: TemplateFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const hasErrors = Object.keys(errors).length > 0
  useEffect(() => {
    if (error || hasErrors) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [error, hasErrors])
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !busy && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged && !busy,
    withResolver: true,
  })
  const submit = () => {
    if (!busy) onSubmit()
  }
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
        event.preventDefault()
        submit()
      }}
      className="min-w-0 space-y-4"
    >
      {children}
      {error && !hasErrors ? <ErrorNotice error={error} title="The template was not saved" /> : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" busy={busy}>
          {action}
        </Button>
        <p className="text-xs text-ink-3">Ctrl or Cmd + Enter does the same.</p>
      </div>
      <Confirm
        open={leaving.status === 'blocked'}
        onOpenChange={(open) => !open && leaving.status === 'blocked' && leaving.reset()}
        title="Leave without saving?"
        description="What you typed would be lost."
        action="Leave without saving"
        onConfirm={() => leaving.status === 'blocked' && leaving.proceed()}
      />
    </form>
  )
}
