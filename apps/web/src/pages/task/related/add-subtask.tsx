import type { CallInput, Routes, Task } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { AgentChoice } from '../../../tasks/agent-choice.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea, TextInput, Toggle } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { useToasts } from '../../../ui/toasts.tsx'

type Body = NonNullable<CallInput<Routes['subtasks']['create']>['body']>
type Kind = NonNullable<Body['taskType']>

const KINDS: readonly { kind: Kind; label: string; hint: string }[] = [
  {
    kind: 'step',
    label: 'Next step',
    hint: 'Begins once the step before it is completed, and is told what that came to. If one fails, those behind it fail.',
  },
  {
    kind: 'child',
    label: 'Subtask beside it',
    hint: 'Work of its own in the same repository, with a branch and a pull request of its own.',
  },
  {
    kind: 'review',
    label: 'Review',
    hint: 'An agent reads the pull request as it is now, and says what it thinks of it.',
  },
]

/** A form for a task that is part of this one. */
export function AddSubtask({ task, onClose }: { task: Task; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('step')
  const [title, setTitle] = useState('')
  const [prompt, setPrompt] = useState('')
  const [agentType, setAgentType] = useState('')
  const [model, setModel] = useState('')
  const [blocks, setBlocks] = useState<boolean | null>(null)
  const [isHeld, setIsHeld] = useState(false)
  const [missing, setMissing] = useState<string | null>(null)
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const create = useMutation({
    mutationFn: (body: Body) => api.subtasks.create({ params: { id: task.id }, body }),
    onSuccess: () => {
      toasts.done(isHeld && kind !== 'review' ? 'It is held until you start it' : 'It was added')
      onClose()
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', task.id] }),
  })
  const errors = fieldErrors(create.error)
  const isReview = kind === 'review'
  const submit = () => {
    if (create.isPending) return
    setMissing(prompt.trim() === '' ? 'Say what is to be done.' : null)
    if (prompt.trim() === '') return
    create.mutate({
      taskType: kind,
      prompt,
      ...(title.trim() === '' || isReview ? {} : { title }),
      ...(agentType === '' ? {} : { agentType: agentType as NonNullable<Body['agentType']> }),
      ...(model.trim() === '' ? {} : { model: model.trim() }),
      ...(isReview ? {} : { blocksParent: blocks ?? kind === 'step', autoQueue: !isHeld }),
    })
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Add a subtask">
      <form
        noValidate
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          submit()
        }}
      >
        <fieldset className="space-y-2">
          <legend className="mb-1 font-medium">What it is</legend>
          {KINDS.map(({ kind: each, label, hint }) => {
            const isPossible = each !== 'review' || task.prState === 'open'
            return (
              <label key={each} className="flex items-start gap-2">
                <input
                  type="radio"
                  name="kind"
                  className="mt-1 size-4 accent-accent"
                  checked={kind === each}
                  disabled={!isPossible}
                  onChange={() => setKind(each)}
                />
                <span>
                  <span className="font-medium">{label}</span>
                  <span className="block text-xs text-ink-3">
                    {isPossible ? hint : 'There is no open pull request to review.'}
                  </span>
                </span>
              </label>
            )
          })}
        </fieldset>
        {isReview ? null : (
          <Field
            label="Title"
            optional
            error={errors.title ?? null}
            hint="Left out: the first line of the following."
          >
            {(control) => (
              <TextInput {...control} value={title} onChange={({ target }) => setTitle(target.value)} />
            )}
          </Field>
        )}
        <Field
          label={isReview ? 'What the reviewer is to look at' : 'What is to be done'}
          error={missing ?? errors.prompt ?? null}
        >
          {(control) => (
            <TextArea
              {...control}
              className="min-h-32 font-mono text-sm"
              value={prompt}
              onChange={({ target }) => setPrompt(target.value)}
            />
          )}
        </Field>
        <AgentChoice
          label="Agent"
          value={agentType}
          onChange={setAgentType}
          usual={isReview ? '' : task.agentType}
          usualOf={isReview ? 'The repository’s own for reviews' : 'As its parent'}
          error={errors.agentType ?? null}
        />
        <Field label="Model" optional error={errors.model ?? null} hint="Left out: the agent’s usual one.">
          {(control) => (
            <TextInput {...control} value={model} onChange={({ target }) => setModel(target.value)} />
          )}
        </Field>
        {isReview ? null : (
          <>
            <Toggle
              label="The parent waits for it"
              hint="Until it is completed, the parent is neither merged nor completed."
              checked={blocks ?? kind === 'step'}
              onChange={({ target }) => setBlocks(target.checked)}
            />
            <Toggle
              label="Hold it"
              hint="It does not start before you say so."
              checked={isHeld}
              onChange={({ target }) => setIsHeld(target.checked)}
            />
          </>
        )}
        {create.error && Object.keys(errors).length === 0 ? (
          <ErrorNotice error={create.error} title="It was not added" />
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            Add it
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
