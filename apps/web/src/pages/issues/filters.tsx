import { Search } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import { ISSUE_STATES, type IssueListSearch } from '../../app/search.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { Select, TextInput } from '../../ui/field.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { useDebounced } from '../../ui/use-debounced.ts'

interface FiltersProps {
  readonly search: IssueListSearch
  readonly onChange: (search: IssueListSearch) => void
  readonly searchInput: RefObject<HTMLInputElement | null>
}

/** After the last key, in milliseconds. */
const SETTLES = 250

const STATE_WORDS = { open: 'Open', closed: 'Closed', all: 'Open and closed' } as const

export function Filters({ search, onChange, searchInput }: FiltersProps) {
  const { repos } = useRepos()
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
  const change = (part: { [K in keyof IssueListSearch]?: string }) => {
    const entries = Object.entries({ ...search, ...part }).filter(([, value]) => value !== '')
    onChange(Object.fromEntries(entries) as IssueListSearch)
  }
  const withIssues = repos.filter(({ gitPlatform }) => gitPlatform !== 'local')
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
          aria-label="Search in titles, or a number"
          placeholder="Search in titles, or a number"
          className="pl-8"
          maxLength={500}
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      </div>
      <Select
        aria-label="Repository"
        className="!w-auto max-w-full min-w-36 max-sm:flex-1"
        value={search.repo ?? ''}
        onChange={(event) => change({ repo: event.target.value })}
      >
        <option value="">All repositories</option>
        {withIssues.map(({ id, fullName }) => (
          <option key={id} value={id}>
            {plainLine(fullName)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="State"
        className="!w-auto min-w-32 max-sm:flex-1"
        value={search.state ?? 'open'}
        onChange={(event) => change({ state: event.target.value === 'open' ? '' : event.target.value })}
      >
        {ISSUE_STATES.map((state) => (
          <option key={state} value={state}>
            {STATE_WORDS[state]}
          </option>
        ))}
      </Select>
    </search>
  )
}
