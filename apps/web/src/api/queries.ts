import {
  type AnyTask,
  executed,
  isDefinition,
  type PromptTemplateKind,
  type RepoBlueprint,
  type Standalone,
} from '@optio/contract'
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api } from './client.ts'
import { forgeQueries } from './forge-queries.ts'
import { ofAllKinds, onlyExecuted, pageFrom, type TaskFilter } from './task-pages.ts'

/** A blueprint or a standalone task. */
export type Definition = RepoBlueprint | Standalone

const PAGE = 50
/** Lists on the page of a definition are short, and read on when somebody asks for more. */
const SHORT_PAGE = 20
/** Shown as a graph, where more would be a thicket. */
const MOST_SUBTASKS = 100
/** To choose from. */
const MOST_TEMPLATES = 100

/** About as often as a pull request at a forge is looked at. */
const LOOK_EVERY_MS = 30_000

function hasOpenPullRequest(detail: { readonly task: AnyTask } | undefined): boolean {
  return detail !== undefined && !isDefinition(detail.task) && detail.task.prState === 'open'
}

/**
 * Every reading of the API, once: what it is called in the cache and how it is fetched. `live.ts` marks them stale by these
 * names when the server says that something changed, so nothing polls.
 */
export const queries = {
  ...forgeQueries,

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
        onlyExecuted(await api.tasks.list({ query: { ...ofAllKinds(filter), limit } }, { signal })),
      placeholderData: keepPreviousData,
    }),

  /** All of it, page by page, newest first. */
  tasks: (filter: TaskFilter) =>
    infiniteQueryOptions({
      queryKey: ['tasks', 'list', filter],
      queryFn: async ({ signal, pageParam }) =>
        onlyExecuted(
          await api.tasks.list(
            {
              query: {
                ...ofAllKinds(filter),
                limit: PAGE,
                ...(pageParam === null ? {} : { cursor: pageParam }),
              },
            },
            { signal },
          ),
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  /** Whatever has the id: what is executed, or a definition. */
  anyTask: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'detail'],
      queryFn: ({ signal }) => api.tasks.get({ params: { id } }, { signal }),
      // A look at a pull request that finds nothing new is no event, and is shown all the same.
      refetchInterval: ({ state }) => (hasOpenPullRequest(state.data) ? LOOK_EVERY_MS : false),
    }),

  task: (id: string) => queryOptions({ ...queries.anyTask(id), select: executed }),

  /** Blueprints, or standalone tasks; newest first. */
  definitions: (type: Definition['type'], q: string) =>
    infiniteQueryOptions({
      queryKey: ['definitions', 'list', type, q],
      queryFn: async ({ signal, pageParam }) => {
        const page = { limit: SHORT_PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) }
        const { tasks, ...rest } = await api.tasks.list(
          { query: { type, ...(q === '' ? {} : { q }), ...page } },
          { signal },
        )
        return { ...rest, definitions: tasks.filter(isDefinition) }
      },
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  definition: (id: string) =>
    queryOptions({
      queryKey: ['definitions', 'one', id],
      queryFn: async ({ signal }) => {
        const { task } = await api.tasks.get({ params: { id } }, { signal })
        return isDefinition(task) ? { definition: task, task: null } : { definition: null, task }
      },
    }),

  /** What was run of a definition, newest first. */
  runs: (id: string) =>
    infiniteQueryOptions({
      queryKey: ['runs', 'list', id],
      queryFn: ({ signal, pageParam }) =>
        api.runs.list(
          {
            params: { id },
            query: { limit: SHORT_PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  /** The latest of them; null where there is none. */
  lastRun: (id: string) =>
    queryOptions({
      queryKey: ['runs', 'last', id],
      queryFn: async ({ signal }) =>
        (await api.runs.list({ params: { id }, query: { limit: 1 } }, { signal })).runs[0] ?? null,
    }),

  triggers: (id: string) =>
    queryOptions({
      queryKey: ['triggers', id, 'list'],
      queryFn: async ({ signal }) => (await api.triggers.list({ params: { id } }, { signal })).triggers,
    }),

  firings: (id: string, triggerId: string) =>
    infiniteQueryOptions({
      queryKey: ['triggers', id, 'firings', triggerId],
      queryFn: ({ signal, pageParam }) =>
        api.triggers.firings(
          {
            params: { id, triggerId },
            query: { limit: SHORT_PAGE, ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  /** When a schedule would be due. */
  schedulePreview: (cronExpression: string, timezone: string) =>
    queryOptions({
      queryKey: ['schedule-preview', cronExpression, timezone],
      queryFn: async ({ signal }) =>
        (
          await api.triggers.previewSchedule(
            { query: { cronExpression, ...(timezone === '' ? {} : { timezone }) } },
            { signal },
          )
        ).nextFireTimes,
      retry: false,
      gcTime: 60_000,
    }),

  /** What a run with these parameters would be told. */
  runPreview: (id: string, params: Readonly<Record<string, unknown>>) =>
    queryOptions({
      queryKey: ['definitions', 'preview', id, params],
      queryFn: ({ signal }) => api.runs.preview({ params: { id }, body: { params } }, { signal }),
      retry: false,
      gcTime: 60_000,
      placeholderData: keepPreviousData,
    }),

  /** A text that is not saved yet, as an agent would get it. */
  textPreview: (
    template: string,
    params: Readonly<Record<string, unknown>>,
    kind: PromptTemplateKind = 'task',
  ) =>
    queryOptions({
      queryKey: ['text-preview', kind, template, params],
      queryFn: async ({ signal }) =>
        (await api.promptTemplates.previewText({ body: { template, kind, params } }, { signal })).rendered,
      retry: false,
      gcTime: 60_000,
      placeholderData: keepPreviousData,
    }),

  attempts: (id: string) =>
    queryOptions({
      queryKey: ['task', id, 'attempts'],
      queryFn: async ({ signal }) => (await api.tasks.attempts({ params: { id } }, { signal })).attempts,
    }),

  /** What is part of a task, what it waits for and what waits for it. `live.ts` marks it stale with any of them. */
  relations: (id: string, hasSubtasks: boolean) =>
    queryOptions({
      queryKey: ['task', id, 'relations', hasSubtasks],
      queryFn: async ({ signal }) => {
        const params = { params: { id } }
        const [subtasks, { dependencies }, { dependents }] = await Promise.all([
          hasSubtasks
            ? api.subtasks.list({ ...params, query: { limit: MOST_SUBTASKS } }, { signal })
            : { subtasks: [], hasMore: false },
          api.dependencies.list(params, { signal }),
          api.dependencies.dependents(params, { signal }),
        ])
        return { subtasks: subtasks.subtasks, hasMore: subtasks.hasMore, dependencies, dependents }
      },
    }),

  comments: (id: string) =>
    infiniteQueryOptions({
      queryKey: ['task', id, 'comments'],
      queryFn: ({ signal, pageParam }) =>
        api.comments.list({ params: { id }, query: pageFrom(pageParam, PAGE) }, { signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  messages: (id: string) =>
    infiniteQueryOptions({
      queryKey: ['task', id, 'messages'],
      queryFn: ({ signal, pageParam }) =>
        api.messages.list({ params: { id }, query: pageFrom(pageParam, PAGE) }, { signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  /** What happened: about one task, or everywhere (null). */
  activity: (id: string | null, onlyPeople: boolean) =>
    infiniteQueryOptions({
      queryKey: [...(id === null ? ['activity'] : ['task', id, 'activity']), onlyPeople],
      queryFn: ({ signal, pageParam }) => {
        const query = { ...pageFrom(pageParam, PAGE), ...(onlyPeople ? { byPeople: 1 } : {}) }
        return id === null
          ? api.activity.all({ query }, { signal })
          : api.activity.ofTask({ params: { id }, query }, { signal })
      },
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  promptTemplates: (kind: PromptTemplateKind | undefined, repoUrl: string | undefined) =>
    infiniteQueryOptions({
      queryKey: ['templates', 'prompt', 'list', kind ?? null, repoUrl ?? null],
      queryFn: ({ signal, pageParam }) =>
        api.promptTemplates.list(
          {
            query: {
              ...pageFrom(pageParam, PAGE),
              ...(kind ? { kind } : {}),
              ...(repoUrl ? { repoUrl } : {}),
            },
          },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  promptTemplate: (id: string) =>
    queryOptions({
      queryKey: ['templates', 'prompt', 'one', id],
      queryFn: async ({ signal }) => (await api.promptTemplates.get({ params: { id } }, { signal })).template,
    }),

  /** What agents are given, and why; `repoUrl` empty: in a repository that has nothing of its own. */
  effectiveTemplate: (kind: PromptTemplateKind, repoUrl: string) =>
    queryOptions({
      queryKey: ['templates', 'effective', kind, repoUrl],
      queryFn: ({ signal }) =>
        api.promptTemplates.effective(
          { query: { kind, ...(repoUrl === '' ? {} : { repoUrl }) } },
          { signal },
        ),
    }),

  taskTemplates: () =>
    infiniteQueryOptions({
      queryKey: ['templates', 'task', 'list'],
      queryFn: ({ signal, pageParam }) =>
        api.taskTemplates.list({ query: pageFrom(pageParam, MOST_TEMPLATES) }, { signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  taskTemplate: (id: string) =>
    queryOptions({
      queryKey: ['templates', 'task', 'one', id],
      queryFn: async ({ signal }) => (await api.taskTemplates.get({ params: { id } }, { signal })).template,
    }),

  retention: () =>
    queryOptions({
      queryKey: ['system', 'retention'],
      queryFn: async ({ signal }) => (await api.system.retention({}, { signal })).retention,
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
