import { Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Field, Select, TextArea, TextInput, Toggle } from '../../../ui/field.tsx'
import {
  emptyParam,
  type RowProblem,
  SIMPLE_TYPES,
  type SimpleParam,
  type SimpleType,
  writeSimple,
} from './simple-schema.ts'

const TYPE_WORDS: Readonly<Record<SimpleType, string>> = {
  string: 'Text, one line',
  text: 'Text, several lines',
  integer: 'Whole number',
  number: 'Number',
  boolean: 'Yes or no',
  choice: 'One of a list',
  list: 'List of texts',
}

interface ParamsBuilderProps {
  readonly initial: readonly SimpleParam[]
  /** Gets the schema as JSON, and whether nothing is wrong with the rows it comes from. */
  readonly onChange: (json: string, isSound: boolean) => void
}

/** A row for each parameter. */
export function ParamsBuilder({ initial, onChange }: ParamsBuilderProps) {
  const [rows, setRows] = useState(initial)
  const { problems } = writeSimple(rows)
  const change = (next: readonly SimpleParam[]) => {
    setRows(next)
    const { json, problems: wrong } = writeSimple(next)
    onChange(json, wrong.size === 0)
  }
  return (
    <div className="space-y-3">
      {rows.length === 0 ? (
        <p className="text-ink-2">
          None yet. A parameter is asked for with each run and stands in the prompt as{' '}
          <code>{'{{ its_name }}'}</code>.
        </p>
      ) : null}
      <ul className="space-y-3">
        {rows.map((row, index) => (
          <li key={row.key} className="rounded-lg border border-line p-3">
            <Row
              row={row}
              number={index + 1}
              problem={problems.get(row.key) ?? null}
              onChange={(part) =>
                change(rows.map((each) => (each.key === row.key ? { ...each, ...part } : each)))
              }
              onRemove={() => change(rows.filter((each) => each.key !== row.key))}
            />
          </li>
        ))}
      </ul>
      <Button small onClick={() => change([...rows, { ...emptyParam(), name: freeName(rows) }])}>
        <Plus className="size-3.5" aria-hidden="true" />
        Add a parameter
      </Button>
    </div>
  )
}

interface RowProps {
  readonly row: SimpleParam
  readonly number: number
  readonly problem: RowProblem | null
  readonly onChange: (part: Partial<SimpleParam>) => void
  readonly onRemove: () => void
}

function Row({ row, number, problem, onChange, onRemove }: RowProps) {
  return (
    <fieldset className="grid gap-3 sm:grid-cols-2">
      <legend className="sr-only">Parameter {number}</legend>
      <Field label="Name" error={problem?.at === 'name' ? problem.words : null}>
        {(control) => (
          <TextInput
            {...control}
            className="font-mono"
            autoComplete="off"
            spellCheck={false}
            value={row.name}
            onChange={(event) => onChange({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Type">
        {(control) => (
          <Select
            {...control}
            value={row.type}
            onChange={(event) => onChange({ type: event.target.value as SimpleType, byDefault: '' })}
          >
            {SIMPLE_TYPES.map((type) => (
              <option key={type} value={type}>
                {TYPE_WORDS[type]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Description" optional>
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            value={row.description}
            onChange={(event) => onChange({ description: event.target.value })}
          />
        )}
      </Field>
      <Default row={row} problem={problem} onChange={onChange} />
      {row.type === 'choice' ? (
        <Field
          label="What can be chosen"
          hint="One a line."
          error={problem?.at === 'choices' ? problem.words : null}
        >
          {(control) => (
            <TextArea
              {...control}
              className="min-h-16"
              value={row.choices}
              onChange={(event) => onChange({ choices: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      <div className="flex items-center justify-between gap-2 sm:col-span-2">
        <Toggle
          label="Required"
          checked={row.required}
          onChange={(event) => onChange({ required: event.target.checked })}
        />
        <Button look="danger" small aria-label={`Remove parameter ${number}`} onClick={onRemove}>
          <Trash2 className="size-3.5" aria-hidden="true" />
          Remove
        </Button>
      </div>
    </fieldset>
  )
}

function Default({ row, problem, onChange }: Pick<RowProps, 'row' | 'problem' | 'onChange'>) {
  return (
    <Field
      label="Default"
      optional
      hint={row.type === 'list' ? 'One a line.' : null}
      error={problem?.at === 'byDefault' ? problem.words : null}
    >
      {(control) => {
        const given = {
          ...control,
          value: row.byDefault,
          onChange: (event: { target: { value: string } }) => onChange({ byDefault: event.target.value }),
        }
        if (row.type === 'boolean') {
          return (
            <Select {...given}>
              <option value="">None</option>
              <option value="true">Yes</option>
              <option value="false">No</option>
            </Select>
          )
        }
        return row.type === 'text' || row.type === 'list' ? (
          <TextArea {...given} className="min-h-16" />
        ) : (
          <TextInput {...given} autoComplete="off" />
        )
      }}
    </Field>
  )
}

/** A name no row has yet. */
function freeName(rows: readonly SimpleParam[]): string {
  for (let number = rows.length + 1; ; number += 1) {
    const name = `parameter_${number}`
    if (!rows.some((row) => row.name === name)) return name
  }
}
