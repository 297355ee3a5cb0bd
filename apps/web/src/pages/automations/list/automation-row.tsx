import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Clock } from 'lucide-react'
import { type Definition, queries } from '../../../api/queries.ts'
import { agentName } from '../../../ui/agent-name.ts'
import { Moment } from '../../../ui/moments.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { EnabledSwitch } from '../enabled-switch.tsx'

interface AutomationRowProps {
  readonly definition: Definition
  readonly nameOf: (repoUrl: string | null) => string
}

/** One definition: what it is, when it runs next, how its last run went. */
export function AutomationRow({ definition, nameOf }: AutomationRowProps) {
  const { id, name, description, agentType, nextFireAt, enabled } = definition
  return (
    <li className="relative flex flex-wrap items-start gap-x-4 gap-y-1.5 px-4 py-3 hover:bg-sunken">
      <div className="min-w-0 flex-1 basis-64">
        <Link
          to="/automations/$automationId"
          params={{ automationId: id }}
          className="line-clamp-2 font-medium break-words after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {plainLine(name)}
        </Link>
        <p className="mt-0.5 flex flex-wrap gap-x-2 text-xs text-ink-3">
          {definition.type === 'repo-blueprint' ? (
            <span className="max-w-64 truncate">{nameOf(definition.repoUrl)}</span>
          ) : null}
          <span>{agentType === null ? 'the repository’s agent' : agentName(agentType)}</span>
        </p>
        {description ? (
          <p className="mt-0.5 line-clamp-1 text-xs break-words text-ink-2">{plainLine(description)}</p>
        ) : null}
      </div>
      <div className="flex min-w-0 flex-1 basis-56 flex-col gap-1 text-xs text-ink-2">
        <LastRun id={id} />
        <p className="flex items-center gap-1 text-ink-3">
          <Clock className="size-3.5" aria-hidden="true" />
          {!enabled ? (
            'nothing starts it while it is off'
          ) : nextFireAt === null ? (
            'no time is planned'
          ) : (
            <span>
              next <Moment at={nextFireAt} />
            </span>
          )}
        </p>
      </div>
      <div className="relative">
        <EnabledSwitch definition={definition} />
      </div>
    </li>
  )
}

function LastRun({ id }: { id: string }) {
  const { data } = useQuery(queries.lastRun(id))
  if (data === undefined) return <p className="h-5" />
  if (data === null) return <p className="flex h-5 items-center text-ink-3">has not run yet</p>
  return (
    <p className="flex flex-wrap items-center gap-2">
      <span className="sr-only">Last run: </span>
      <StateBadge state={data.state} />
      <Moment at={data.createdAt} className="text-ink-3" />
    </p>
  )
}
