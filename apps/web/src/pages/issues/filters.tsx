import type { RefObject } from 'react'
import { changeSearch, ISSUE_STATES, type IssueListSearch } from '../../app/search.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { FilterBar, FilterChoice, FilterWords } from '../../ui/filters.tsx'
import { plainLine } from '../../ui/plain-text.ts'

interface FiltersProps {
  readonly search: IssueListSearch
  readonly onChange: (search: IssueListSearch) => void
  readonly searchInput: RefObject<HTMLInputElement | null>
}

const STATE_WORDS = { open: 'Open', closed: 'Closed', all: 'Open and closed' } as const

export function Filters({ search, onChange, searchInput }: FiltersProps) {
  const { repos } = useRepos()
  const change = (part: { [K in keyof IssueListSearch]?: string }) => onChange(changeSearch(search, part))
  const withIssues = repos.filter(({ gitPlatform }) => gitPlatform !== 'local')
  return (
    <FilterBar>
      <FilterWords
        label="Search in titles, or a number"
        q={search.q ?? ''}
        maxLength={500}
        onChange={(q) => change({ q })}
        inputRef={searchInput}
      />
      <FilterChoice
        label="Repository"
        className="min-w-36"
        value={search.repo ?? ''}
        onChange={(repo) => change({ repo })}
      >
        <option value="">All repositories</option>
        {withIssues.map(({ id, fullName }) => (
          <option key={id} value={id}>
            {plainLine(fullName)}
          </option>
        ))}
      </FilterChoice>
      <FilterChoice
        label="State"
        className="min-w-32"
        value={search.state ?? 'open'}
        onChange={(state) => change({ state: state === 'open' ? '' : state })}
      >
        {ISSUE_STATES.map((state) => (
          <option key={state} value={state}>
            {STATE_WORDS[state]}
          </option>
        ))}
      </FilterChoice>
    </FilterBar>
  )
}
