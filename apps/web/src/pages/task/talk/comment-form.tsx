import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'

interface CommentFormProps {
  readonly label: string
  readonly action: string
  readonly initial?: string
  readonly busy: boolean
  readonly error: Error | null
  readonly onSubmit: (content: string) => void
  /** Left out where there is nothing to go back to. */
  readonly onBack?: () => void
}

/** A field for a comment. */
export function CommentForm({
  label,
  action,
  initial = '',
  busy,
  error,
  onSubmit,
  onBack,
}: CommentFormProps) {
  const [content, setContent] = useState(initial)
  const isBlank = content.trim() === ''
  const submit = () => {
    if (!isBlank && !busy) onSubmit(content)
  }
  return (
    <form
      className="space-y-2"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && onBack) onBack()
        else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
        else return
        event.preventDefault()
      }}
    >
      <Field label={label}>
        {(control) => (
          <TextArea
            {...control}
            autoFocus={onBack !== undefined}
            maxLength={10_000}
            value={content}
            onChange={({ target }) => setContent(target.value)}
          />
        )}
      </Field>
      {error ? <ErrorNotice error={error} title="The comment was not saved" /> : null}
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" busy={busy} disabled={isBlank}>
          {action}
        </Button>
        {onBack ? <Button onClick={onBack}>Back</Button> : null}
        <p className="text-xs text-ink-3">Ctrl or Cmd + Enter does the same.</p>
      </div>
    </form>
  )
}
