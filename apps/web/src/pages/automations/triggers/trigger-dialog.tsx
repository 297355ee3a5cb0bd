import type { Trigger } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useEffect, useRef, useState } from 'react'
import { api } from '../../../api/client.ts'
import type { Definition } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, TextArea } from '../../../ui/field.tsx'
import { ErrorNotice, Notice } from '../../../ui/notice.tsx'
import { useToasts } from '../../../ui/toasts.tsx'
import { paramFields } from '../params/param-fields.ts'
import { ScheduleFields } from './schedule-fields.tsx'
import {
  bodyOf,
  draftOf,
  emptyDraft,
  readTrigger,
  type TriggerDraft,
  type TriggerFieldsProps,
  type TriggerType,
  TYPES,
} from './trigger-draft.ts'
import { triggerErrors } from './trigger-errors.ts'
import { TRIGGER_KINDS } from './trigger-words.ts'
import { TicketFields, WebhookFields } from './webhook-fields.tsx'

interface TriggerDialogProps {
  readonly definition: Definition
  /** Null: a new one. */
  readonly trigger: Trigger | null
  readonly onClose: () => void
}

/** Adds a trigger to a definition, or changes one. */
export function TriggerDialog({ definition, trigger, onClose }: TriggerDialogProps) {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const form = useRef<HTMLFormElement>(null)
  const [draft, setDraft] = useState<TriggerDraft>(() =>
    trigger === null ? emptyDraft('schedule') : draftOf(trigger),
  )
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({})
  const save = useMutation({
    mutationFn: (read: ReturnType<typeof readTrigger>) => {
      const { id } = definition
      if (trigger === null) return api.triggers.create({ params: { id }, body: bodyOf(read) })
      const { config, paramMapping } = read
      return api.triggers.edit({ params: { id, triggerId: trigger.id }, body: { config, paramMapping } })
    },
    onSuccess: async () => {
      toasts.done(trigger === null ? 'The trigger was added' : 'The trigger was changed')
      onClose()
      await Promise.all(
        [['triggers', definition.id], ['definitions']].map((queryKey) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      )
    },
  })
  const errors = { ...triggerErrors(save.error), ...problems }
  useEffect(() => {
    if (save.error || Object.keys(problems).length > 0) {
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    }
  }, [save.error, problems])

  const change = (part: Partial<TriggerDraft>) => setDraft((before) => ({ ...before, ...part }))
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (save.isPending) return
    const read = readTrigger(draft)
    setProblems(read.problems)
    save.reset()
    if (Object.keys(read.problems).length === 0) save.mutate(read)
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={trigger === null ? 'Add a trigger' : 'Change the trigger'}
      description={trigger === null ? 'What is to start it?' : TRIGGER_KINDS[trigger.type].what}
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-4 space-y-4">
        {trigger === null ? (
          <Types chosen={draft.type} onChoose={(type) => setDraft(emptyDraft(type))} />
        ) : null}
        {draft.type === 'schedule' ? <ScheduleFields draft={draft} errors={errors} change={change} /> : null}
        {draft.type === 'webhook' ? (
          <WebhookFields
            draft={draft}
            errors={errors}
            change={change}
            hasSecret={trigger?.config.hasSecret === true}
          />
        ) : null}
        {draft.type === 'ticket' ? <TicketFields draft={draft} errors={errors} change={change} /> : null}
        {draft.type === 'manual' ? (
          <p className="text-ink-2">
            “Run…” works without a trigger too. This one only tells others that it is meant to be run by hand.
          </p>
        ) : (
          <Mapping draft={draft} errors={errors} change={change} />
        )}
        {draft.type === 'schedule' ? <Missing definition={definition} draft={draft} /> : null}
        {save.error && Object.keys(errors).length === 0 ? (
          <ErrorNotice error={save.error} title="The trigger was not saved" />
        ) : null}
        <div className="sticky -bottom-5 -mx-5 -mb-5 flex justify-end gap-2 border-t border-line bg-surface px-5 py-3">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            {trigger === null ? 'Add the trigger' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Types({ chosen, onChoose }: { chosen: TriggerType; onChoose: (type: TriggerType) => void }) {
  return (
    <fieldset className="grid gap-2 sm:grid-cols-2">
      <legend className="sr-only">Kind of trigger</legend>
      {TYPES.map((type) => {
        const { name, what, icon: Icon } = TRIGGER_KINDS[type]
        return (
          <label
            key={type}
            className={cx(
              'flex cursor-pointer items-start gap-2 rounded-lg border p-2.5 has-focus-visible:outline-2 has-focus-visible:outline-accent',
              type === chosen ? 'border-accent bg-accent-soft' : 'border-line hover:bg-sunken',
            )}
          >
            <input
              type="radio"
              name="trigger-type"
              className="sr-only"
              checked={type === chosen}
              onChange={() => onChoose(type)}
            />
            <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
            <span>
              <span className="block font-medium">{name}</span>
              <span className="block text-xs text-ink-2">{what}</span>
            </span>
          </label>
        )
      })}
    </fieldset>
  )
}

const MAPPING_HINTS: Partial<Record<TriggerType, string>> = {
  schedule: 'From the time it is due, one a line: day = dueAt. There is dueAt and timezone.',
  webhook:
    'Where each parameter is found in the JSON that is sent, one a line: title = issue.title. Left out: the top-level keys are the parameters.',
  ticket: 'Where each parameter is found in the ticket, one a line: title = title.',
}

function Mapping({ draft, errors, change }: TriggerFieldsProps) {
  const hint = MAPPING_HINTS[draft.type]
  if (hint === undefined) return null
  return (
    <Field
      label="Parameters from what makes it fire"
      optional
      error={errors.paramMapping ?? null}
      hint={hint}
    >
      {(control) => (
        <TextArea
          {...control}
          className="min-h-16 font-mono"
          spellCheck={false}
          value={draft.mapping}
          onChange={(event) => change({ mapping: event.target.value })}
        />
      )}
    </Field>
  )
}

/** Nobody is there to give a parameter when a schedule fires. */
function Missing({ definition, draft }: { definition: Definition; draft: TriggerDraft }) {
  const mapped = readTrigger(draft).paramMapping ?? {}
  const missing = (paramFields(definition.paramsSchema) ?? []).filter(
    ({ name, required, byDefault }) => required && byDefault === undefined && !Object.hasOwn(mapped, name),
  )
  if (missing.length === 0) return null
  return (
    <Notice tone="warn" title="It cannot start by a schedule as it is">
      Nobody gives {missing.map(({ name }) => `“${name}”`).join(', ')} then. Give{' '}
      {missing.length === 1 ? 'it' : 'them'} a default, or take {missing.length === 1 ? 'it' : 'them'} from
      the time it is due.
    </Notice>
  )
}
