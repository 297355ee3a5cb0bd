import type { Repo } from '@optio/contract'
import { useBlocker } from '@tanstack/react-router'
import { type SubmitEvent, useEffect, useRef, useState } from 'react'
import type { AutomationKind } from '../../../app/search.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Confirm } from '../../../ui/dialog.tsx'
import { Field, Select, TextArea, Toggle } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { AgentFields } from './agent-fields.tsx'
import { type AutomationDraft, type DraftProblems, draftErrors, readDraft } from './automation-draft.ts'
import { EnvironmentFields } from './environment-fields.tsx'
import { type FormPartProps, Line } from './form-parts.tsx'
import { LimitFields } from './limit-fields.tsx'
import { ParamsEditor } from './params-editor.tsx'
import { PromptPreview } from './prompt-preview.tsx'

interface AutomationFormProps {
  readonly kind: AutomationKind
  readonly initial: AutomationDraft
  /** It is there already: what cannot be changed any more is only shown. */
  readonly isKnown: boolean
  readonly action: string
  readonly busy: boolean
  readonly error: Error | null
  readonly onSubmit: (fields: Readonly<Record<string, unknown>>) => void
}

/** Everything a definition can be made with. */
export function AutomationForm({
  kind,
  initial,
  isKnown,
  action,
  busy,
  error,
  onSubmit,
}: AutomationFormProps) {
  const [draft, setDraft] = useState(initial)
  const [problems, setProblems] = useState<DraftProblems>({})
  const form = useRef<HTMLFormElement>(null)
  const rowsAreSound = useRef(true)
  const errors = { ...draftErrors(fieldErrors(error)), ...problems }
  const isChanged = JSON.stringify(draft) !== JSON.stringify(initial)

  // The eye and the screen reader go to the first field that has to be mended.
  useEffect(() => {
    if (error || Object.keys(problems).length > 0) goToFirst(form.current)
  }, [error, problems])
  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  })
  const submit = (event?: SubmitEvent) => {
    event?.preventDefault()
    if (busy) return
    const read = readDraft(kind, draft)
    setProblems(read.problems)
    if (Object.keys(read.problems).length > 0) return
    if (!rowsAreSound.current) return goToFirst(form.current)
    onSubmit(read.fields)
  }
  const part: FormPartProps = {
    draft,
    errors,
    change: (some) => setDraft((before) => ({ ...before, ...some })),
  }
  return (
    <form
      ref={form}
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          submit()
        }
      }}
      className="max-w-3xl space-y-4"
    >
      <Card title="What is to be done">
        <div className="space-y-4 p-4">
          <What kind={kind} isKnown={isKnown} {...part} />
        </div>
      </Card>
      <Card title="Parameters">
        <div className="p-4">
          <ParamsEditor
            value={draft.paramsSchema}
            error={errors.paramsSchema ?? null}
            onChange={(paramsSchema, isSound) => {
              rowsAreSound.current = isSound
              part.change({ paramsSchema })
            }}
          />
        </div>
      </Card>
      <PromptPreview template={draft.prompt} paramsSchema={draft.paramsSchema} />
      <AgentFields kind={kind} {...part} />
      {kind === 'standalone' ? <EnvironmentFields {...part} /> : null}
      <LimitFields kind={kind} {...part} />
      <Toggle
        label="Enabled"
        hint="Off: nothing starts it, not even by hand."
        checked={draft.enabled}
        onChange={(event) => part.change({ enabled: event.target.checked })}
      />
      {error && Object.keys(errors).length === 0 ? (
        <ErrorNotice error={error} title="It was not saved" />
      ) : null}
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" look="primary" busy={busy}>
          {action}
        </Button>
        <p className="text-xs text-ink-3">Ctrl or Cmd + Enter does the same.</p>
      </div>
      <Confirm
        open={leaving.status === 'blocked'}
        onOpenChange={(open) => !open && leaving.status === 'blocked' && leaving.reset()}
        title="Leave without saving?"
        description="What you typed would be lost."
        action="Leave without saving"
        onConfirm={() => leaving.status === 'blocked' && leaving.proceed()}
      />
    </form>
  )
}

function goToFirst(form: HTMLFormElement | null): void {
  form?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
}

function What({ kind, isKnown, ...part }: FormPartProps & { kind: AutomationKind; isKnown: boolean }) {
  const { draft, errors, change } = part
  return (
    <>
      <Line {...part} name="name" label="Name" />
      <Line
        {...part}
        name="description"
        label="Description"
        optional
        hint="For people who find it in the list."
      />
      {kind === 'repo-blueprint' ? <Repository isKnown={isKnown} {...part} /> : null}
      <Field
        label="Prompt"
        error={errors.prompt ?? null}
        hint={
          <>
            What each agent is told. <code>{'{{ name }}'}</code> stands for the parameter of that name;{' '}
            <code>{'{% if name %}…{% endif %}'}</code> for text that depends on one.
          </>
        }
      >
        {(control) => (
          <TextArea
            {...control}
            className="min-h-56 font-mono text-sm"
            value={draft.prompt}
            onChange={(event) => change({ prompt: event.target.value })}
          />
        )}
      </Field>
      <Line
        {...part}
        name="title"
        label={kind === 'repo-blueprint' ? 'Title of each task' : 'Title of each run'}
        optional
        hint="May hold parameters too. Left out: the name."
      />
    </>
  )
}

function Repository({ isKnown, draft, errors, change }: FormPartProps & { isKnown: boolean }) {
  const { repos, nameOf } = useRepos()
  const repo: Repo | undefined = repos.find(({ repoUrl }) => repoUrl === draft.repoUrl)
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field
        label="Repository"
        error={errors.repoUrl ?? null}
        hint={isKnown ? 'It stays the same; make another blueprint for another one.' : null}
      >
        {(control) => (
          <Select
            {...control}
            disabled={isKnown}
            value={draft.repoUrl}
            onChange={(event) => change({ repoUrl: event.target.value })}
          >
            {draft.repoUrl === '' ? <option value="">Choose…</option> : null}
            {draft.repoUrl !== '' && repo === undefined ? (
              <option value={draft.repoUrl}>{nameOf(draft.repoUrl)}</option>
            ) : null}
            {repos.map(({ id, repoUrl, fullName }) => (
              <option key={id} value={repoUrl}>
                {plainLine(fullName)}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Line
        draft={draft}
        errors={errors}
        change={change}
        name="repoBranch"
        label="Base branch"
        optional
        hint={`Left out: ${repo ? plainLine(repo.defaultBranch) : 'the repository’s own'}.`}
      />
    </div>
  )
}
