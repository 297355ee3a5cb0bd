import type { Repo } from '@optio/contract'
import { Link, useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { AgentChoice } from '../../tasks/agent-choice.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, Select, TextArea, TextInput } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import type { TaskDraft } from './draft.ts'

interface TaskFieldsProps {
  readonly draft: TaskDraft
  readonly repo: Repo | null
  readonly repos: readonly Repo[]
  readonly errors: Readonly<Record<string, string>>
  readonly change: (part: Partial<TaskDraft>) => void
}

const OPTIONS = [
  'title',
  'model',
  'repoBranch',
  'priority',
  'budgetUsd',
  'maxRetries',
  'agentSecrets',
] as const

export function TaskFields({ draft, repo, repos, errors, change }: TaskFieldsProps) {
  const navigate = useNavigate()
  const agentType = draft.agentType || repo?.defaultAgentType
  return (
    <>
      <Field label="Repository" error={errors.repoUrl ?? null}>
        {(control) => (
          <Select
            {...control}
            value={repo?.repoUrl ?? ''}
            onChange={(event) => {
              change({ repoUrl: event.target.value })
              // What the address asked for is overruled.
              void navigate({ to: '/tasks/new', search: {}, replace: true })
            }}
          >
            {repo === null ? <option value="">Choose…</option> : null}
            {repos.map(({ id, repoUrl, fullName }) => (
              <option key={id} value={repoUrl}>
                {plainLine(fullName)}: {plainLine(repoUrl)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="What is to be done"
        error={errors.prompt ?? null}
        hint="As you would tell a colleague who does not know the code yet: the goal, where to look, how you will judge it."
      >
        {(control) => (
          <TextArea
            {...control}
            autoFocus
            className="min-h-56 font-mono text-sm"
            value={draft.prompt}
            onChange={(event) => change({ prompt: event.target.value })}
          />
        )}
      </Field>
      <AgentChoice
        label="Agent"
        value={draft.agentType}
        onChange={(type) => change({ agentType: type })}
        usual={repo?.defaultAgentType ?? ''}
        error={errors.agentType ?? null}
      />
      {repo && agentType === 'command' && repo.agentCommand === null ? (
        <Notice
          tone="warn"
          title="This repository does not say which program its own agent is"
          actions={
            <Button asChild small>
              <Link to="/repos/$repoId" params={{ repoId: repo.id }}>
                Set it
              </Link>
            </Button>
          }
        />
      ) : null}
      <MoreOptions draft={draft} repo={repo} errors={errors} change={change} />
    </>
  )
}

function MoreOptions({ draft, repo, errors, change }: Omit<TaskFieldsProps, 'repos'>) {
  const used = OPTIONS.some((name) => draft[name] !== '')
  const wrong = OPTIONS.some((name) => errors[name] !== undefined)
  const [open, setOpen] = useState(used)
  // A template may fill in what is folded up.
  useEffect(() => {
    if (used) setOpen(true)
  }, [used])
  const input = (name: (typeof OPTIONS)[number], more: Partial<Parameters<typeof TextInput>[0]> = {}) => ({
    value: draft[name],
    onChange: (event: { target: { value: string } }) => change({ [name]: event.target.value }),
    autoComplete: 'off',
    ...more,
  })
  return (
    <details
      open={open || wrong}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="rounded-lg border border-line bg-surface"
    >
      <summary className="cursor-pointer px-4 py-2.5 font-medium">More options</summary>
      <div className="grid gap-4 border-t border-line p-4 sm:grid-cols-2">
        <div className="sm:col-span-2">
          <Field
            label="Title"
            optional
            error={errors.title ?? null}
            hint="Left out: the first line of the above."
          >
            {(control) => <TextInput {...control} {...input('title')} />}
          </Field>
        </div>
        <Field
          label="Model"
          optional
          error={errors.model ?? null}
          hint={
            repo?.model
              ? `Left out: the repository’s, ${plainLine(repo.model)}.`
              : 'Left out: the agent’s default.'
          }
        >
          {(control) => <TextInput {...control} {...input('model')} />}
        </Field>
        <Field
          label="Base branch"
          optional
          error={errors.repoBranch ?? null}
          hint={`Left out: ${repo ? plainLine(repo.defaultBranch) : 'the default branch'}.`}
        >
          {(control) => <TextInput {...control} {...input('repoBranch', { spellCheck: false })} />}
        </Field>
        <Field
          label="Budget in USD"
          optional
          error={errors.budgetUsd ?? null}
          hint={
            repo?.budgetUsd
              ? `The agent is stopped there, and you are asked. Left out: the repository’s, ${repo.budgetUsd}.`
              : 'The agent is stopped there, and you are asked. Left out: no cap.'
          }
        >
          {(control) => (
            <TextInput {...control} {...input('budgetUsd', { inputMode: 'decimal', placeholder: '5.00' })} />
          )}
        </Field>
        <Field
          label="Retries"
          optional
          error={errors.maxRetries ?? null}
          hint="When the agent exits with an error: 0 to 10. Left out: 3."
        >
          {(control) => (
            <TextInput {...control} {...input('maxRetries', { inputMode: 'numeric', placeholder: '3' })} />
          )}
        </Field>
        <Field
          label="Priority"
          optional
          error={errors.priority ?? null}
          hint="0 to 1000; lower goes first. Left out: 100."
        >
          {(control) => (
            <TextInput {...control} {...input('priority', { inputMode: 'numeric', placeholder: '100' })} />
          )}
        </Field>
        <div className="sm:col-span-2">
          <Field
            label="Secrets of its agents"
            optional
            error={errors.agentSecrets ?? null}
            hint="Names, such as NPM_TOKEN: given as variables, besides what the agent’s type needs and the repository names."
          >
            {(control) => (
              <TextInput
                {...control}
                {...input('agentSecrets', { spellCheck: false, className: 'font-mono' })}
              />
            )}
          </Field>
        </div>
      </div>
    </details>
  )
}
