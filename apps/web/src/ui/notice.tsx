import { ApiError } from '@optio/contract'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from './class-names.ts'
import { plainText } from './plain-text.ts'

const TONES = {
  bad: { look: 'border-bad/40 bg-bad-soft', icon: CircleAlert, ink: 'text-bad' },
  warn: { look: 'border-warn/40 bg-warn-soft', icon: TriangleAlert, ink: 'text-warn' },
  info: { look: 'border-info/40 bg-info-soft', icon: Info, ink: 'text-info' },
  good: { look: 'border-good/40 bg-good-soft', icon: CircleCheck, ink: 'text-good' },
} as const

interface NoticeProps {
  readonly tone: keyof typeof TONES
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** Read out at once by screen readers: for what just went wrong. */
  readonly urgent?: boolean
}

export function Notice({ tone, title, children, actions, urgent = false }: NoticeProps) {
  const { look, icon: Icon, ink } = TONES[tone]
  return (
    <div role={urgent ? 'alert' : undefined} className={cx('flex gap-3 rounded-lg border p-3', look)}>
      <Icon className={cx('mt-0.5 size-4 shrink-0', ink)} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{title}</p>
        {children ? <div className="mt-1 break-words text-ink-2">{children}</div> : null}
        {actions ? <div className="mt-2 flex flex-wrap gap-2">{actions}</div> : null}
      </div>
    </div>
  )
}

/** An error of the API in its own words (which say what to do next), with its code. */
export function ErrorNotice({
  error,
  title,
  actions,
}: {
  error: unknown
  title: string
  actions?: ReactNode
}) {
  const code = error instanceof ApiError ? error.code : null
  return (
    <Notice tone="bad" title={title} actions={actions} urgent>
      <p>{plainText(errorWords(error))}</p>
      {code ? <p className="mt-1 font-mono text-xs text-ink-2">{code}</p> : null}
    </Notice>
  )
}

/** What an error says to a person. */
export function errorWords(error: unknown): string {
  if (error instanceof ApiError) return error.message
  if (error instanceof TypeError)
    return 'The server does not answer. Is Optio running? The page tries again by itself.'
  return error instanceof Error ? error.message : String(error)
}
