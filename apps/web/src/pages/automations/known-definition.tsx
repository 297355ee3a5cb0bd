import { ApiError } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link, Navigate } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import type { ReactNode } from 'react'
import { type Definition, queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'

interface KnownDefinitionProps {
  readonly id: string
  readonly children: (definition: Definition) => ReactNode
}

/** Reads a definition, and says so where there is none. What is executed has a page of its own. */
export function KnownDefinition({ id, children }: KnownDefinitionProps) {
  const { data, error, refetch } = useQuery(queries.definition(id))
  if (data?.definition) return children(data.definition)
  if (data?.task) return <Navigate to="/tasks/$taskId" params={{ taskId: data.task.id }} replace />
  if (error === null) {
    return (
      <Page title="Automation">
        <Loading what="the automation" />
      </Page>
    )
  }
  const isUnknown = error instanceof ApiError && (error.status === 404 || error.status === 400)
  return (
    <Page title={isUnknown ? 'No such automation' : 'Automation'}>
      {isUnknown ? (
        <Empty
          icon={Compass}
          title="There is no automation at this address"
          actions={
            <Button asChild look="primary">
              <Link to="/automations">See all automations</Link>
            </Button>
          }
        >
          It may have been deleted, or the link is not complete.
        </Empty>
      ) : (
        <ErrorNotice
          title="The automation cannot be read"
          error={error}
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      )}
    </Page>
  )
}
