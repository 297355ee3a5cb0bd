import { AGENT_TYPES, type TaskStats } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import type { TaskListSearch } from '../../app/search.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { agentName } from '../../ui/agent-name.ts'
import { cx } from '../../ui/class-names.ts'
import { Select, TextInput } from '../../ui/field.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { useDebounced } from '../../ui/use-debounced.ts'
import { GROUPS, groupOf, searchOf } from './groups.ts'

/** The groups as links; how many are in each is told while nothing else narrows the list, because it counts all. */
export function GroupTabs({ search, stats }: { search: TaskListSearch; stats: TaskStats | undefined }) {
  const chosen = groupOf(search)
  const narrowed = Boolean(search.q || search.repoUrl || search.agentType)
  return (
    <nav aria-label="Kinds of tasks" className="-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0">
      <ul className="flex gap-1">
        {GROUPS.map((group) => {
          const count = stats && !narrowed ? group.count(stats) : null
          return (
            <li key={group.label}>
              <Link
                to="/tasks"
                search={searchOf(group, search)}
                activeProps={{}}
                aria-current={group === chosen ? 'page' : undefined}
                className={cx(
                  'flex items-center gap-1.5 rounded-md px-2.5 py-1.5 whitespace-nowrap',
                  group === chosen
                    ? 'bg-accent-soft font-medium text-accent'
                    : 'text-ink-2 hover:bg-sunken hover:text-ink',
                )}
              >
                {group.label}
                {count === null ? null : (
                  <span className="text-xs tabular-nums">{count.toLocaleString('en')}</span>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
    </nav>
  )
}

interface FiltersProps {
  readonly search: TaskListSearch
  readonly onChange: (search: TaskListSearch) => void
  readonly searchInput: RefObject<HTMLInputElement | null>
}

/** After the last key, in milliseconds. */
const SETTLES = 250

export function Filters({ search, onChange, searchInput }: FiltersProps) {
  const { repos, nameOf } = useRepos()
  const [words, setWords] = useState(search.q ?? '')
  const settled = useDebounced(words, SETTLES)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address here
  useEffect(() => {
    if (settled === words && settled.trim() !== (search.q ?? '')) change({ q: settled.trim() })
  }, [settled])
  // The address changed by other means: a link, or back.
  useEffect(
    () => setWords((before) => (before.trim() === (search.q ?? '') ? before : (search.q ?? ''))),
    [search.q],
  )

  const change = (part: { [K in 'q' | 'repoUrl' | 'agentType']?: string }) => {
    const entries = Object.entries({ ...search, ...part }).filter(([, value]) => value !== '')
    onChange(Object.fromEntries(entries) as TaskListSearch)
  }
  return (
    <search className="flex flex-wrap gap-2">
      <div className="relative min-w-48 flex-1 max-sm:basis-full">
        <Search
          className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3"
          aria-hidden="true"
        />
        <TextInput
          ref={searchInput}
          type="search"
          aria-label="Search in titles and prompts"
          placeholder="Search in titles and prompts"
          className="pl-8"
          maxLength={1000}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <Select
        aria-label="Repository"
        className="!w-auto max-w-full min-w-36 max-sm:flex-1"
        value={search.repoUrl ?? ''}
        onChange={(event) => change({ repoUrl: event.target.value })}
      >
        <option value="">All repositories</option>
        {search.repoUrl !== undefined && !repos.some(({ repoUrl }) => repoUrl === search.repoUrl) ? (
          <option value={search.repoUrl}>{nameOf(search.repoUrl)}</option>
        ) : null}
        {repos.map(({ id, repoUrl, fullName }) => (
          <option key={id} value={repoUrl}>
            {plainLine(fullName)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Agent"
        className="!w-auto min-w-32 max-sm:flex-1"
        value={search.agentType ?? ''}
        onChange={(event) => change({ agentType: event.target.value })}
      >
        <option value="">All agents</option>
        {AGENT_TYPES.map((type) => (
          <option key={type} value={type}>
            {agentName(type)}
          </option>
        ))}
      </Select>
    </search>
  )
}
