import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import {
  Activity,
  CalendarClock,
  CircleDot,
  FolderGit2,
  Gauge,
  ListTodo,
  type LucideIcon,
  MessageSquareCode,
  Plus,
  Search,
  Server,
  Settings,
} from 'lucide-react'
import { queries } from '../api/queries.ts'
import { Button } from '../ui/button.tsx'
import { cx } from '../ui/class-names.ts'
import { useTabCount } from '../ui/tab-title.ts'
import { Keys } from './keyboard/keys.tsx'
import { Bell } from './notifications/bell.tsx'
import { PALETTE_KEYS } from './palette/open.ts'
import { ThemeSwitch } from './theme-switch.tsx'

const PLACES: readonly {
  to:
    | '/'
    | '/tasks'
    | '/issues'
    | '/automations'
    | '/templates'
    | '/repos'
    | '/activity'
    | '/settings'
    | '/system'
  label: string
  icon: LucideIcon
  /** Where there is little room it is left out, and reached from other pages. */
  isMinor?: boolean
  /** Its name is never shown beside it. */
  isIcon?: boolean
}[] = [
  { to: '/', label: 'Overview', icon: Gauge },
  { to: '/tasks', label: 'Tasks', icon: ListTodo },
  { to: '/issues', label: 'Issues', icon: CircleDot },
  { to: '/automations', label: 'Automations', icon: CalendarClock, isMinor: true },
  { to: '/templates', label: 'Templates', icon: MessageSquareCode, isMinor: true },
  { to: '/repos', label: 'Repositories', icon: FolderGit2 },
  { to: '/activity', label: 'Activity', icon: Activity, isMinor: true },
  { to: '/settings', label: 'Settings', icon: Settings, isMinor: true, isIcon: true },
  { to: '/system', label: 'System', icon: Server, isIcon: true },
]

const PLACE =
  'relative items-center gap-1.5 rounded-md px-1.5 py-1.5 sm:px-2 text-ink-2 hover:bg-sunken hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:text-accent'

export function Header({ onSearch }: { onSearch: () => void }) {
  const { data: stats } = useQuery(queries.stats())
  const waiting = stats?.waitingForPerson ?? 0
  useTabCount(waiting)
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <div className="mx-auto flex h-13 max-w-6xl items-center gap-1 px-3 sm:px-6">
        {/* On the narrowest windows the overview is reached by its place alone. */}
        <Link to="/" className="mr-1 flex items-center gap-2 font-semibold max-[24rem]:hidden sm:mr-3">
          <img src="/icon.svg" alt="" className="size-6 shrink-0" />
          <span className="max-sm:sr-only">Optio</span>
        </Link>
        <nav aria-label="Main" className="flex gap-0.5">
          {PLACES.map(({ to, label, icon: Icon, isMinor = false, isIcon = false }) => (
            <Link
              key={to}
              to={to}
              title={label}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              className={cx(isMinor ? 'hidden sm:flex' : 'flex', PLACE)}
            >
              <Icon className="size-4" aria-hidden="true" />
              <span className={isIcon ? 'sr-only' : isMinor ? 'max-xl:sr-only' : 'max-lg:sr-only'}>
                {label}
              </span>
              {to === '/' && waiting > 0 ? <Waiting count={waiting} /> : null}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center sm:gap-1">
          <Button
            look="quiet"
            small
            onClick={onSearch}
            aria-label="Find and do"
            title={`Find and do (${PALETTE_KEYS})`}
          >
            <Search className="size-4" aria-hidden="true" />
            <span className="max-2xl:hidden" aria-hidden="true">
              <Keys keys={PALETTE_KEYS} />
            </span>
          </Button>
          <Bell />
          <ThemeSwitch />
          <Button asChild look="primary" small className="ml-1">
            <Link to="/tasks/new">
              <Plus className="size-4" aria-hidden="true" />
              <span className="max-sm:sr-only">New task</span>
            </Link>
          </Button>
        </div>
      </div>
    </header>
  )
}

/** Beside the name of its place, or on its icon where there is no room for the name. */
function Waiting({ count }: { count: number }) {
  return (
    <span className="min-w-5 rounded-full bg-warn-soft px-1.5 text-center text-xs font-semibold text-warn max-lg:absolute max-lg:-top-1 max-lg:-right-1 max-lg:min-w-4 max-lg:px-1 max-lg:text-[0.625rem] max-lg:leading-4">
      {count > 999 ? '999+' : count}
      <span className="sr-only"> waiting for you</span>
    </span>
  )
}
