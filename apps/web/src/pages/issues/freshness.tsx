import type { IssueSync } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { counted } from '../../ui/counted.ts'
import { Moment } from '../../ui/moments.tsx'
import { Notice } from '../../ui/notice.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'
import { useToasts } from '../../ui/toasts.tsx'

/** How old what is shown may be, and which repositories could not be read; their issues stay in the list as they were. */
export function Freshness({ repo }: { repo: string | undefined }) {
  const { data: syncs = [] } = useQuery(queries.issueSyncs(repo))
  if (syncs.length === 0) return null
  const failed = syncs.filter(({ error }) => error !== null)
  return (
    <>
      <HowOld syncs={syncs} repo={repo} />
      {failed.map((sync) => (
        <Failed key={sync.repoId} sync={sync} />
      ))}
    </>
  )
}

function HowOld({ syncs, repo }: { syncs: readonly IssueSync[]; repo: string | undefined }) {
  const { read, isReading } = useReading(repo)
  const times = syncs.flatMap(({ syncedAt }) => syncedAt ?? []).sort()
  const [oldest] = times
  const first = syncs.length - times.length
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-ink-3">
      <p>
        {syncs.length === 1 ? '1 repository' : `${syncs.length} repositories`}
        {oldest === undefined ? null : (
          <>
            , last read <Moment at={oldest} />
          </>
        )}
        {first > 0 && oldest !== undefined ? `; ${first} not read yet` : null}
      </p>
      <Button look="quiet" small busy={isReading} onClick={read}>
        <RefreshCw className={isReading ? 'size-3.5 animate-spin' : 'size-3.5'} aria-hidden="true" />
        Read again
      </Button>
    </div>
  )
}

function Failed({ sync: { repoId, fullName, syncedAt, error } }: { sync: IssueSync }) {
  const { read, isReading } = useReading(repoId)
  if (error === null) return null
  return (
    <Notice
      tone="warn"
      title={`The issues of ${plainLine(fullName)} could not be read`}
      actions={
        <Button small busy={isReading} onClick={read}>
          Try now
        </Button>
      }
    >
      <p>{plainText(error.message)}</p>
      <p className="mt-1 flex flex-wrap gap-x-3 text-xs">
        {syncedAt === null ? (
          <span>Nothing of it was read yet</span>
        ) : (
          <span>
            What is shown was read <Moment at={syncedAt} />
          </span>
        )}
        {error.retryAt === null ? null : (
          <span>
            It is tried again <Moment at={error.retryAt} />
          </span>
        )}
        <span className="font-mono">{error.code}</span>
      </p>
    </Notice>
  )
}

/** Has the issues of a repository, or of all, read again. */
function useReading(repo: string | undefined): {
  readonly read: () => void
  readonly isReading: boolean
} {
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const reading = useMutation({
    mutationFn: () => api.issues.sync({ body: { repoId: repo ?? null } }),
    onSuccess: ({ synced }) => toasts.done(`Read ${counted(synced, 'issue')}`),
    onError: (error) => toasts.failed('The issues could not be read', error),
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['issues'] }),
  })
  return { read: () => reading.mutate(), isReading: reading.isPending }
}
