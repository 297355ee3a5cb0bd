import { AGENT_TYPES, type TaskStats } from '@optio/contract'
import type { RefObject } from 'react'
import { changeSearch, type TaskListSearch } from '../../app/search.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { agentName } from '../../ui/agent-name.ts'
import { FilterBar, FilterChoice, FilterWords } from '../../ui/filters.tsx'
import { LinkTab, LinkTabs } from '../../ui/link-tabs.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { GROUPS, groupOf, searchOf } from './groups.ts'

/** The groups as links; how many are in each is told while nothing else narrows the list, because it counts all. */
export function GroupTabs({ search, stats }: { search: TaskListSearch; stats: TaskStats | undefined }) {
  const chosen = groupOf(search)
  const narrowed = Boolean(search.q || search.repoUrl || search.agentType)
  return (
    <LinkTabs label="Kinds of tasks" scrolls>
      {GROUPS.map((group) => {
        const count = stats && !narrowed ? group.count(stats) : null
        return (
          <LinkTab key={group.label} to="/tasks" search={searchOf(group, search)} isChosen={group === chosen}>
            {group.label}
            {count === null ? null : (
              <span className="text-xs tabular-nums">{count.toLocaleString('en')}</span>
            )}
          </LinkTab>
        )
      })}
    </LinkTabs>
  )
}

interface FiltersProps {
  readonly search: TaskListSearch
  readonly onChange: (search: TaskListSearch) => void
  readonly searchInput: RefObject<HTMLInputElement | null>
}

export function Filters({ search, onChange, searchInput }: FiltersProps) {
  const { repos, nameOf } = useRepos()
  const change = (part: { [K in 'q' | 'repoUrl' | 'agentType']?: string }) =>
    onChange(changeSearch(search, part))
  return (
    <FilterBar>
      <FilterWords
        label="Search in titles and prompts"
        q={search.q ?? ''}
        maxLength={1000}
        onChange={(q) => change({ q })}
        inputRef={searchInput}
      />
      <FilterChoice
        label="Repository"
        className="min-w-36"
        value={search.repoUrl ?? ''}
        onChange={(repoUrl) => change({ repoUrl })}
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
      </FilterChoice>
      <FilterChoice
        label="Agent"
        className="min-w-32"
        value={search.agentType ?? ''}
        onChange={(agentType) => change({ agentType })}
      >
        <option value="">All agents</option>
        {AGENT_TYPES.map((type) => (
          <option key={type} value={type}>
            {agentName(type)}
          </option>
        ))}
      </FilterChoice>
    </FilterBar>
  )
}
