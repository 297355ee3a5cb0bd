import type { ReactNode } from 'react'
import { Field, TextArea, TextInput } from '../../../ui/field.tsx'
import type { AutomationDraft, DraftName, DraftProblems } from './automation-draft.ts'

/** What every part of the form gets. */
export interface FormPartProps {
  readonly draft: AutomationDraft
  readonly errors: DraftProblems
  readonly change: (part: Partial<AutomationDraft>) => void
}

type TextName = { [K in DraftName]: AutomationDraft[K] extends string ? K : never }[DraftName]

interface LineProps extends FormPartProps {
  readonly name: TextName
  readonly label: string
  readonly hint?: ReactNode
  readonly optional?: boolean
  readonly mode?: 'text' | 'numeric' | 'decimal'
}

/** A field of one line. */
export function Line({
  draft,
  errors,
  change,
  name,
  label,
  hint,
  optional = false,
  mode = 'text',
}: LineProps) {
  return (
    <Field label={label} hint={hint} optional={optional} error={errors[name] ?? null}>
      {(control) => (
        <TextInput
          {...control}
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
          inputMode={mode}
          autoComplete="off"
        />
      )}
    </Field>
  )
}

/** A field of several lines, as programs read them. */
export function Lines({ draft, errors, change, name, label, hint, optional = false }: LineProps) {
  return (
    <Field label={label} hint={hint} optional={optional} error={errors[name] ?? null}>
      {(control) => (
        <TextArea
          {...control}
          className="min-h-20 font-mono"
          value={draft[name]}
          onChange={(event) => change({ [name]: event.target.value })}
          spellCheck={false}
        />
      )}
    </Field>
  )
}
