import { Link } from '@tanstack/react-router'
import { Bell as BellIcon, CircleCheck, CircleX, Hand } from 'lucide-react'
import { Popover } from 'radix-ui'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Toggle } from '../../ui/field.tsx'
import { Moment } from '../../ui/moments.tsx'
import { markNewsSeen, useInbox } from './inbox.ts'
import { NEWS_WORDS, type News } from './news.ts'
import { useNotificationSwitch } from './permission.ts'

const LOOKS = {
  waits: { icon: Hand, ink: 'text-warn' },
  failed: { icon: CircleX, ink: 'text-bad' },
  completed: { icon: CircleCheck, ink: 'text-good' },
} as const

/** What happened since the pages were opened, and the switch for notifications of the browser. */
export function Bell() {
  const { news, unseen } = useInbox()
  const [open, setOpen] = useState(false)
  const turn = (next: boolean) => {
    if (!next) markNewsSeen()
    setOpen(next)
  }
  return (
    <Popover.Root open={open} onOpenChange={turn}>
      <Popover.Trigger asChild>
        <Button
          look="quiet"
          small
          className="relative"
          aria-label={unseen.size > 0 ? `News: ${unseen.size} new` : 'News'}
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
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={12}
          aria-label="News"
          className="z-40 w-[min(24rem,calc(100vw-1.5rem))] rounded-xl border border-line bg-surface shadow-xl"
        >
          <NewsList news={news} unseen={unseen} onOpen={() => turn(false)} />
          <div className="border-t border-line p-3">
            <BrowserSwitch />
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

interface NewsListProps {
  readonly news: readonly News[]
  readonly unseen: ReadonlySet<string>
  readonly onOpen: () => void
}

function NewsList({ news, unseen, onOpen }: NewsListProps) {
  if (news.length === 0) {
    return (
      <p className="p-4 text-ink-2">
        Nothing new since you opened this page. When a task waits for you, fails or completes, you read it
        here.
      </p>
    )
  }
  return (
    <ul className="max-h-[50vh] divide-y divide-line overflow-y-auto">
      {news.map(({ id, taskId, kind, title, words, at }) => {
        const { icon: Icon, ink } = LOOKS[kind]
        return (
          <li key={id}>
            <Link
              to="/tasks/$taskId"
              params={{ taskId }}
              onClick={onOpen}
              className={cx('flex gap-2.5 p-3 hover:bg-sunken', unseen.has(id) && 'bg-accent-soft/50')}
            >
              <Icon className={cx('mt-0.5 size-4 shrink-0', ink)} aria-hidden="true" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{title}</span>
                <span className="line-clamp-2 text-xs break-words text-ink-2">
                  {NEWS_WORDS[kind]}
                  {words === '' ? '' : `: ${words}`}
                </span>
              </span>
              <Moment at={at} className="shrink-0 text-xs text-ink-3" />
            </Link>
          </li>
        )
      })}
    </ul>
  )
}

const HINTS = {
  granted: 'Also while you look at something else: when a task waits for you, fails or completes.',
  default: 'Also while you look at something else. Your browser asks you for permission first.',
  denied: 'Your browser blocks them for this address. Allow them in its settings for this site, then reload.',
  unsupported: 'This browser gives none to this address. They need https, or this machine’s own address.',
} as const

function BrowserSwitch() {
  const { on, permission, choose } = useNotificationSwitch()
  return (
    <Toggle
      label="Notify me in the browser"
      hint={HINTS[permission]}
      checked={on}
      disabled={permission === 'denied' || permission === 'unsupported'}
      onChange={(event) => void choose(event.target.checked)}
    />
  )
}
