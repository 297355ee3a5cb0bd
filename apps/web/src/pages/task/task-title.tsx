import type { Task } from '@optio/contract'
import { Pencil } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { TextInput } from '../../ui/field.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { actsFor } from './acts.ts'
import { useTaskAct } from './use-task-act.ts'

/** The heading of the page, and a field for a better one. */
export function TaskTitle({ task }: { task: Task }) {
  const [draft, setDraft] = useState<string | null>(null)
  const edit = useTaskAct(task.id)
  if (draft === null) {
    return (
      <>
        <h1 className="min-w-0 text-xl font-semibold wrap-anywhere">{plainLine(task.title)}</h1>
        {actsFor(task).includes('priority') ? (
          <Button
            look="quiet"
            small
            aria-label="Edit the title"
            title="Edit the title"
            onClick={() => setDraft(task.title)}
          >
            <Pencil className="size-3.5" aria-hidden="true" />
          </Button>
        ) : null}
      </>
    )
  }
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (draft.trim() === '' || draft === task.title) return setDraft(null)
    edit.act((api) => api.tasks.edit({ params: { id: task.id }, body: { title: draft } }), {
      done: 'The title was changed.',
      failed: 'The title could not be changed',
      after: () => setDraft(null),
    })
  }
  return (
    <form onSubmit={save} className="flex min-w-0 flex-1 flex-wrap gap-2">
      <h1 className="sr-only">{plainLine(task.title)}</h1>
      <TextInput
        aria-label="Title"
        autoFocus
        maxLength={500}
        value={draft}
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={({ key }) => key === 'Escape' && setDraft(null)}
        className="min-w-0 flex-1 basis-60"
      />
      <Button type="submit" look="primary" busy={edit.isBusy}>
        Save
      </Button>
      <Button onClick={() => setDraft(null)}>Back</Button>
    </form>
  )
}
