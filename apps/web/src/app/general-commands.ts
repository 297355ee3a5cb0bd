import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  Activity,
  CalendarClock,
  CalendarPlus,
  CircleDot,
  FileText,
  FolderGit2,
  FolderPlus,
  Gauge,
  Hand,
  Keyboard,
  KeyRound,
  ListTodo,
  MessageSquareCode,
  Pause,
  Play,
  Plus,
  Server,
  Settings,
} from 'lucide-react'
import { queries } from '../api/queries.ts'
import { usePause } from '../api/use-pause.ts'
import { useShortcuts } from './keyboard/shortcuts.ts'
import { type Command, useCommands } from './palette/commands.ts'
import { type Theme, useTheme } from './theme.ts'
import { THEMES } from './theme-switch.tsx'

/** What can be done on every page: by command, and most of it by key. */
export function useGeneralCommands({ showShortcuts }: { showShortcuts: () => void }): void {
  const navigate = useNavigate()
  const { theme, choose } = useTheme()
  const { data: system } = useQuery(queries.system())
  const { pause, unpause } = usePause()

  const acts: Command[] = [
    {
      id: 'task.new',
      title: 'New task',
      group: 'Do',
      icon: Plus,
      keys: 'n',
      keywords: ['create', 'add'],
      run: () => void navigate({ to: '/tasks/new' }),
    },
    {
      id: 'blueprint.new',
      title: 'New blueprint',
      group: 'Do',
      icon: CalendarPlus,
      keywords: ['create', 'automation', 'schedule', 'recurring', 'template'],
      run: () => void navigate({ to: '/automations/new', search: { kind: 'repo-blueprint' } }),
    },
    {
      id: 'standalone.new',
      title: 'New standalone task',
      group: 'Do',
      icon: CalendarPlus,
      keywords: ['create', 'automation', 'schedule', 'recurring', 'job'],
      run: () => void navigate({ to: '/automations/new', search: { kind: 'standalone' } }),
    },
    {
      id: 'repo.new',
      title: 'Connect a repository',
      group: 'Do',
      icon: FolderPlus,
      keywords: ['add', 'git'],
      run: () => void navigate({ to: '/repos/new' }),
    },
    system?.paused
      ? { id: 'unpause', title: 'Resume: start agents again', group: 'Do', icon: Play, run: unpause }
      : {
          id: 'pause',
          title: 'Pause: start no new agents',
          group: 'Do',
          icon: Pause,
          keywords: ['stop'],
          run: () => pause(null),
        },
    ...(Object.keys(THEMES) as Theme[])
      .filter((each) => each !== theme)
      .map((each) => ({
        id: `theme.${each}`,
        title: `Theme: ${THEMES[each].label}`,
        group: 'Do',
        icon: THEMES[each].icon,
        keywords: ['appearance', 'colours'],
        run: () => choose(each),
      })),
    {
      id: 'shortcuts',
      title: 'Show keyboard shortcuts',
      group: 'Do',
      icon: Keyboard,
      keys: '?',
      run: showShortcuts,
    },
  ]
  const places: Command[] = [
    { id: 'go.overview', title: 'Overview', icon: Gauge, keys: 'g o', run: () => void navigate({ to: '/' }) },
    {
      id: 'go.tasks',
      title: 'Tasks',
      icon: ListTodo,
      keys: 'g t',
      run: () => void navigate({ to: '/tasks' }),
    },
    {
      id: 'go.waiting',
      title: 'Tasks waiting for you',
      icon: Hand,
      keys: 'g w',
      run: () => void navigate({ to: '/tasks', search: { waitingOn: 'person' } }),
    },
    {
      id: 'go.issues',
      title: 'Issues',
      icon: CircleDot,
      keys: 'g i',
      keywords: ['github', 'tickets', 'assign'],
      run: () => void navigate({ to: '/issues' }),
    },
    {
      id: 'go.automations',
      title: 'Automations',
      icon: CalendarClock,
      keys: 'g a',
      keywords: ['blueprints', 'standalone tasks', 'schedules', 'triggers', 'webhooks'],
      run: () => void navigate({ to: '/automations' }),
    },
    {
      id: 'go.templates',
      title: 'Prompt templates',
      icon: MessageSquareCode,
      keys: 'g p',
      keywords: ['instructions', 'liquid'],
      run: () => void navigate({ to: '/templates' }),
    },
    {
      id: 'go.taskTemplates',
      title: 'Task templates',
      icon: FileText,
      run: () => void navigate({ to: '/templates/tasks' }),
    },
    {
      id: 'go.activity',
      title: 'Activity',
      icon: Activity,
      keys: 'g h',
      keywords: ['history', 'feed', 'audit', 'what happened'],
      run: () => void navigate({ to: '/activity' }),
    },
    {
      id: 'go.repos',
      title: 'Repositories',
      icon: FolderGit2,
      keys: 'g r',
      run: () => void navigate({ to: '/repos' }),
    },
    {
      id: 'go.secrets',
      title: 'Secrets',
      icon: KeyRound,
      keys: 'g k',
      keywords: ['settings', 'tokens', 'credentials', 'api keys', 'encryption'],
      run: () => void navigate({ to: '/settings/secrets' }),
    },
    {
      id: 'go.github',
      title: 'GitHub: connection, limits, webhooks',
      icon: Settings,
      keywords: ['settings', 'deliveries', 'token'],
      run: () => void navigate({ to: '/settings/github' }),
    },
    {
      id: 'go.system',
      title: 'System',
      icon: Server,
      keys: 'g s',
      keywords: ['doctor', 'costs'],
      run: () => void navigate({ to: '/system' }),
    },
  ].map((place) => ({ ...place, group: 'Go to' }))
  useCommands([...places, ...acts])
  useShortcuts('Everywhere', [
    ...[...places, ...acts].flatMap(({ keys, title, run }) => (keys ? [{ keys, label: title, run }] : [])),
    { keys: '/', label: 'Search tasks', run: () => void navigate({ to: '/tasks', hash: 'search' }) },
  ])
}
