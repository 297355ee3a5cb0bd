import { Button } from '../../../ui/button.tsx'
import { Field, TextArea, TextInput } from '../../../ui/field.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { Overlap } from './schedule-fields.tsx'
import { newSecret, type TriggerFieldsProps } from './trigger-draft.ts'

/** Where it is called, and how calls prove whose they are. */
export function WebhookFields({
  draft,
  errors,
  change,
  hasSecret,
}: TriggerFieldsProps & { hasSecret: boolean }) {
  return (
    <>
      <Field
        label="Path"
        error={errors.path ?? null}
        hint={
          <>
            It is called at{' '}
            <code className="break-all">
              {window.location.origin}/api/hooks/{plainLine(draft.path || '…')}
            </code>
          </>
        }
      >
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            spellCheck={false}
            placeholder="deploys"
            value={draft.path}
            onChange={(event) => change({ path: event.target.value })}
          />
        )}
      </Field>
      <Field
        label="Secret"
        optional
        error={errors.secret ?? null}
        hint={
          hasSecret
            ? 'It has one. Left empty it stays; a new one takes its place.'
            : 'Key of the signatures (HMAC-SHA256). Copy it now: it is never shown again.'
        }
      >
        {(control) => (
          <div className="flex gap-2">
            <TextInput
              {...control}
              className="font-mono"
              autoComplete="off"
              spellCheck={false}
              value={draft.secret}
              onChange={(event) => change({ secret: event.target.value })}
            />
            <Button onClick={() => change({ secret: newSecret() })}>Make one</Button>
          </div>
        )}
      </Field>
      <Overlap draft={draft} errors={errors} change={change} />
    </>
  )
}

export function TicketFields({ draft, errors, change }: TriggerFieldsProps) {
  return (
    <>
      <Notice tone="info" title="It fires once a tracker is connected">
        Trackers of tickets come with the connection of a forge. The trigger can be saved now; it waits.
      </Notice>
      <Field label="Source" error={errors.source ?? null} hint="Name of the tracker, such as github.">
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            value={draft.source}
            onChange={(event) => change({ source: event.target.value })}
          />
        )}
      </Field>
      <Field label="Labels" optional error={errors.labels ?? null} hint="One a line. Left out: every ticket.">
        {(control) => (
          <TextArea
            {...control}
            className="min-h-16"
            value={draft.labels}
            onChange={(event) => change({ labels: event.target.value })}
          />
        )}
      </Field>
    </>
  )
}
