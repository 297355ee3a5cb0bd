import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ParamsBuilder } from './params-builder.tsx'
import { readSimple } from './simple-schema.ts'

interface ParamsEditorProps {
  /** JSON Schema as text; empty for none. */
  readonly value: string
  readonly error: string | null
  /** `isSound`: nothing is wrong with the rows it comes from. */
  readonly onChange: (value: string, isSound: boolean) => void
}

/** The parameters of runs: row by row, or as the JSON Schema they come to. */
export function ParamsEditor({ value, error, onChange }: ParamsEditorProps) {
  const rows = readSimple(value)
  const [wanted, setWanted] = useState<'rows' | 'json'>(rows === null ? 'json' : 'rows')
  const mode = error === null ? wanted : 'json'
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-2">
        <fieldset className="inline-flex rounded-md border border-line">
          <legend className="sr-only">How to edit the parameters</legend>
          {(['rows', 'json'] as const).map((each) => (
            <Button
              key={each}
              look="quiet"
              small
              aria-pressed={mode === each}
              disabled={each === 'rows' && rows === null}
              className={cx(mode === each && 'bg-accent-soft text-accent')}
              onClick={() => setWanted(each)}
            >
              {each === 'rows' ? 'Row by row' : 'JSON Schema'}
            </Button>
          ))}
        </fieldset>
        {rows === null ? (
          <p className="text-xs text-ink-3">This schema says more than rows can, or is not complete.</p>
        ) : null}
      </div>
      {mode === 'rows' && rows !== null ? (
        <ParamsBuilder initial={rows} onChange={onChange} />
      ) : (
        <Field
          label="JSON Schema of the parameters"
          optional
          error={error}
          hint="Draft 2020-12, of an object. Its properties make the form of “Run…”; a maxLength above 200 makes a field larger. Left out: a run takes whatever it is given."
        >
          {(control) => (
            <TextArea
              {...control}
              className="min-h-56 font-mono text-xs"
              spellCheck={false}
              value={value}
              onChange={(event) => onChange(event.target.value, true)}
            />
          )}
        </Field>
      )}
    </div>
  )
}
