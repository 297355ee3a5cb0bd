import type { Message } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { Button } from '../../../ui/button.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'

type Mode = Message['mode']

const MODES: readonly { mode: Mode; label: string; hint: string }[] = [
  { mode: 'soft', label: 'Before its next turn', hint: 'It ends what it is doing, then reads this.' },
  { mode: 'interrupt', label: 'Now', hint: 'What it is doing is broken off, and it reads this.' },
]

/** Says something to the agent that runs. */
export function MessageComposer({ taskId }: { taskId: string }) {
  const [content, setContent] = useState('')
  const [mode, setMode] = useState<Mode>('soft')
  const queryClient = useQueryClient()
  const send = useMutation({
    mutationFn: () => api.messages.send({ params: { id: taskId }, body: { content, mode } }),
    onSuccess: () => {
      setContent('')
      setMode('soft')
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', taskId] }),
  })
  const submit = () => {
    if (content.trim() !== '' && !send.isPending) send.mutate()
  }
  return (
    <form
      className="space-y-3"
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
      <Field label="Say something to the agent">
        {(control) => (
          <TextArea
            {...control}
            maxLength={65_536}
            value={content}
            onChange={({ target }) => setContent(target.value)}
          />
        )}
      </Field>
      <fieldset className="flex flex-wrap gap-x-6 gap-y-2">
        <legend className="mb-1 font-medium">When it hears it</legend>
        {MODES.map(({ mode: each, label, hint }) => (
          <label key={each} className="flex items-start gap-2">
            <input
              type="radio"
              name="mode"
              className="mt-1 size-4 accent-accent"
              checked={mode === each}
              onChange={() => setMode(each)}
            />
            <span>
              <span className="font-medium">{label}</span>
              <span className="block text-xs text-ink-3">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {send.error ? <ErrorNotice error={send.error} title="It was not sent" /> : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" busy={send.isPending} disabled={content.trim() === ''}>
          Send
        </Button>
        <p className="text-xs text-ink-3">Ctrl or Cmd + Enter does the same.</p>
      </div>
    </form>
  )
}
