import { Eye, EyeOff } from 'lucide-react'
import { type ClipboardEvent, useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Field, TextArea, TextInput } from '../../../ui/field.tsx'

interface ValueFieldProps {
  readonly value: string
  readonly error: string | null
  /** Typed into at once. */
  readonly focused: boolean
  readonly onChange: (value: string) => void
}

/** Hidden until somebody wants to see it. A value of several lines can only be shown: a hidden field would drop its line breaks. */
export function ValueField({ value, error, focused, onChange }: ValueFieldProps) {
  const [wantsShown, setWantsShown] = useState(false)
  const hasLines = value.includes('\n')
  const isShown = wantsShown || hasLines
  const paste = (event: ClipboardEvent<HTMLInputElement>) => {
    const text = event.clipboardData.getData('text').replaceAll('\r\n', '\n')
    if (!text.includes('\n') || value !== '') return
    event.preventDefault()
    // The break at the end comes with copying a line, and is part of what has several.
    onChange(text.trimEnd().includes('\n') ? text : text.trimEnd())
  }
  const shared = {
    autoFocus: focused,
    autoComplete: 'new-password',
    spellCheck: false,
    className: 'font-mono',
    value,
  }
  return (
    <Field
      label="Value"
      error={error}
      hint={hasLines ? 'A value of several lines is shown while it is here.' : undefined}
    >
      {(control) => (
        <div className="flex items-start gap-2">
          {isShown ? (
            <TextArea {...control} {...shared} onChange={(event) => onChange(event.target.value)} />
          ) : (
            <TextInput
              {...control}
              {...shared}
              type="password"
              onPaste={paste}
              onChange={(event) => onChange(event.target.value)}
            />
          )}
          <Button
            disabled={hasLines}
            aria-pressed={isShown}
            aria-label="Show the value"
            title={isShown ? 'Hide the value' : 'Show the value'}
            onClick={() => setWantsShown(!wantsShown)}
          >
            {isShown ? (
              <EyeOff className="size-4" aria-hidden="true" />
            ) : (
              <Eye className="size-4" aria-hidden="true" />
            )}
          </Button>
        </div>
      )}
    </Field>
  )
}
