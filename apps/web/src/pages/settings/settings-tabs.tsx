import { Link } from '@tanstack/react-router'
import { KeyRound, Webhook } from 'lucide-react'
import { cx } from '../../ui/class-names.ts'

const TABS = [
  { to: '/settings/secrets', words: 'Secrets', icon: KeyRound },
  { to: '/settings/github', words: 'GitHub', icon: Webhook },
] as const

/** The pages of the settings. */
export function SettingsTabs({ chosen }: { chosen: (typeof TABS)[number]['to'] }) {
  return (
    <nav aria-label="Settings">
      <ul className="flex flex-wrap gap-1">
        {TABS.map(({ to, words, icon: Icon }) => (
          <li key={to}>
            <Link
              to={to}
              activeProps={{}}
              aria-current={to === chosen ? 'page' : undefined}
              className={cx(
                'flex items-center gap-1.5 rounded-md px-2.5 py-1.5',
                to === chosen
                  ? 'bg-accent-soft font-medium text-accent'
                  : 'text-ink-2 hover:bg-sunken hover:text-ink',
              )}
            >
              <Icon className="size-4" aria-hidden="true" />
              {words}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
