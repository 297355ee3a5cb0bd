import type { Retention } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { useToasts } from '../../ui/toasts.tsx'

type Name = keyof Retention

const FIELDS: readonly { name: Name; label: string; hint: string }[] = [
  { name: 'logsDays', label: 'Logs', hint: 'What agents said, of tasks and runs that are over.' },
  {
    name: 'eventsDays',
    label: 'Events',
    hint: 'The activity and the histories of states, of tasks and runs that are over.',
  },
  { name: 'deliveriesDays', label: 'Deliveries', hint: 'Firings of triggers, with what webhooks sent.' },
]

/** How long things are kept, in days. */
export function RetentionCard() {
  const { data, error } = useQuery(queries.retention())
  if (data) return <RetentionForm retention={data} />
  return error ? <ErrorNotice error={error} title="How long things are kept could not be read" /> : null
}

/** Only what was typed here is kept apart: what somebody else changes meanwhile shows. */
function RetentionForm({ retention }: { retention: Retention }) {
  const [edits, setEdits] = useState<Partial<Record<Name, string>>>({})
  const [problems, setProblems] = useState<Partial<Record<Name, string>>>({})
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const save = useMutation({
    mutationFn: (body: Partial<Retention>) => api.system.editRetention({ body }),
    onSuccess: ({ retention: saved }) => {
      queryClient.setQueryData(queries.retention().queryKey, saved)
      setEdits({})
      toasts.done('Saved', 'What is older is removed once an hour.')
    },
  })
  const typedOf = (name: Name) => edits[name] ?? (retention[name] === null ? '' : String(retention[name]))
  const changed = FIELDS.filter(
    ({ name }) => edits[name] !== undefined && readDays(typedOf(name)) !== retention[name],
  )
  const errors = { ...fieldErrors(save.error), ...problems }
  const submit = () => {
    const wrong = changed.filter(({ name }) => readDays(typedOf(name)) === undefined)
    setProblems(Object.fromEntries(wrong.map(({ name }) => [name, 'must be a whole number of days'])))
    if (wrong.length > 0 || changed.length === 0) return
    save.mutate(Object.fromEntries(changed.map(({ name }) => [name, readDays(typedOf(name))])))
  }
  return (
    <Card title="How long things are kept">
      <form
        noValidate
        className="space-y-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <p className="text-ink-2">
          In days; left empty, for ever. Tasks, their attempts and their costs stay in any case, and so does
          all that belongs to a task that is not over.
        </p>
        <div className="grid gap-4 sm:grid-cols-3">
          {FIELDS.map(({ name, label, hint }) => (
            <Field key={name} label={label} hint={hint} error={errors[name] ?? null}>
              {(control) => (
                <TextInput
                  {...control}
                  inputMode="numeric"
                  autoComplete="off"
                  placeholder="for ever"
                  value={typedOf(name)}
                  onChange={({ target }) => setEdits((before) => ({ ...before, [name]: target.value }))}
                />
              )}
            </Field>
          ))}
        </div>
        {save.error && Object.keys(errors).length === 0 ? (
          <ErrorNotice error={save.error} title="It was not saved" />
        ) : null}
        <Button type="submit" busy={save.isPending} disabled={changed.length === 0}>
          Save
        </Button>
      </form>
    </Card>
  )
}

/** Null for ever; undefined for what is no number of days. */
function readDays(typed: string): number | null | undefined {
  const given = typed.trim()
  if (given === '') return null
  return /^\d{1,6}$/.test(given) ? Number(given) : undefined
}
