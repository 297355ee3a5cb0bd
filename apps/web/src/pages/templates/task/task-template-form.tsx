import type { AgentType, CallInput, Routes, TaskTemplate } from '@optio/contract'
import { useState } from 'react'
import { AgentChoice } from '../../../tasks/agent-choice.tsx'
import { Field, TextArea, TextInput } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { RepoChoice } from '../repo-choice.tsx'
import { TemplateForm } from '../template-form.tsx'

export type TaskTemplateBody = NonNullable<CallInput<Routes['taskTemplates']['create']>['body']>

interface TaskTemplateFormProps {
  /** Null for a new one. */
  readonly template: TaskTemplate | null
  readonly action: string
  readonly busy: boolean
  readonly error: Error | null
  readonly onSubmit: (body: TaskTemplateBody) => void
}

/** What a task from the template begins with. */
export function TaskTemplateForm({ template, action, busy, error, onSubmit }: TaskTemplateFormProps) {
  const initial = draftOf(template)
  const [draft, setDraft] = useState(initial)
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const change = (part: Partial<typeof draft>) => setDraft((before) => ({ ...before, ...part }))
  const errors = { ...fieldErrors(error), ...problems }
  const submit = () => {
    const priority = draft.priority.trim()
    const found = {
      ...(draft.name.trim() === '' ? { name: 'give it a name' } : {}),
      ...(draft.prompt.trim() === '' ? { prompt: 'say what is to be done' } : {}),
      ...(/^\d{0,4}$/.test(priority) ? {} : { priority: 'must be a whole number' }),
    }
    setProblems(found)
    if (Object.keys(found).length > 0) return
    onSubmit({
      name: draft.name.trim(),
      title: draft.title.trim() === '' ? null : draft.title.trim(),
      prompt: draft.prompt,
      repoUrl: draft.repoUrl === '' ? null : draft.repoUrl,
      agentType: draft.agentType === '' ? null : (draft.agentType as AgentType),
      priority: priority === '' ? null : Number(priority),
    })
  }
  return (
    <div className="max-w-3xl">
      <TemplateForm
        action={action}
        busy={busy}
        isChanged={JSON.stringify(draft) !== JSON.stringify(initial)}
        error={error}
        errors={errors}
        onSubmit={submit}
      >
        <Field label="Name" error={errors.name ?? null} hint="By which it is found.">
          {(control) => (
            <TextInput
              {...control}
              maxLength={200}
              value={draft.name}
              onChange={({ target }) => change({ name: target.value })}
            />
          )}
        </Field>
        <RepoChoice
          label="Repository"
          value={draft.repoUrl}
          all="Whichever is chosen for the task"
          error={errors.repoUrl ?? null}
          onChange={(repoUrl) => change({ repoUrl })}
        />
        <Field
          label="What is to be done"
          error={errors.prompt ?? null}
          hint="Taken as it is; nothing in it is filled in."
        >
          {(control) => (
            <TextArea
              {...control}
              className="min-h-56 font-mono text-sm"
              value={draft.prompt}
              onChange={({ target }) => change({ prompt: target.value })}
            />
          )}
        </Field>
        <Field label="Title" optional error={errors.title ?? null}>
          {(control) => (
            <TextInput
              {...control}
              value={draft.title}
              onChange={({ target }) => change({ title: target.value })}
            />
          )}
        </Field>
        <AgentChoice
          label="Agent"
          value={draft.agentType}
          onChange={(agentType) => change({ agentType })}
          usual=""
          error={errors.agentType ?? null}
        />
        <Field label="Priority" optional error={errors.priority ?? null} hint="0 to 1000; lower goes first.">
          {(control) => (
            <TextInput
              {...control}
              inputMode="numeric"
              autoComplete="off"
              placeholder="100"
              value={draft.priority}
              onChange={({ target }) => change({ priority: target.value })}
            />
          )}
        </Field>
      </TemplateForm>
    </div>
  )
}

function draftOf(template: TaskTemplate | null) {
  return {
    name: template?.name ?? '',
    title: template?.title ?? '',
    prompt: template?.prompt ?? '',
    repoUrl: template?.repoUrl ?? '',
    agentType: template?.agentType ?? '',
    priority: template?.priority == null ? '' : String(template.priority),
  }
}
