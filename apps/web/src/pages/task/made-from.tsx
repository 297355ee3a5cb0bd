import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { queries } from '../../api/queries.ts'
import { plainLine } from '../../ui/plain-text.ts'

/** The way back to the definition it was made from, where it was. */
export function MadeFrom({ task: { blueprintId } }: { task: Task }) {
  if (blueprintId === null) return null
  return <Back id={blueprintId} />
}

function Back({ id }: { id: string }) {
  const { data, error } = useQuery(queries.definition(id))
  // A blueprint may have been deleted; its tasks stay.
  if (error && !data) return null
  const name = data?.definition ? plainLine(data.definition.name) : '…'
  return (
    <p className="mb-1 min-w-0">
      <Link
        to="/automations/$automationId"
        params={{ automationId: id }}
        className="inline-flex max-w-full items-center gap-1 text-ink-2 hover:text-ink hover:underline"
      >
        <ChevronLeft className="size-4 shrink-0" aria-hidden="true" />
        <span className="sr-only">Back to the automation it was made from: </span>
        <span className="truncate">{name}</span>
      </Link>
    </p>
  )
}
