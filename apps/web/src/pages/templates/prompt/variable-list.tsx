import type { EffectiveTemplate } from '@optio/contract'
import { Plus } from 'lucide-react'
import { Button } from '../../../ui/button.tsx'
import { plainLine } from '../../../ui/plain-text.ts'

interface VariableListProps {
  readonly variables: EffectiveTemplate['variables']
  readonly onInsert: (name: string) => void
}

/** What a template of a kind may use: what each is, an example, and a button that puts it where the cursor is. */
export function VariableList({ variables, onInsert }: VariableListProps) {
  return (
    <ul className="max-h-96 divide-y divide-line overflow-auto">
      {variables.map(({ name, description, example }) => (
        <li key={name} className="flex items-start justify-between gap-3 px-4 py-2">
          <div className="min-w-0">
            <code className="text-xs font-medium">{name}</code>
            <p className="text-xs wrap-anywhere text-ink-2">{plainLine(description)}</p>
            <p className="truncate text-xs text-ink-3">Such as: {plainLine(example)}</p>
          </div>
          <Button small aria-label={`Insert ${name}`} onClick={() => onInsert(name)}>
            <Plus className="size-3.5" aria-hidden="true" />
            Insert
          </Button>
        </li>
      ))}
    </ul>
  )
}
