import { getRouteApi } from '@tanstack/react-router'
import type { Definition } from '../../api/queries.ts'
import { Notice } from '../../ui/notice.tsx'
import { useTabTitle } from '../../ui/tab-title.ts'
import { AutomationHeader } from './automation-header.tsx'
import { KnownDefinition } from './known-definition.tsx'
import { ParamsCard } from './params/params-card.tsx'
import { PromptCard } from './prompt-card.tsx'
import { RunsCard } from './runs/runs-card.tsx'
import { SettingsCard } from './settings-card.tsx'
import { TriggersCard } from './triggers/triggers-card.tsx'

const route = getRouteApi('/automations/$automationId')

/** One definition: what it is, what makes runs of it, what was run. */
export function AutomationPage() {
  const { automationId } = route.useParams()
  return (
    <KnownDefinition id={automationId}>
      {(definition) => <Automation key={definition.id} definition={definition} />}
    </KnownDefinition>
  )
}

function Automation({ definition }: { definition: Definition }) {
  useTabTitle(definition.name)
  return (
    <div className="mx-auto w-full max-w-6xl px-4 py-6 sm:px-6">
      <AutomationHeader definition={definition} />
      {definition.enabled ? null : (
        <div className="mt-4">
          <Notice tone="warn" title="It is off">
            Nothing starts it: no trigger, and nobody by hand. Its runs that exist go on.
          </Notice>
        </div>
      )}
      <div className="mt-5 grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <PromptCard definition={definition} />
          <TriggersCard definition={definition} />
          <RunsCard definition={definition} />
        </div>
        <div className="min-w-0 space-y-4">
          <SettingsCard definition={definition} />
          <ParamsCard schema={definition.paramsSchema} />
        </div>
      </div>
    </div>
  )
}
