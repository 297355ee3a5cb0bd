import { useQuery } from '@tanstack/react-query'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { CostCard } from './cost-card.tsx'
import { QueuedCard } from './queued-card.tsx'
import { RecentCard } from './recent-card.tsx'
import { RunningCard } from './running-card.tsx'
import { WaitingCard } from './waiting-card.tsx'
import { Welcome } from './welcome.tsx'

/** What waits for a person, what runs, what is queued and why, and what it costs. */
export function OverviewPage() {
  const { data: stats, error, isPending, refetch } = useQuery(queries.stats())
  const { isPending: reposPending } = useRepos()
  if (isPending || reposPending) {
    return (
      <Page title="Overview">
        <Loading what="the overview" />
      </Page>
    )
  }
  if (!stats) {
    return (
      <Page title="Overview">
        <ErrorNotice
          error={error}
          title="The overview could not be read"
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      </Page>
    )
  }
  if (stats.total === 0) return <Welcome />
  return (
    <Page title="Overview">
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="min-w-0 space-y-4">
          <WaitingCard count={stats.waitingForPerson} />
          <RunningCard count={stats.running} />
          <QueuedCard count={stats.queued} />
        </div>
        <div className="min-w-0 space-y-4">
          <CostCard />
          <RecentCard />
        </div>
      </div>
    </Page>
  )
}
