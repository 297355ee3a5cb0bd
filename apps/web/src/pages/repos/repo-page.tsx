import { ApiError, type Repo } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { FolderX } from 'lucide-react'
import { queries } from '../../api/queries.ts'
import { TaskLink } from '../../tasks/task-link.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Moment } from '../../ui/moments.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card, Page } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { Disconnect } from './disconnect.tsx'
import { RepoSettings } from './repo-settings.tsx'
import { WebhookCard } from './webhook-card.tsx'

const route = getRouteApi('/repos/$repoId')

export function RepoPage() {
  const { repoId } = route.useParams()
  const { data: repo, error, isPending, refetch } = useQuery(queries.repo(repoId))
  if (repo) return <Repository key={repo.id} repo={repo} />
  const isGone = error instanceof ApiError && error.status < 500
  return (
    <Page title="Repository">
      {isPending ? (
        <Loading what="the repository" />
      ) : isGone ? (
        <Empty
          icon={FolderX}
          title="This repository is not connected"
          actions={
            <Button asChild look="primary">
              <Link to="/repos">Show all repositories</Link>
            </Button>
          }
        >
          It may have been disconnected. Its tasks are still in the list of tasks, and it can be connected
          again.
        </Empty>
      ) : (
        <ErrorNotice
          error={error}
          title="The repository could not be read"
          actions={<Button onClick={() => void refetch()}>Try again</Button>}
        />
      )}
    </Page>
  )
}

function Repository({ repo }: { repo: Repo }) {
  return (
    <Page
      title={repo.fullName}
      actions={
        <Button asChild look="primary">
          <Link to="/tasks/new" search={{ repo: repo.id }}>
            New task here
          </Link>
        </Button>
      }
    >
      <p className="-mt-4 mb-5 font-mono text-xs break-all text-ink-3">{plainLine(repo.repoUrl)}</p>
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <RepoSettings repo={repo} />
        <div className="min-w-0 space-y-4">
          <RecentTasks repo={repo} />
          {repo.gitPlatform === 'github' ? <WebhookCard repo={repo} /> : null}
          <Disconnect repo={repo} />
        </div>
      </div>
    </Page>
  )
}

const SHOWN = 8

function RecentTasks({ repo }: { repo: Repo }) {
  const { data } = useQuery(queries.tasksHead({ repoUrl: repo.repoUrl }, SHOWN))
  return (
    <Card
      title="Its tasks"
      actions={
        data && data.tasks.length > 0 ? (
          <Link to="/tasks" search={{ repoUrl: repo.repoUrl }} className="text-accent hover:underline">
            Show all
          </Link>
        ) : null
      }
    >
      {data?.tasks.length === 0 ? (
        <p className="px-4 py-3 text-ink-3">None yet. Check the settings, then write the first one.</p>
      ) : (
        <ul className="divide-y divide-line">
          {data?.tasks.map((task) => (
            <li key={task.id} className="px-4 py-2.5">
              <TaskLink task={task} />
              <p className="mt-1 flex flex-wrap items-center gap-2 text-xs text-ink-3">
                <StateBadge state={task.state} />
                <Moment at={task.createdAt} />
              </p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
