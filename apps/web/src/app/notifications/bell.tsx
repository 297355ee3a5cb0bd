import { Bell as BellIcon } from 'lucide-react'
import { lazy, Suspense, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { markNewsSeen, useInbox } from './inbox.ts'

const NewsPanel = lazy(async () => ({ default: (await import('./news-panel.tsx')).NewsPanel }))

/** How much news there is that nobody looked at, and the way to it. */
export function Bell() {
  const { unseen } = useInbox()
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const turn = (next: boolean) => {
    if (!next) markNewsSeen()
    setOpen(next)
  }
  return (
    <>
      <Button
        ref={button}
        look="quiet"
        small
        className="relative"
        aria-label={unseen.size > 0 ? `News: ${unseen.size} new` : 'News'}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => turn(!open)}
      >
        <BellIcon className="size-4" aria-hidden="true" />
        {unseen.size > 0 ? (
          <span
            aria-hidden="true"
            className="absolute -top-0.5 -right-0.5 min-w-4 rounded-full bg-accent px-1 text-[0.625rem] leading-4 text-accent-ink"
          >
            {unseen.size}
          </span>
        ) : null}
      </Button>
      <Suspense>{open ? <NewsPanel anchor={button} onClose={() => turn(false)} /> : null}</Suspense>
    </>
  )
}
