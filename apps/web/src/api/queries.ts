import { type AnyTask, type CallInput, executed, executedOnly, type Routes, type Task } from '@optio/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from './client.ts'

/** What the list of tasks can be narrowed by. */
export type TaskFilter = Omit<
  NonNullable<CallInput<Routes['tasks']['list']>['query']>,
  'cursor' | 'offset' | 'limit'
>

const PAGE = 50

/** A page of tasks without definitions. */
function onlyExecuted<P extends { tasks: readonly AnyTask[] }>(
  page: P,
): Omit<P, 'tasks'> & { tasks: Task[] } {
  return { ...page, tasks: executedOnly(page.tasks) }
}

/**
 * Every reading of the API, once: what it is called in the cache and how it is fetched. `live.ts` marks them stale by these
 * names when the server says that something changed, so nothing polls.
 */
export const queries = {
  system: () =>
    queryOptions({
      queryKey: ['system'],
      queryFn: async ({ signal }) => (await api.system.get({}, { signal })).system,
    }),

  doctor: () =>
    queryOptions({
      queryKey: ['doctor'],
      queryFn: async ({ signal }) => (await api.system.doctor({}, { signal })).report,
      staleTime: 30_000,
    }),

  /** Also where it says that something is wrong. */
  health: () =>
    queryOptions({
      queryKey: ['system', 'health'],
      queryFn: ({ signal }) => api.health.health({}, { signal }),
    }),

  costs: (days: number, repoUrl?: string) =>
    queryOptions({
      queryKey: ['costs', days, repoUrl ?? null],
      queryFn: ({ signal }) =>
        api.analytics.costs({ query: { days, ...(repoUrl ? { repoUrl } : {}) } }, { signal }),
    }),

  stats: () =>
    queryOptions({
      queryKey: ['tasks', 'stats'],
      queryFn: async ({ signal }) => (await api.tasks.stats({}, { signal })).stats,
    }),

  /** The first page only: for overviews. */
  tasksHead: (filter: TaskFilter, limit: number) =>
    queryOptions({
      queryKey: ['tasks', 'head', filter, limit],
      queryFn: async ({ signal }) =>
        onlyExecuted(await api.tasks.list({ query: { ...filter, limit } }, { signal })),
      placeholderData: keepPreviousData,
    }),

  /** All of it, page by page, newest first. */
  tasks: (filter: TaskFilter) =>
    infiniteQueryOptions({
      queryKey: ['tasks', 'list', filter],
      queryFn: async ({ signal, pageParam }) =>
        onlyExecuted(
          await api.tasks.list(
            { query: { ...filter, limit: PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) } },
            { signal },
          ),
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  task: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'detail'],
      queryFn: async ({ signal }) => executed(await api.tasks.get({ params: { id } }, { signal })),
    }),

  attempts: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'attempts'],
      queryFn: async ({ signal }) => (await api.tasks.attempts({ params: { id } }, { signal })).attempts,
    }),

  events: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'events'],
      queryFn: async ({ signal }) => (await api.tasks.events({ params: { id } }, { signal })).events,
    }),

  environment: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'environment'],
      queryFn: async ({ signal }) =>
        (await api.tasks.environment({ params: { id } }, { signal })).environment,
    }),

  pullRequest: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'pull-request'],
      queryFn: async ({ signal }) => (await api.pullRequests.get({ params: { id } }, { signal })).pullRequest,
    }),

  /** `headSha` names the version: the diff of a file at one head never changes. */
  pullRequestFile: (id: string, path: string, headSha: string) =>
    queryOptions({
      queryKey: ['pull-request-file', id, path, headSha],
      queryFn: async ({ signal }) =>
        (await api.pullRequests.file({ params: { id }, query: { path } }, { signal })).file,
      staleTime: Number.POSITIVE_INFINITY,
    }),

  repos: () =>
    infiniteQueryOptions({
      queryKey: ['repos', 'list'],
      queryFn: ({ signal, pageParam }) =>
        api.repos.list(
          { query: { limit: 100, ...(pageParam === null ? {} : { cursor: pageParam }) } },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  repo: (id: string) =>
    queryOptions({
      queryKey: ['repos', 'one', id],
      queryFn: async ({ signal }) => (await api.repos.get({ params: { id } }, { signal })).repo,
    }),

  /** What its files suggest. Asked with POST, because it looks into the repository; it changes nothing. */
  detected: (id: string) =>
    queryOptions({
      queryKey: ['detected', id],
      queryFn: async ({ signal }) => (await api.repos.detect({ params: { id } }, { signal })).detected,
    }),
} as const
