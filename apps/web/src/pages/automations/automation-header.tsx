import { Link, useNavigate } from '@tanstack/react-router'
import { ChevronLeft, Pencil, Play, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Definition } from '../../api/queries.ts'
import { useShortcuts } from '../../app/keyboard/shortcuts.ts'
import { type Command, useCommands } from '../../app/palette/commands.ts'
import { KINDS } from '../../tasks/kinds.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'
import { EnabledSwitch } from './enabled-switch.tsx'
import { RunDialog } from './runs/run-dialog.tsx'
import { useAutomationAct } from './use-automation-act.ts'

/** What the definition is, and what can be done with it. */
export function AutomationHeader({ definition }: { definition: Definition }) {
  const { id, type, name, description, enabled } = definition
  const navigate = useNavigate()
  const [asked, setAsked] = useState<'run' | 'delete' | null>(null)
  const close = () => setAsked(null)
  const edit = () => void navigate({ to: '/automations/$automationId/edit', params: { automationId: id } })
  const acts: Command[] = [
    ...(enabled
      ? [
          {
            id: 'automation.run',
            title: 'Run this automation…',
            icon: Play,
            keys: 'r',
            run: () => setAsked('run'),
          },
        ]
      : []),
    { id: 'automation.edit', title: 'Edit this automation', icon: Pencil, keys: 'e', run: edit },
    {
      id: 'automation.delete',
      title: 'Delete this automation…',
      icon: Trash2,
      run: () => setAsked('delete'),
    },
  ]
  useCommands(acts.map((act) => ({ ...act, group: 'This automation' })))
  useShortcuts(
    'This automation',
    acts.flatMap(({ keys, title, run }) => (keys ? [{ keys, label: title, run }] : [])),
  )
  return (
    <header>
      <Link
        to="/automations"
        search={{ kind: type }}
        className="inline-flex items-center gap-1 text-ink-2 hover:text-ink hover:underline"
      >
        <ChevronLeft className="size-4" aria-hidden="true" />
        {KINDS[type].plural}
      </Link>
      <div className="mt-1 flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-80">
          <h1 className="text-xl font-semibold wrap-anywhere">{plainLine(name)}</h1>
          {description ? (
            <p className="mt-1 max-w-prose wrap-anywhere whitespace-pre-wrap text-ink-2">
              {plainText(description)}
            </p>
          ) : null}
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <span className="mr-1">
            <EnabledSwitch definition={definition} />
          </span>
          <Button look="primary" disabled={!enabled} onClick={() => setAsked('run')}>
            <Play className="size-4" aria-hidden="true" />
            Run…
          </Button>
          <Button asChild>
            <Link to="/automations/$automationId/edit" params={{ automationId: id }}>
              <Pencil className="size-4" aria-hidden="true" />
              Edit
            </Link>
          </Button>
          <Button look="danger" aria-label="Delete…" title="Delete…" onClick={() => setAsked('delete')}>
            <Trash2 className="size-4" aria-hidden="true" />
          </Button>
        </div>
      </div>
      {asked === 'run' ? <RunDialog definition={definition} onClose={close} /> : null}
      {asked === 'delete' ? <Delete definition={definition} onClose={close} /> : null}
    </header>
  )
}

function Delete({
  definition: { id, type, name },
  onClose,
}: {
  definition: Definition
  onClose: () => void
}) {
  const { act, isBusy } = useAutomationAct(id)
  const navigate = useNavigate()
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete “${plainLine(name)}”?`}
      description={
        <p>
          Its triggers fire no more.{' '}
          {type === 'standalone'
            ? 'Its runs are deleted with it, with their logs and outputs; those that run are stopped first.'
            : 'The tasks that were made of it stay.'}
        </p>
      }
      action="Delete it"
      busy={isBusy}
      onConfirm={() =>
        act((api) => api.tasks.remove({ params: { id } }), {
          done: 'It was deleted',
          failed: 'It could not be deleted',
          after: () => navigate({ to: '/automations', search: { kind: type } }),
        })
      }
    />
  )
}
