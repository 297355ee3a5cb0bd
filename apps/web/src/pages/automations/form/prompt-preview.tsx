import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { useDebounced } from '../../../ui/use-debounced.ts'
import { type ParamField, paramFields } from '../params/param-fields.ts'
import { initialValues, parseJson, readParams } from '../params/param-values.ts'
import { ParamsForm } from '../params/params-form.tsx'
import { WhatIsTold } from '../runs/what-is-told.tsx'

interface PromptPreviewProps {
  readonly template: string
  /** JSON Schema as text. */
  readonly paramsSchema: string
}

const SETTLES = 400

/** What an agent would be told with some parameters; nothing of it is saved. */
export function PromptPreview({ template, paramsSchema }: PromptPreviewProps) {
  const [open, setOpen] = useState(false)
  const fields = useMemo(() => fieldsOf(paramsSchema), [paramsSchema])
  const [typed, setTyped] = useState<ReadonlyMap<string, string>>(new Map())
  const values = useMemo(() => new Map([...samples(fields), ...typed]), [fields, typed])
  const { params } = useMemo(() => readParams(fields, values), [fields, values])
  const wanted = useDebounced(JSON.stringify([template, params]), SETTLES)
  const [text, given] = JSON.parse(wanted) as [string, Record<string, unknown>]
  const { data, error } = useQuery({
    ...queries.textPreview(text, given),
    enabled: open && text.trim() !== '',
  })
  return (
    <details
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="rounded-lg border border-line bg-surface"
    >
      <summary className="cursor-pointer px-4 py-2.5 font-medium">Preview: what the agent is told</summary>
      <div className="space-y-4 border-t border-line p-4">
        {text.trim() === '' ? (
          <p className="text-ink-3">Write the prompt first.</p>
        ) : (
          <>
            {fields.length === 0 ? null : (
              <fieldset>
                <legend className="mb-2 text-ink-2">With these parameters, which are not saved:</legend>
                <ParamsForm fields={fields} values={values} errors={new Map()} onChange={setTyped} />
              </fieldset>
            )}
            <WhatIsTold title={null} prompt={data ?? null} error={error} />
          </>
        )}
      </div>
    </details>
  )
}

function fieldsOf(json: string): ParamField[] {
  const schema = parseJson(json)
  const isObject = typeof schema === 'object' && schema !== null && !Array.isArray(schema)
  return isObject ? (paramFields(schema as Record<string, unknown>) ?? []) : []
}

/** What holds where nothing is said; and a word where there is no such thing, so that the preview is not full of holes. */
function samples(fields: readonly ParamField[]): Map<string, string> {
  const values = initialValues(fields)
  return new Map(
    fields.map((field) => {
      const value = values.get(field.name) ?? ''
      return [field.name, value === '' ? (SAMPLES[field.kind]?.(field) ?? '') : value]
    }),
  )
}

const SAMPLES: Partial<Record<ParamField['kind'], (field: ParamField) => string>> = {
  line: ({ name }) => `(${name})`,
  text: ({ name }) => `(${name})`,
  lines: ({ name }) => `(${name})`,
  number: () => '1',
  integer: () => '1',
  choice: () => '0',
}
