import type { Repo } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { FolderGit2, Plus } from 'lucide-react'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { agentName } from '../../ui/agent-name.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Money } from '../../ui/money.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'

const DAYS = 30

export function RepoListPage() {
  const { repos, isPending, error } = useRepos()
  const { data: costs } = useQuery(queries.costs(DAYS))
  const costOf = (repoUrl: string) =>
    costs?.costByRepo.find((each) => each.repoUrl === repoUrl)?.cost ?? (costs ? '0' : null)
  return (
    <Page
      title="Repositories"
      actions={
        repos.length > 0 ? (
          <Button asChild>
            <Link to="/repos/new">
              <Plus className="size-4" aria-hidden="true" />
              Connect a repository
            </Link>
          </Button>
        ) : null
      }
    >
      {isPending ? (
        <Loading what="the repositories" />
      ) : error && repos.length === 0 ? (
        <ErrorNotice error={error} title="The repositories could not be read" />
      ) : repos.length === 0 ? (
        <Empty
          icon={FolderGit2}
          title="No repository is connected"
          actions={
            <Button asChild look="primary">
              <Link to="/repos/new">Connect a repository</Link>
            </Button>
          }
        >
          Connect a repository at GitHub or a git repository of this machine, and agents can work on copies of
          it.
        </Empty>
      ) : (
        <ul className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface">
          {repos.map((repo) => {
            const cost = costOf(repo.repoUrl)
            return (
              <li
                key={repo.id}
                className="relative flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken"
              >
                <div className="min-w-0 flex-1 basis-72">
                  <Link
                    to="/repos/$repoId"
                    params={{ repoId: repo.id }}
                    className="font-medium break-words after:absolute after:inset-0"
                  >
                    {plainLine(repo.fullName)}
                  </Link>
                  <p className="truncate font-mono text-xs text-ink-3">{plainLine(repo.repoUrl)}</p>
                  <p className="mt-0.5 flex flex-wrap gap-x-3 text-xs text-ink-2">
                    <span>{agentName(repo.defaultAgentType)}</span>
                    <span>{checkWords(repo)}</span>
                    <span>{repo.autoMerge ? 'merges by itself' : 'you merge'}</span>
                  </p>
                </div>
                <p className="text-xs text-ink-3">
                  {cost === null ? null : (
                    <>
                      <Money amount={cost} /> in {DAYS} days
                    </>
                  )}
                </p>
                <Button asChild small className="relative">
                  <Link
                    to="/tasks/new"
                    search={{ repo: repo.id }}
                    aria-label={`New task in ${repo.fullName}`}
                  >
                    New task
                  </Link>
                </Button>
              </li>
            )
          })}
        </ul>
      )}
    </Page>
  )
}

function checkWords({ gitPlatform, testCommand }: Repo): string {
  if (gitPlatform !== 'local') return 'checked by GitHub'
  return testCommand === null ? 'no test command' : 'checked by its tests'
}
