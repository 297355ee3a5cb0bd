import type { ReactNode } from 'react'
import { Field, Select, TextArea, TextInput, Toggle } from '../../../ui/field.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import type { ParamField } from './param-fields.ts'
import type { ParamValues } from './param-values.ts'

interface ParamsFormProps {
  readonly fields: readonly ParamField[]
  readonly values: ParamValues
  readonly errors: ReadonlyMap<string, string>
  readonly onChange: (values: ParamValues) => void
}

/** A field for each parameter. Everything a schema says is text from outside. */
export function ParamsForm({ fields, values, errors, onChange }: ParamsFormProps) {
  return (
    <div className="space-y-4">
      {fields.map((field) => (
        <Param
          key={field.name}
          field={field}
          value={values.get(field.name) ?? ''}
          error={errors.get(field.name) ?? null}
          onChange={(value) => onChange(new Map(values).set(field.name, value))}
        />
      ))}
    </div>
  )
}

interface ParamProps {
  readonly field: ParamField
  readonly value: string
  readonly error: string | null
  readonly onChange: (value: string) => void
}

function Param({ field, value, error, onChange }: ParamProps) {
  const { kind, required, byDefault } = field
  const label = plainLine(field.label)
  if (kind === 'boolean' && (required || typeof byDefault === 'boolean')) {
    return (
      <Toggle
        label={label}
        hint={error === null ? hintOf(field) : <span className="text-bad">{plainText(error)}</span>}
        aria-invalid={error !== null}
        checked={value === 'true'}
        onChange={(event) => onChange(String(event.target.checked))}
      />
    )
  }
  const change = (event: { target: { value: string } }) => onChange(event.target.value)
  return (
    <Field label={label} optional={!required} error={error} hint={hintOf(field)}>
      {(tied) => {
        const control = { ...tied, value, onChange: change, required, autoComplete: 'off' }
        switch (kind) {
          case 'text':
            return <TextArea {...control} className="min-h-32" />
          case 'lines':
            return <TextArea {...control} className="min-h-20" spellCheck={false} />
          case 'json':
            return <TextArea {...control} className="min-h-28 font-mono" spellCheck={false} />
          case 'choice':
            return (
              <Choice control={control} isOpen={value === '' || !required}>
                {field.choices.map((choice, index) => (
                  <option key={JSON.stringify(choice)} value={index}>
                    {plainLine(typeof choice === 'string' ? choice : JSON.stringify(choice))}
                  </option>
                ))}
              </Choice>
            )
          case 'boolean':
            return (
              <Choice control={control} isOpen>
                <option value="true">Yes</option>
                <option value="false">No</option>
              </Choice>
            )
          case 'number':
          case 'integer':
            return <TextInput {...control} inputMode={kind === 'integer' ? 'numeric' : 'decimal'} />
          default:
            return <TextInput {...control} inputMode={INPUT_MODES[field.format ?? ''] ?? 'text'} />
        }
      }}
    </Field>
  )
}

const INPUT_MODES: Readonly<Record<string, 'email' | 'url'>> = { email: 'email', uri: 'url', url: 'url' }

function Choice({
  control,
  isOpen,
  children,
}: {
  control: Parameters<typeof Select>[0]
  isOpen: boolean
  children: ReactNode
}) {
  return (
    <Select {...control}>
      {isOpen ? <option value="">{control.required ? 'Choose…' : 'Not given'}</option> : null}
      {children}
    </Select>
  )
}

function hintOf({ description, kind }: ParamField): ReactNode {
  const how = kind === 'lines' ? 'One a line.' : kind === 'json' ? 'As JSON.' : null
  const parts = [description === null ? null : plainText(description), how].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(' ')
}
