import type { AgentType, PullRequest, Repo } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import { AgentChoice } from '../../../tasks/agent-choice.tsx'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea, TextInput } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'

interface RequestReviewProps {
  readonly taskId: string
  readonly pr: PullRequest
  readonly repo: Repo | null
  readonly onClose: () => void
}

/** Has an agent review the pull request as it is now. */
export function RequestReview({ taskId, pr, repo, onClose }: RequestReviewProps) {
  const [agentType, setAgentType] = useState('')
  const [model, setModel] = useState('')
  const [prompt, setPrompt] = useState('')
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const start = useMutation({
    mutationFn: () =>
      api.tasks.review({
        params: { id: taskId },
        body: {
          ...(agentType === '' ? {} : { agentType: agentType as AgentType }),
          ...(model.trim() === '' ? {} : { model: model.trim() }),
          ...(prompt.trim() === '' ? {} : { prompt }),
        },
      }),
    onSuccess: () => {
      toasts.done('A review was asked for', 'An agent starts as soon as there is a free slot.')
      onClose()
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['task', taskId] }),
  })
  const errors = fieldErrors(start.error)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="Have it reviewed"
      description={
        <>
          An agent reads commit <code>{pr.head.sha.slice(0, 10)}</code> in a copy of its own, from which it
          cannot push. Its verdict counts for exactly this commit.
        </>
      }
    >
      <form
        noValidate
        className="mt-4 space-y-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!start.isPending) start.mutate()
        }}
      >
        <AgentChoice
          label="Agent"
          value={agentType}
          onChange={setAgentType}
          usual={repo?.reviewAgentType ?? repo?.defaultAgentType ?? ''}
          usualOf="The repository’s own for reviews"
          error={errors.agentType ?? null}
        />
        <Field
          label="Model"
          optional
          error={errors.model ?? null}
          hint={
            repo?.reviewModel && agentType === ''
              ? `Left out: the repository’s, ${plainLine(repo.reviewModel)}.`
              : 'Left out: the agent’s usual one.'
          }
        >
          {(control) => (
            <TextInput {...control} value={model} onChange={({ target }) => setModel(target.value)} />
          )}
        </Field>
        <Field
          label="What it is to look at"
          optional
          error={errors.prompt ?? null}
          hint="Besides what reviewers are always told. The task itself is told them anyway."
        >
          {(control) => (
            <TextArea {...control} value={prompt} onChange={({ target }) => setPrompt(target.value)} />
          )}
        </Field>
        {start.error && Object.keys(errors).length === 0 ? (
          <ErrorNotice error={start.error} title="No review was started" />
        ) : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={start.isPending}>
            Have it reviewed
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
