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

function Wrong({ error, template }: { error: Error; template: string }) {
  const line = lineOf(error)
  const words = line === null ? undefined : template.split('\n')[line - 1]
  return (
    <div role="status" className="px-4 py-3">
      <p className="wrap-anywhere text-bad">{plainText(errorWords(error))}</p>
      {line === null || words === undefined ? null : (
        <p className="mt-2 rounded bg-sunken px-3 py-2 font-mono text-xs wrap-anywhere">
          <span className="text-ink-3">{line}: </span>
          {plainLine(words)}
        </p>
      )}
    </div>
  )
}

/** Line of the template an error is about, from 1; null where it is about none. */
function lineOf(error: Error): number | null {
  if (!(error instanceof ApiError)) return null
  const { line } = (error.details ?? {}) as { line?: unknown }
  return typeof line === 'number' ? line : null
}
