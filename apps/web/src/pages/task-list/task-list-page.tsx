import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useLocation } from '@tanstack/react-router'
import { FilterX, ListTodo } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { queries } from '../../api/queries.ts'
import type { TaskFilter } from '../../api/task-pages.ts'
import { useShortcuts } from '../../app/keyboard/shortcuts.ts'
import type { TaskListSearch } from '../../app/search.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { Button } from '../../ui/button.tsx'
import { counted } from '../../ui/counted.ts'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { BulkActs } from './bulk-acts.tsx'
import { Filters, GroupTabs } from './filters.tsx'
import { groupOf } from './groups.ts'
import { useTaskPages } from './task-pages.ts'
import { TaskRows } from './task-rows.tsx'

const route = getRouteApi('/tasks')

export function TaskListPage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const { data: stats } = useQuery(queries.stats())
  const searchInput = useRef<HTMLInputElement>(null)
  const group = groupOf(search)

  const wantsSearch = useLocation({ select: ({ hash }) => hash === 'search' })
  useEffect(() => {
    if (wantsSearch) searchInput.current?.focus()
  }, [wantsSearch])
  useShortcuts('Search', [{ keys: '/', label: 'Search tasks', run: () => searchInput.current?.focus() }])

  return (
    <Page
      title={group === null || group.label === 'All' ? 'Tasks' : `Tasks: ${group.label}`}
      heading="Tasks"
      actions={stats ? <BulkActs stats={stats} /> : null}
    >
      <div className="space-y-3">
        <GroupTabs search={search} stats={stats} />
        <Filters
          search={search}
          searchInput={searchInput}
          onChange={(next) => void navigate({ search: next, replace: true })}
        />
        <Tasks search={search} />
      </div>
    </Page>
  )
}

function Tasks({ search }: { search: TaskListSearch }) {
  const filter = useMemo(() => filterOf(search), [search])
  const list = useTaskPages(filter)
  const { nameOf } = useRepos()
  const { data: system } = useQuery(queries.system())
  const { data: stats } = useQuery(queries.stats())
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = list
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])

  if (list.isPending) return <Loading what="the tasks" />
  if (list.tasks.length === 0) {
    return list.error ? (
      <ErrorNotice
        error={list.error}
        title="The tasks could not be read"
        actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
      />
    ) : (
      <NoTasks search={search} isFirst={stats?.total === 0} />
    )
  }
  return (
    <>
      {list.created > 0 ? (
        <div className="sticky top-15 z-20 flex justify-center">
          <Button
            look="primary"
            small
            className="shadow-md"
            onClick={() => {
              window.scrollTo({ top: 0 })
              list.showNew()
            }}
          >
            {counted(list.created, 'new task')}: show from the top
          </Button>
        </div>
      ) : null}
      <section
        aria-label="Tasks, newest first"
        className="overflow-hidden rounded-lg border border-line bg-surface"
        aria-busy={list.isPlaceholderData}
      >
        <TaskRows
          tasks={list.tasks}
          nameOf={nameOf}
          paused={system?.paused != null}
          total={hasNextPage ? -1 : list.tasks.length}
          onNearEnd={more}
        />
      </section>
      {isFetchingNextPage ? <Loading what="more tasks" /> : null}
      {isFetchNextPageError ? (
        <ErrorNotice
          error={list.error}
          title="Further tasks could not be read"
          actions={<Button onClick={() => void fetchNextPage()}>Try again</Button>}
        />
      ) : null}
    </>
  )
}

function filterOf({ state, waitingOn, repoUrl, agentType, q }: TaskListSearch): TaskFilter {
  return {
    ...(state ? { state: [...state] } : {}),
    ...(waitingOn ? { waitingOn } : {}),
    ...(repoUrl ? { repoUrl } : {}),
    ...(agentType ? { agentType } : {}),
    ...(q ? { q } : {}),
  }
}

function NoTasks({ search, isFirst }: { search: TaskListSearch; isFirst: boolean }) {
  const narrowed = Boolean(search.q || search.repoUrl || search.agentType)
  if (narrowed && !isFirst) {
    return (
      <Empty
        icon={FilterX}
        title="No task fits these filters"
        actions={
          <Button asChild>
            <Link to="/tasks">Show all tasks</Link>
          </Button>
        }
      >
        Look for fewer words, or in all repositories.
      </Empty>
    )
  }
  return (
    <Empty
      icon={ListTodo}
      title={groupOf(search)?.none ?? 'No task is in this state'}
      actions={
        <Button asChild look="primary">
          <Link to="/tasks/new">New task</Link>
        </Button>
      }
    >
      {isFirst
        ? 'Say what you want done in a repository. An agent does it, and you get a pull request to review.'
        : 'When there is something, it appears here by itself.'}
    </Empty>
  )
}
