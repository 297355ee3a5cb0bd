import type { Dependency, Task } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextInput } from '../../../ui/field.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { useDebounced } from '../../../ui/use-debounced.ts'

const FOUND = 12
const SETTLES = 250

interface AddDependencyProps {
  readonly task: Task
  readonly known: readonly Dependency[]
  readonly onClose: () => void
}

/** Finds a task by its words, and has this one wait for it. */
export function AddDependency({ task, known, onClose }: AddDependencyProps) {
  const [words, setWords] = useState('')
  const q = useDebounced(words.trim(), SETTLES)
  const { nameOf } = useRepos()
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const { data, error } = useQuery(queries.tasksHead(q === '' ? {} : { q }, FOUND))
  const taken = new Set([task.id, ...known.map(({ id }) => id)])
  const found = data?.tasks.filter(({ id }) => !taken.has(id)) ?? []
  const add = useMutation({
    mutationFn: (id: string) =>
      api.dependencies.add({ params: { id: task.id }, body: { dependsOnIds: [id] } }),
    onSuccess: () => {
      toasts.done('It waits for that task now')
      onClose()
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', task.id] }),
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Wait for another task"
      description="It starts once that one is completed, from a base that contains its work."
    >
      <div className="mt-4 space-y-3">
        <Field label="Find a task" hint="By words of its title or of what it is to do.">
          {(control) => (
            <TextInput
              {...control}
              type="search"
              autoFocus
              autoComplete="off"
              value={words}
              onChange={({ target }) => setWords(target.value)}
            />
          )}
        </Field>
        {add.error ? <ErrorNotice error={add.error} title="It does not wait for that task" /> : null}
        {error ? <ErrorNotice error={error} title="The tasks could not be read" /> : null}
        {data && found.length === 0 ? (
          <p role="status" className="text-ink-2">
            {q === '' ? 'There is no other task yet.' : 'No other task has these words. Look for fewer.'}
          </p>
        ) : null}
        <ul
          aria-label="Tasks found"
          className="divide-y divide-line rounded-lg border border-line empty:hidden"
        >
          {found.map(({ id, title, state, repoUrl }) => (
            <li key={id} className="flex flex-wrap items-center justify-between gap-2 px-3 py-2">
              <div className="min-w-0 flex-1 basis-48">
                <p className="line-clamp-2 font-medium wrap-anywhere">{plainLine(title)}</p>
                <p className="mt-0.5 flex flex-wrap items-center gap-2 text-xs text-ink-3">
                  <StateBadge state={state} />
                  <span className="truncate">{nameOf(repoUrl)}</span>
                </p>
              </div>
              <Button
                small
                busy={add.isPending && add.variables === id}
                aria-label={`Wait for “${plainLine(title)}”`}
                onClick={() => add.mutate(id)}
              >
                Wait for it
              </Button>
            </li>
          ))}
        </ul>
        <div className="flex justify-end">
          <Button onClick={onClose}>Back</Button>
        </div>
      </div>
    </Dialog>
  )
}
