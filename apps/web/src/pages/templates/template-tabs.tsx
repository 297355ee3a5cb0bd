import { Link } from '@tanstack/react-router'
import { FileText, MessageSquareCode } from 'lucide-react'
import { cx } from '../../ui/class-names.ts'

const TABS = [
  { to: '/templates', words: 'Prompts', icon: MessageSquareCode },
  { to: '/templates/tasks', words: 'Tasks', icon: FileText },
] as const

/** The two kinds of templates, as ways to their lists. */
export function TemplateTabs({ chosen }: { chosen: (typeof TABS)[number]['to'] }) {
  return (
    <nav aria-label="Kinds of templates">
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
