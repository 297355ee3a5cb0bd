import type { Repo } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type SubmitEvent, useEffect, useState } from 'react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { AgentChoice } from '../../tasks/agent-choice.tsx'
import { Button } from '../../ui/button.tsx'
import { Field, TextArea } from '../../ui/field.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { changeOf, errorsByField, formOf, type SettingsForm } from './settings-form.ts'

/** What the repository's files suggest, to be taken, changed or left; nothing runs before it is saved. */
export function FirstSettings({ repo }: { repo: Repo }) {
  const { data: detected, isPending, error } = useQuery(queries.detected(repo.id))
  if (isPending) return <Loading what="what its files suggest" />
  const before = formOf(repo)
  const suggested: SettingsForm = {
    ...before,
    setupCommands: detected?.setupCommands ?? '',
    testCommand: detected?.testCommand ?? '',
  }
  return (
    <>
      {error ? <ErrorNotice error={error} title="Its files could not be looked at" /> : null}
      <p className="text-ink-2">
        {detected && detected.evidence.length > 0
          ? `Found ${detected.evidence.map(plainLine).join(', ')}. These settings fit; change them as you like.`
          : 'Its files suggest no commands. You can give some now, or later in its settings.'}
      </p>
      <SuggestionForm repo={repo} before={before} suggested={suggested} />
    </>
  )
}

interface SuggestionFormProps {
  readonly repo: Repo
  readonly before: SettingsForm
  readonly suggested: SettingsForm
}

function SuggestionForm({ repo, before, suggested }: SuggestionFormProps) {
  const [form, setForm] = useState(suggested)
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const { data: report } = useQuery(queries.doctor())
  const change = (part: Partial<SettingsForm>) => setForm((now) => ({ ...now, ...part }))

  // An agent that is ready is a better start than one that is not.
  const ready = report?.agents.find(({ available, type }) => available && type !== 'command')?.type
  const usualIsReady = report?.agents.some(
    ({ available, type }) => available && type === before.defaultAgentType,
  )
  useEffect(() => {
    if (ready && usualIsReady === false) setForm((now) => ({ ...now, defaultAgentType: ready }))
  }, [ready, usualIsReady])

  const goOn = () => void navigate({ to: '/tasks/new', search: { repo: repo.id } })
  const save = useMutation({
    mutationFn: (body: ReturnType<typeof changeOf>['change']) =>
      api.repos.edit({ params: { id: repo.id }, body }),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: ['repos'] })
      goOn()
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const { change: body } = changeOf(before, form)
    if (Object.keys(body).length === 0) goOn()
    else save.mutate(body)
  }
  const errors = errorsByField(fieldErrors(save.error))
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      <Field
        label="Set-up commands"
        optional
        error={errors.setupCommands ?? null}
        hint="Run in every fresh copy before the agent begins: what installs the dependencies."
      >
        {(control) => (
          <TextArea
            {...control}
            className="min-h-16 font-mono"
            spellCheck={false}
            value={form.setupCommands}
            onChange={(event) => change({ setupCommands: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Test command"
        optional
        error={errors.testCommand ?? null}
        hint={
          repo.gitPlatform === 'local'
            ? 'The check of every pull request, run on the result of the merge. Without one, a pull request needs an approval before it can merge by itself.'
            : 'Agents are told of it, to try what they did. The checks of pull requests are those of GitHub.'
        }
      >
        {(control) => (
          <TextArea
            {...control}
            className="min-h-16 font-mono"
            spellCheck={false}
            value={form.testCommand}
            onChange={(event) => change({ testCommand: event.target.value })}
          />
        )}
      </Field>
      <AgentChoice
        label="Agent"
        value={form.defaultAgentType}
        onChange={(defaultAgentType) => change({ defaultAgentType })}
        usual={null}
        error={errors.defaultAgentType ?? null}
      />
      {form.defaultAgentType === 'command' ? (
        <Field
          label="Command of the agent"
          error={errors.agentCommand ?? null}
          hint="One argument a line; the first is the program."
        >
          {(control) => (
            <TextArea
              {...control}
              className="min-h-16 font-mono"
              spellCheck={false}
              value={form.agentCommand}
              onChange={(event) => change({ agentCommand: event.target.value })}
            />
          )}
        </Field>
      ) : null}
      {save.error && Object.keys(errors).length === 0 ? (
        <ErrorNotice error={save.error} title="The settings were not saved" />
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.isPending}>
          Save and write a task
        </Button>
        <Button onClick={goOn}>Skip</Button>
      </div>
    </form>
  )
}
