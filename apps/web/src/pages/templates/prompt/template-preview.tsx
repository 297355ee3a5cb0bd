import { ApiError, type PromptTemplateKind } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../../api/queries.ts'
import { errorWords } from '../../../ui/notice.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { useDebounced } from '../../../ui/use-debounced.ts'

const SETTLES = 300

interface TemplatePreviewProps {
  readonly template: string
  readonly kind: PromptTemplateKind
  /** Parameters of its own, which are shown by their names. */
  readonly declared: readonly string[]
}

/** What a template comes to with examples, or what is wrong with it and in which line. */
export function TemplatePreview({ template, kind, declared }: TemplatePreviewProps) {
  const settled = useDebounced(template, SETTLES)
  const params = useMemo(() => Object.fromEntries(declared.map((name) => [name, `(${name})`])), [declared])
  const isBlank = settled.trim() === ''
  const { data, error } = useQuery({ ...queries.textPreview(settled, params, kind), enabled: !isBlank })
  if (isBlank) return <p className="px-4 py-3 text-ink-3">Write the template first.</p>
  if (error) return <Wrong error={error} template={settled} />
  if (data === undefined) return <p className="px-4 py-3 text-ink-3">Reading…</p>
  return (
    <section
      className="max-h-96 overflow-auto px-4 py-3"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
      tabIndex={0}
      aria-label="What it comes to, with examples"
    >
      <p className="font-mono text-xs wrap-anywhere whitespace-pre-wrap">{plainText(data)}</p>
    </section>
  )
}

/** Lines of a template that are shown with what is wrong with them. */
const MOST_LINES = 10

function Wrong({ error, template }: { error: Error; template: string }) {
  return (
    <div role="status" className="px-4 py-3">
      <p className="wrap-anywhere text-bad">{plainText(errorWords(error))}</p>
      <ul className="mt-2 rounded bg-sunken px-3 py-2 font-mono text-xs empty:hidden">
        {linesOf(error, template).map(({ number, words }) => (
          <li key={number} className="wrap-anywhere">
            <span className="text-ink-3">{number}: </span>
            {plainLine(words)}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** Lines an error is about: the one it names, or those that have a name which is not known. */
function linesOf(error: Error, template: string): { number: number; words: string }[] {
  if (!(error instanceof ApiError)) return []
  const { line, unknown } = (error.details ?? {}) as { line?: unknown; unknown?: unknown }
  const names = Array.isArray(unknown) ? unknown.map(String) : []
  return template
    .split('\n')
    .map((words, index) => ({ number: index + 1, words }))
    .filter(({ number, words }) => number === line || names.some((name) => hasName(words, name)))
    .slice(0, MOST_LINES)
}

/** As a word of its own. */
function hasName(words: string, name: string): boolean {
  return words.split(/[^\p{L}\p{N}_-]+/u).includes(name)
}
