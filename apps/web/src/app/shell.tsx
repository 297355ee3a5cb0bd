import { Link, Outlet } from '@tanstack/react-router'
import { FolderGit2, Gauge, ListTodo, type LucideIcon, Plus, Settings } from 'lucide-react'
import { Suspense } from 'react'
import { useConnection } from '../api/live-context.tsx'
import { Button } from '../ui/button.tsx'
import { Loading } from '../ui/loading.tsx'

const PLACES: readonly { to: '/' | '/tasks' | '/repos' | '/system'; label: string; icon: LucideIcon }[] = [
  { to: '/', label: 'Overview', icon: Gauge },
  { to: '/tasks', label: 'Tasks', icon: ListTodo },
  { to: '/repos', label: 'Repositories', icon: FolderGit2 },
  { to: '/system', label: 'System', icon: Settings },
]

/** What stands around every page. */
export function Shell() {
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:bg-surface focus:p-2"
      >
        Skip to the content
      </a>
      <header className="sticky top-0 z-30 border-b border-line bg-surface">
        <div className="mx-auto flex h-13 max-w-6xl items-center gap-1 px-4 sm:px-6">
          <Link to="/" className="mr-3 flex items-center gap-2 font-semibold">
            <img src="/icon.svg" alt="" className="size-6" />
            <span className="max-sm:sr-only">Optio</span>
          </Link>
          <nav aria-label="Main" className="flex gap-0.5">
            {PLACES.map(({ to, label, icon: Icon }) => (
              <Link
                key={to}
                to={to}
                activeOptions={{ exact: to === '/' }}
                className="flex items-center gap-1.5 rounded-md px-2.5 py-1.5 text-ink-2 hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent"
              >
                <Icon className="size-4" aria-hidden="true" />
                <span className="max-md:sr-only">{label}</span>
              </Link>
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-2">
            <Button asChild look="primary" small>
              <Link to="/tasks/new">
                <Plus className="size-4" aria-hidden="true" />
                <span className="max-sm:sr-only">New task</span>
              </Link>
            </Button>
          </div>
        </div>
      </header>
      <LostConnection />
      <main id="content" tabIndex={-1} className="flex-1 outline-none">
        <Suspense fallback={<Loading what="the page" />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}

/** Says that what is shown may be old, and that nothing needs to be done. */
function LostConnection() {
  if (useConnection() !== 'lost') return null
  return (
    <p role="status" className="border-b border-warn/40 bg-warn-soft px-4 py-1.5 text-center text-warn">
      Optio does not answer. What you see may be old; this page goes on by itself as soon as it is back.
    </p>
  )
}
