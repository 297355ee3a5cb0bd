import { createLink } from '@tanstack/react-router'
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'
import { cx } from './class-names.ts'

interface LinkTabsProps {
  /** What is chosen between. */
  readonly label: string
  /** Stays one line, which is scrolled where it is too narrow. */
  readonly scrolls?: boolean
  readonly children: ReactNode
}

/** Ways to views beside each other, of which one is shown: each has an address, and opens in another window like any. */
export function LinkTabs({ label, scrolls = false, children }: LinkTabsProps) {
  return (
    <nav aria-label={label} className={cx(scrolls && '-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0')}>
      <ul className={cx('flex gap-1', !scrolls && 'flex-wrap')}>{children}</ul>
    </nav>
  )
}

interface TabProps extends Omit<ComponentProps<'a'>, 'className' | 'aria-current'> {
  readonly isChosen: boolean
  readonly icon?: LucideIcon
}

function Tab({ isChosen, icon: Icon, children, ...link }: TabProps) {
  return (
    <li>
      <a
        {...link}
        // The router calls every link current whose address the shown one begins with.
        aria-current={isChosen ? 'page' : undefined}
        className={cx(
          'flex items-center gap-1.5 rounded-md px-2.5 py-1.5 whitespace-nowrap',
          isChosen ? 'bg-accent-soft font-medium text-accent' : 'text-ink-2 hover:bg-sunken hover:text-ink',
        )}
      >
        {Icon ? <Icon className="size-4" aria-hidden="true" /> : null}
        {children}
      </a>
    </li>
  )
}

/** One of `LinkTabs`; where it leads to is said as to any `Link`. */
export const LinkTab = createLink(Tab)
