import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { CircleDot, FilterX, FolderGit2 } from 'lucide-react'
import { useCallback, useRef } from 'react'
import { queries } from '../../api/queries.ts'
import { useShortcuts } from '../../app/keyboard/shortcuts.ts'
import type { IssueListSearch } from '../../app/search.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { WindowRows } from '../../ui/window-rows.tsx'
import { Filters } from './filters.tsx'
import { Freshness } from './freshness.tsx'
import { IssueRow } from './issue-row.tsx'

const route = getRouteApi('/issues')

/** Height of most rows, before they are measured, in pixels. */
const ROW = 76

/** Issues of all connected repositories in one list, to be handed to agents. */
export function IssueListPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const searchInput = useRef<HTMLInputElement>(null)
  useShortcuts('Search', [{ keys: '/', label: 'Search issues', run: () => searchInput.current?.focus() }])
  return (
    <Page title="Issues">
      <div className="space-y-3">
        <Filters
          search={search}
          searchInput={searchInput}
          onChange={(next) => void navigate({ search: next, replace: true })}
        />
        <Freshness repo={search.repo} />
        <Issues search={search} />
      </div>
    </Page>
  )
}

function Issues({ search }: { search: IssueListSearch }) {
  const list = useInfiniteQuery(queries.issues(search))
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])
  const issues = list.data?.pages.flatMap((page) => page.issues) ?? []
  if (list.isPending) return <Loading what="the issues" />
  if (issues.length === 0) {
    return list.error ? (
      <ErrorNotice
        error={list.error}
        title="The issues could not be read"
        actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
      />
    ) : (
      <NoIssues search={search} />
    )
  }
  return (
    <>
      <section
        aria-label="Issues, those nobody is assigned to first"
        className="overflow-hidden rounded-lg border border-line bg-surface"
        aria-busy={list.isPlaceholderData}
      >
        <WindowRows
          items={issues}
          keyOf={({ id }) => id}
          row={(issue) => <IssueRow issue={issue} />}
          height={ROW}
          total={hasNextPage ? -1 : issues.length}
          onNearEnd={more}
          noun="issue"
        />
      </section>
      {isFetchingNextPage ? <Loading what="more issues" /> : null}
      {isFetchNextPageError ? (
        <ErrorNotice
          error={list.error}
          title="Further issues could not be read"
          actions={<Button onClick={() => void fetchNextPage()}>Try again</Button>}
        />
      ) : null}
    </>
  )
}

function NoIssues({ search }: { search: IssueListSearch }) {
  const { data: syncs } = useQuery(queries.issueSyncs(undefined))
  if (syncs === undefined) return <Loading what="the issues" />
  if (syncs.length === 0) return <NoRepository />
  if (search.q || search.repo || search.state) {
    return (
      <Empty
        icon={FilterX}
        title="No issue fits these filters"
        actions={
          <Button asChild>
            <Link to="/issues">Show all open issues</Link>
          </Button>
        }
      >
        Look for fewer words, in all repositories, or also at closed ones.
      </Empty>
    )
  }
  if (syncs.some(({ syncedAt, error }) => syncedAt === null && error === null)) {
    return <Loading what="the issues for the first time" />
  }
  return (
    <Empty icon={CircleDot} title="There are no open issues">
      When somebody opens one, it appears here by itself.
    </Empty>
  )
}

function NoRepository() {
  return (
    <Empty
      icon={FolderGit2}
      title="No repository with issues is connected"
      actions={
        <>
          <Button asChild look="primary">
            <Link to="/repos/new">Connect a repository</Link>
          </Button>
          <Button asChild>
            <Link to="/settings/secrets" search={{ add: 'GITHUB_TOKEN' }}>
              Save a token
            </Link>
          </Button>
        </>
      }
    >
      Save a token of GitHub as the secret <code className="font-mono">GITHUB_TOKEN</code>, then connect a
      repository by its address, such as <span className="break-all">https://github.com/acme/webapp</span>.
      Repositories on this machine have no issues.
    </Empty>
  )
}
