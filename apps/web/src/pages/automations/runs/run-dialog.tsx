import type { StartedRun } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type SubmitEvent, useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../../../api/client.ts'
import { type Definition, queries } from '../../../api/queries.ts'
import { KINDS } from '../../../tasks/kinds.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { useDebounced } from '../../../ui/use-debounced.ts'
import { paramFields } from '../params/param-fields.ts'
import { initialValues, type Params, paramErrors, parseJson, readParams } from '../params/param-values.ts'
import { ParamsForm } from '../params/params-form.tsx'
import { WhatIsTold } from './what-is-told.tsx'

interface RunDialogProps {
  readonly definition: Definition
  readonly onClose: () => void
}

/** Asks for the parameters of a run, starts it and opens it. */
export function RunDialog({ definition, onClose }: RunDialogProps) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const form = useRef<HTMLFormElement>(null)
  const asked = useParams(definition)
  const { run, what } = WORDS[definition.type]
  const start = useMutation({
    mutationFn: (params: Params) => api.runs.start({ params: { id: definition.id }, body: { params } }),
    onSuccess: async ({ runId }: StartedRun) => {
      void queryClient.invalidateQueries({ queryKey: ['runs'] })
      onClose()
      await navigate({ to: '/tasks/$taskId', params: { taskId: runId } })
    },
  })
  const told = paramErrors(start.error, asked.names)
  const errors = new Map([...told.byName, ...asked.problems])

  // The eye and the screen reader go to the first field that has to be mended.
  const isWrong = errors.size > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: again with each try
  useEffect(() => {
    if (isWrong) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
  }, [isWrong, start.error, asked.tries])

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (start.isPending) return
    const params = asked.submit()
    start.reset()
    if (params !== null) start.mutate(params)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Run “${plainLine(definition.name)}”`}
      description={what}
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-4 space-y-4">
        {asked.fields === null ? (
          <Field
            label="Parameters"
            optional
            error={errors.get(JSON_NAME) ?? null}
            hint="A JSON object. What it names can be used in the prompt."
          >
            {(control) => (
              <TextArea
                {...control}
                className="min-h-28 font-mono"
                spellCheck={false}
                value={asked.json}
                onChange={(event) => asked.setJson(event.target.value)}
              />
            )}
          </Field>
        ) : asked.fields.length === 0 ? (
          <p className="text-ink-2">It takes no parameters.</p>
        ) : (
          <ParamsForm
            fields={asked.fields}
            values={asked.values}
            errors={errors}
            onChange={asked.setValues}
          />
        )}
        {start.error && told.rest !== null ? (
          <ErrorNotice error={told.rest} title="It was not started" />
        ) : null}
        <Preview definition={definition} params={asked.readable} />
        <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 border-t border-line bg-surface px-5 py-3">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={start.isPending}>
            {run}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const WORDS: Readonly<Record<Definition['type'], { run: string; what: string }>> = {
  'repo-blueprint': {
    run: 'Make the task',
    what: 'A task is made of it and queued; you get a pull request.',
  },
  standalone: { run: 'Run now', what: 'A run is queued; its output is what the agent says at its end.' },
}

/** What the field for all parameters at once goes by; no parameter is called so. */
const JSON_NAME = ''

/** The parameters that are typed: in fields, or as JSON where the schema has none. */
function useParams({ paramsSchema }: Definition) {
  const fields = useMemo(() => paramFields(paramsSchema), [paramsSchema])
  const [values, setValues] = useState(() => initialValues(fields ?? []))
  const [json, setJson] = useState('')
  const [tries, setTries] = useState(0)
  const read = useMemo(
    () => (fields === null ? readJson(json) : readParams(fields, values)),
    [fields, values, json],
  )
  return {
    fields,
    values,
    setValues,
    json,
    setJson,
    tries,
    names: fields === null ? [] : fields.map(({ name }) => name),
    /** Told once somebody has tried. */
    problems: tries > 0 ? read.problems : new Map<string, string>(),
    /** Null while it cannot be sent. */
    readable: read.problems.size === 0 ? read.params : null,
    submit: () => {
      setTries(tries + 1)
      return read.problems.size === 0 ? read.params : null
    },
  }
}

function readJson(typed: string): { params: Params; problems: Map<string, string> } {
  const value = typed.trim() === '' ? {} : parseJson(typed)
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject
    ? { params: value as Params, problems: new Map() }
    : { params: {}, problems: new Map([[JSON_NAME, 'must be a JSON object']]) }
}

const SETTLES = 400

function Preview({ definition, params }: { definition: Definition; params: Params | null }) {
  const [open, setOpen] = useState(false)
  const settled = useDebounced(params, SETTLES)
  const { data, error } = useQuery({
    ...queries.runPreview(definition.id, settled ?? {}),
    enabled: open && settled !== null,
  })
  return (
    <details
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="rounded-lg border border-line"
    >
      <summary className="cursor-pointer px-3 py-2 font-medium">
        What the {KINDS[definition.type].run}’s agent is told
      </summary>
      <div className="border-t border-line p-3">
        {settled === null ? (
          <p className="text-ink-3">Fill in what is required first.</p>
        ) : (
          <WhatIsTold title={data?.title ?? null} prompt={data?.prompt ?? null} error={error} />
        )}
      </div>
    </details>
  )
}
