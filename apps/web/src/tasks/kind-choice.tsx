import { Link } from '@tanstack/react-router'
import { CircleDot } from 'lucide-react'
import type { AutomationKind } from '../app/search.ts'
import { cx } from '../ui/class-names.ts'
import { KINDS } from './kinds.ts'

type Kind = 'repo-task' | AutomationKind

const TASK = {
  name: 'Task',
  what: 'One piece of work in a repository, now: it gets a branch and a pull request.',
  icon: CircleDot,
}

/** The three kinds of tasks, each with what it is, as ways to the form that makes one. */
export function KindChoice({ chosen }: { chosen: Kind }) {
  return (
    <nav aria-label="What to make" className="max-w-3xl">
      <ul className="grid gap-2 sm:grid-cols-3">
        {(['repo-task', 'repo-blueprint', 'standalone'] as const).map((kind) => {
          const { name, what, icon: Icon } = kind === 'repo-task' ? TASK : KINDS[kind]
          return (
            <li key={kind}>
              <Link
                {...(kind === 'repo-task'
                  ? { to: '/tasks/new', search: {} }
                  : { to: '/automations/new', search: { kind } })}
                replace
                activeProps={{}}
                aria-current={kind === chosen ? 'page' : undefined}
                className={cx(
                  'flex h-full items-start gap-2.5 rounded-lg border p-2.5',
                  kind === chosen ? 'border-accent bg-accent-soft' : 'border-line bg-surface hover:bg-sunken',
                )}
              >
                <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
                <span>
                  <span className="block font-medium">{name}</span>
                  <span className="block text-xs text-ink-2">{what}</span>
                </span>
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}
