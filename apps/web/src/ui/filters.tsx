import { Search } from 'lucide-react'
import { type ComponentProps, type ReactNode, type RefObject, useEffect, useState } from 'react'
import { cx } from './class-names.ts'
import { Select, TextInput } from './field.tsx'
import { useDebounced } from './use-debounced.ts'

/** After the last key, in milliseconds. */
const SETTLES = 250

/** What narrows a list: words, and choices beside them. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <search className="flex flex-wrap gap-2">{children}</search>
}

interface FilterWordsProps {
  /** Where the words are looked for. */
  readonly label: string
  /** The words in the address; empty: none. */
  readonly q: string
  readonly maxLength: number
  /** Called with the words, trimmed, once nobody types any more. */
  readonly onChange: (q: string) => void
  readonly inputRef?: RefObject<HTMLInputElement | null>
}

export function FilterWords({ label, q, maxLength, onChange, inputRef }: FilterWordsProps) {
  const [words, setWords] = useState(q)
  const settled = useDebounced(words, SETTLES)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address here
  useEffect(() => {
    if (settled === words && settled.trim() !== q) onChange(settled.trim())
  }, [settled])
  // The address changed by other means: a link, or back.
  useEffect(() => setWords((before) => (before.trim() === q ? before : q)), [q])
  return (
    <div className="relative min-w-48 flex-1 max-sm:basis-full">
      <Search
        className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-3"
        aria-hidden="true"
      />
      <TextInput
        ref={inputRef}
        type="search"
        aria-label={label}
        placeholder={label}
        className="pl-8"
        maxLength={maxLength}
        value={words}
        onChange={(event) => setWords(event.target.value)}
      />
    </div>
  )
}

interface FilterChoiceProps extends Omit<ComponentProps<'select'>, 'onChange' | 'value'> {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A choice; its options are its children. */
export function FilterChoice({ label, onChange, className, ...rest }: FilterChoiceProps) {
  return (
    <Select
      aria-label={label}
      className={cx('!w-auto max-w-full max-sm:flex-1', className)}
      onChange={(event) => onChange(event.target.value)}
      {...rest}
    />
  )
}
