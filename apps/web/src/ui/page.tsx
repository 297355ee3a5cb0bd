import type { ReactNode } from 'react'
import { plainLine } from './plain-text.ts'
import { useTabTitle } from './tab-title.ts'

interface PageProps {
  /** Title of the tab and heading of the page. */
  readonly title: string
  /** Shown instead of the title, where that is more than text. */
  readonly heading?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The frame of every page: one heading, its actions, its content. */
export function Page({ title, heading, actions, children }: PageProps) {
  useTabTitle(title)
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
      <div className="mb-5 flex flex-wrap items-start justify-between gap-3">
        <h1 className="min-w-0 text-xl font-semibold break-words">{heading ?? plainLine(title)}</h1>
        {actions ? <div className="flex flex-wrap gap-2">{actions}</div> : null}
      </div>
      {children}
    </div>
  )
}

export function Card({
  title,
  actions,
  children,
}: {
  title?: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  return (
    <section className="rounded-lg border border-line bg-surface">
      {title || actions ? (
        <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
          <h2 className="font-semibold">{title}</h2>
          {actions}
        </div>
      ) : null}
      {children}
    </section>
  )
}
