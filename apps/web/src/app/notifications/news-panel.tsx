import { Link } from '@tanstack/react-router'
import { CircleCheck, CircleX, Hand } from 'lucide-react'
import { Popover } from 'radix-ui'
import type { RefObject } from 'react'
import { cx } from '../../ui/class-names.ts'
import { Toggle } from '../../ui/field.tsx'
import { Moment } from '../../ui/moments.tsx'
import { useInbox } from './inbox.ts'
import { NEWS_WORDS, type News } from './news.ts'
import { useNotificationSwitch } from './permission.ts'

const LOOKS = {
  waits: { icon: Hand, ink: 'text-warn' },
  failed: { icon: CircleX, ink: 'text-bad' },
  completed: { icon: CircleCheck, ink: 'text-good' },
} as const

interface NewsPanelProps {
  /** The button it hangs on. */
  readonly anchor: RefObject<HTMLButtonElement | null>
  readonly onClose: () => void
}

/** What happened since the pages were opened, and the switch for notifications of the browser. */
export function NewsPanel({ anchor, onClose }: NewsPanelProps) {
  const { news, unseen } = useInbox()
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Anchor virtualRef={anchor as RefObject<HTMLButtonElement>} />
      <Popover.Portal>
        <Popover.Content
          align="end"
          sideOffset={6}
          collisionPadding={12}
          aria-label="News"
          // A press on the button itself closes by the button; both would open it again.
          onInteractOutside={(event) => {
            if (event.target instanceof Node && anchor.current?.contains(event.target)) event.preventDefault()
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault()
            anchor.current?.focus()
          }}
          className="z-40 w-[min(24rem,calc(100vw-1.5rem))] rounded-xl border border-line bg-surface shadow-xl"
        >
          <NewsList news={news} unseen={unseen} onOpen={onClose} />
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
