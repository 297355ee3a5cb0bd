import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { type Definition, queries } from '../../../api/queries.ts'
import { useCommands } from '../../../app/palette/commands.ts'
import { Button } from '../../../ui/button.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { TriggerDialog } from './trigger-dialog.tsx'
import { TriggerItem } from './trigger-item.tsx'
import { useFiresSoon } from './use-fires-soon.ts'

/** What makes runs of a definition. */
export function TriggersCard({ definition }: { definition: Definition }) {
  const { data: triggers, error, refetch } = useQuery(queries.triggers(definition.id))
  const [adding, setAdding] = useState(false)
  useFiresSoon(definition.id, triggers ?? [])
  useCommands([
    {
      id: 'automation.trigger',
      title: 'Add a trigger to this automation…',
      group: 'This automation',
      icon: Plus,
      keywords: ['schedule', 'webhook', 'cron'],
      run: () => setAdding(true),
    },
  ])
  return (
    <Card
      title="Triggers"
      actions={
        <Button small onClick={() => setAdding(true)}>
          <Plus className="size-3.5" aria-hidden="true" />
          Add a trigger
        </Button>
      }
    >
      {triggers ? (
        triggers.length === 0 ? (
          <p className="px-4 py-3 text-ink-2">
            None: it runs when somebody presses “Run…”. Add a schedule to have it run at set times, or a
            webhook to have another program start it.
          </p>
        ) : (
          <ul className="divide-y divide-line">
            {triggers.map((trigger) => (
              <TriggerItem key={trigger.id} definition={definition} trigger={trigger} />
            ))}
          </ul>
        )
      ) : error ? (
        <div className="p-4">
          <ErrorNotice
            error={error}
            title="The triggers could not be read"
            actions={<Button onClick={() => void refetch()}>Try again</Button>}
          />
        </div>
      ) : (
        <div className="px-4">
          <Loading what="the triggers" />
        </div>
      )}
      {adding ? (
        <TriggerDialog definition={definition} trigger={null} onClose={() => setAdding(false)} />
      ) : null}
    </Card>
  )
}
