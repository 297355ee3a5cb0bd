import { PROMPT_TEMPLATE_KINDS, type PromptTemplateKind } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Field, Select, TextArea, TextInput, Toggle } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { Card } from '../../../ui/page.tsx'
import { RepoChoice } from '../repo-choice.tsx'
import { TemplateForm } from '../template-form.tsx'
import { KIND_WORDS } from './kind-words.ts'
import { TemplatePreview } from './template-preview.tsx'
import { VariableList } from './variable-list.tsx'

/** A template as it is typed. */
export interface PromptDraft {
  readonly name: string
  readonly kind: PromptTemplateKind
  /** Empty: for all. */
  readonly repoUrl: string
  readonly description: string
  readonly template: string
  readonly isDefault: boolean
}

/** The same as it is sent; for a new one as for a change. */
export interface PromptTemplateBody extends Omit<PromptDraft, 'repoUrl' | 'description'> {
  readonly repoUrl: string | null
  readonly description: string | null
}

interface PromptTemplateFormProps {
  readonly initial: PromptDraft
  /** Names of what the template's own parameters are. */
  readonly declared?: readonly string[]
  readonly action: string
  readonly busy: boolean
  readonly error: Error | null
  readonly onSubmit: (body: PromptTemplateBody) => void
}

/** Everything a prompt template has, with what it comes to beside it. */
export function PromptTemplateForm({
  initial,
  declared = [],
  action,
  busy,
  error,
  onSubmit,
}: PromptTemplateFormProps) {
  const [draft, setDraft] = useState(initial)
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const text = useRef<HTMLTextAreaElement>(null)
  const { data: effective } = useQuery(queries.effectiveTemplate(draft.kind, ''))
  const change = (part: Partial<PromptDraft>) => setDraft((before) => ({ ...before, ...part }))
  const errors = { ...fieldErrors(error), ...problems }
  const submit = () => {
    const found = {
      ...(draft.name.trim() === '' ? { name: 'give it a name' } : {}),
      ...(draft.template.trim() === '' ? { template: 'write what agents are told' } : {}),
    }
    setProblems(found)
    if (Object.keys(found).length > 0) return
    onSubmit({
      name: draft.name.trim(),
      kind: draft.kind,
      template: draft.template,
      repoUrl: draft.repoUrl === '' ? null : draft.repoUrl,
      description: draft.description.trim() === '' ? null : draft.description.trim(),
      isDefault: draft.isDefault,
    })
  }
  /** Where the cursor is, or in place of what is selected. */
  const insert = (name: string) => {
    const field = text.current
    const [from, to] = field ? [field.selectionStart, field.selectionEnd] : [0, 0]
    const words = `{{ ${name} }}`
    change({ template: draft.template.slice(0, from) + words + draft.template.slice(to) })
    requestAnimationFrame(() => {
      field?.focus()
      field?.setSelectionRange(from + words.length, from + words.length)
    })
  }
  return (
    <TemplateForm
      action={action}
      busy={busy}
      isChanged={JSON.stringify(draft) !== JSON.stringify(initial)}
      error={error}
      errors={errors}
      onSubmit={submit}
    >
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="min-w-0 space-y-4">
          <Field label="Name" error={errors.name ?? null}>
            {(control) => (
              <TextInput
                {...control}
                maxLength={200}
                value={draft.name}
                onChange={({ target }) => change({ name: target.value })}
              />
            )}
          </Field>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Kind" hint={KIND_WORDS[draft.kind].what} error={errors.kind ?? null}>
              {(control) => (
                <Select
                  {...control}
                  value={draft.kind}
                  onChange={({ target }) => change({ kind: target.value as PromptTemplateKind })}
                >
                  {PROMPT_TEMPLATE_KINDS.map((kind) => (
                    <option key={kind} value={kind}>
                      {KIND_WORDS[kind].name}
                    </option>
                  ))}
                </Select>
              )}
            </Field>
            <RepoChoice
              label="Repository"
              value={draft.repoUrl}
              all="All repositories"
              error={errors.repoUrl ?? null}
              onChange={(repoUrl) => change({ repoUrl })}
            />
          </div>
          <Field
            label="Description"
            optional
            error={errors.description ?? null}
            hint="For people who look for one."
          >
            {(control) => (
              <TextInput
                {...control}
                value={draft.description}
                onChange={({ target }) => change({ description: target.value })}
              />
            )}
          </Field>
          <Toggle
            label="Default"
            hint={`Agents ${draft.repoUrl === '' ? 'of every repository that has none of its own' : 'of this repository'} are given it. Another one that was the default there is so no longer.`}
            checked={draft.isDefault}
            onChange={({ target }) => change({ isDefault: target.checked })}
          />
          <Field
            label="Template"
            error={errors.template ?? null}
            hint={
              <>
                <code>{'{{ name }}'}</code> stands for a value; <code>{'{% if name %}…{% endif %}'}</code> for
                text that depends on one.
              </>
            }
          >
            {(control) => (
              <TextArea
                {...control}
                ref={text}
                className="min-h-80 font-mono text-sm"
                spellCheck={false}
                value={draft.template}
                onChange={({ target }) => change({ template: target.value })}
              />
            )}
          </Field>
          {effective && draft.template !== effective.builtIn ? (
            <Button small onClick={() => change({ template: effective.builtIn })}>
              {draft.template.trim() === ''
                ? 'Start from the built-in text'
                : 'Replace it by the built-in text'}
            </Button>
          ) : null}
        </div>
        <div className="min-w-0 space-y-4">
          <Card title="Preview">
            <TemplatePreview template={draft.template} kind={draft.kind} declared={declared} />
          </Card>
          <Card title="Values it can use">
            <VariableList variables={effective?.variables ?? []} onInsert={insert} />
          </Card>
        </div>
      </div>
    </TemplateForm>
  )
}
