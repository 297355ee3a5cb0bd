import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

interface EmptyProps {
  readonly icon: LucideIcon
  readonly title: string
  /** What a person does next. */
  readonly children: ReactNode
  readonly actions?: ReactNode
}

/** Where there is nothing yet: says what this place is for and what to do next. */
export function Empty({ icon: Icon, title, children, actions }: EmptyProps) {
  return (
    <div className="flex flex-col items-center rounded-lg border border-dashed border-line px-6 py-12 text-center">
      <Icon className="size-8 text-ink-3" aria-hidden="true" />
      <h2 className="mt-3 font-semibold">{title}</h2>
      <div className="mt-1 max-w-md text-ink-2">{children}</div>
      {actions ? <div className="mt-4 flex flex-wrap justify-center gap-2">{actions}</div> : null}
    </div>
  )
}
