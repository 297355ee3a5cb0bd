import { Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { TextInput } from '../../../ui/field.tsx'
import { useDebounced } from '../../../ui/use-debounced.ts'

/** After the last key, in milliseconds. */
const SETTLES = 250

interface SearchBoxProps {
  readonly q: string
  readonly onChange: (q: string) => void
}

export function SearchBox({ q, onChange }: SearchBoxProps) {
  const [words, setWords] = useState(q)
  const settled = useDebounced(words, SETTLES)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address here
  useEffect(() => {
    if (settled === words && settled.trim() !== q) onChange(settled.trim())
  }, [settled])
  // The address changed by other means: a link, or back.
  useEffect(() => setWords((before) => (before.trim() === q ? before : q)), [q])
  return (
    <search className="relative block">
      <Search
        className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3"
        aria-hidden="true"
      />
      <TextInput
        type="search"
        aria-label="Search in names and prompts"
        placeholder="Search in names and prompts"
        className="pl-8"
        maxLength={1000}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
    </search>
  )
}
