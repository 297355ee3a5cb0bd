import { useInfiniteQuery } from '@tanstack/react-query'
import { type Definition, queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { RunRow } from './run-row.tsx'

/** What was run of it, the newest first; it changes by itself. */
export function RunsCard({ definition: { id, type } }: { definition: Definition }) {
  const list = useInfiniteQuery(queries.runs(id))
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? []
  const isBlueprint = type === 'repo-blueprint'
  return (
    <Card title={isBlueprint ? 'Tasks made of it' : 'Runs'}>
      {list.isPending ? (
        <div className="px-4">
          <Loading what="the runs" />
        </div>
      ) : list.error && runs.length === 0 ? (
        <div className="p-4">
          <ErrorNotice
            error={list.error}
            title="The runs could not be read"
            actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
          />
        </div>
      ) : runs.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">
          None yet. “Run…” starts one now; a trigger starts them by itself.
        </p>
      ) : (
        <ul aria-label="Newest first" className="divide-y divide-line">
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </ul>
      )}
      {list.hasNextPage ? (
        <div className="border-t border-line px-4 py-2">
          <Button small busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      ) : null}
    </Card>
  )
}
