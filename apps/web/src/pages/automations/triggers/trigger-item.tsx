import type { Trigger } from '@optio/contract'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Definition } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Confirm } from '../../../ui/dialog.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { Switch } from '../switch.tsx'
import { useAutomationAct } from '../use-automation-act.ts'
import { cronWords } from './cron-words.ts'
import { Firings } from './firings.tsx'
import { HookExample } from './hook-example.tsx'
import { NextTimes } from './next-times.tsx'
import { TriggerDialog } from './trigger-dialog.tsx'
import { TRIGGER_KINDS, triggerTitle } from './trigger-words.ts'

interface TriggerItemProps {
  readonly definition: Definition
  readonly trigger: Trigger
}

/** One trigger: what makes it fire, when it does next, what came of it so far. */
export function TriggerItem({ definition, trigger }: TriggerItemProps) {
  const [asked, setAsked] = useState<'edit' | 'delete' | null>(null)
  const close = () => setAsked(null)
  const { act, isBusy } = useAutomationAct(definition.id)
  const { icon: Icon } = TRIGGER_KINDS[trigger.type]
  const title = triggerTitle(trigger)
  const params = { id: definition.id, triggerId: trigger.id }
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-2">
        <Icon className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
        <div className="min-w-0 flex-1 basis-48">
          <h3 className="font-medium wrap-anywhere">{title}</h3>
          <p className="flex flex-wrap gap-x-2 text-xs text-ink-3">
            <Facts trigger={trigger} />
          </p>
        </div>
        <div className="flex items-center gap-1">
          <Switch
            checked={trigger.enabled}
            busy={isBusy}
            label={`${title} is enabled`}
            onChange={(enabled) =>
              act((api) => api.triggers.edit({ params, body: { enabled } }), {
                failed: 'The trigger could not be switched',
              })
            }
          />
          <Button
            look="quiet"
            small
            aria-label={`Edit ${title}`}
            title="Edit"
            onClick={() => setAsked('edit')}
          >
            <Pencil className="size-4" aria-hidden="true" />
          </Button>
          <Button
            look="quiet"
            small
            aria-label={`Delete ${title}`}
            title="Delete"
            onClick={() => setAsked('delete')}
          >
            <Trash2 className="size-4" aria-hidden="true" />
          </Button>
        </div>
      </div>
      <div className="mt-2 space-y-2 sm:pl-7">
        {trigger.type === 'schedule' && trigger.enabled && definition.enabled ? (
          <NextTimes times={trigger.nextFireTimes} zone={zoneOf(trigger)} />
        ) : null}
        {trigger.type === 'webhook' ? <HookExample trigger={trigger} /> : null}
        {trigger.type === 'ticket' ? (
          <p className="text-ink-2">It fires once a tracker of tickets is connected.</p>
        ) : null}
        {trigger.type === 'manual' ? null : <Firings definitionId={definition.id} triggerId={trigger.id} />}
      </div>
      {asked === 'edit' ? <TriggerDialog definition={definition} trigger={trigger} onClose={close} /> : null}
      <Confirm
        open={asked === 'delete'}
        onOpenChange={(open) => !open && close()}
        title="Delete this trigger?"
        description={`“${title}” fires no more, and what is kept of its firings goes. Its runs stay.`}
        action="Delete the trigger"
        busy={isBusy}
        onConfirm={() =>
          act((api) => api.triggers.remove({ params }), {
            done: 'The trigger was deleted',
            failed: 'The trigger could not be deleted',
            after: close,
          })
        }
      />
    </li>
  )
}

function Facts({ trigger }: { trigger: Trigger }) {
  const { type, config, lastFiredAt, paramMapping } = trigger
  const mapped = Object.keys(paramMapping ?? {}).length
  const cron = typeof config.cronExpression === 'string' ? config.cronExpression : ''
  return (
    <>
      {type === 'schedule' ? (
        <>
          {cronWords(cron) === null ? null : <code>{plainLine(cron)}</code>}
          <span>{plainLine(zoneOf(trigger))}</span>
        </>
      ) : null}
      {type === 'webhook' ? <span>{config.hasSecret === true ? 'signed' : 'not signed'}</span> : null}
      {mapped === 0 ? null : (
        <span>{mapped === 1 ? '1 parameter mapped' : `${mapped} parameters mapped`}</span>
      )}
      {lastFiredAt === null ? (
        type === 'manual' ? null : (
          <span>has not fired yet</span>
        )
      ) : (
        <span>
          fired <Moment at={lastFiredAt} />
        </span>
      )}
    </>
  )
}

function zoneOf({ config }: Trigger): string {
  return typeof config.timezone === 'string' ? config.timezone : 'UTC'
}
