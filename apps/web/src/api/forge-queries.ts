import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { IssueListSearch } from '../app/search.ts'
import { api } from './client.ts'
import { pageFrom } from './task-pages.ts'

const PAGE = 50

/** Readings of issues, secrets and of what GitHub says: part of `queries`. */
export const forgeQueries = {
  /** Unassigned ones first, then newest. */
  issues: ({ repo, state, q }: IssueListSearch) =>
    infiniteQueryOptions({
      queryKey: ['issues', 'list', repo ?? null, state ?? 'open', q ?? ''],
      queryFn: ({ signal, pageParam }) =>
        api.issues.list(
          {
            query: {
              ...(repo ? { repoId: repo } : {}),
              ...(state ? { state } : {}),
              ...(q ? { q } : {}),
              ...pageFrom(pageParam, PAGE),
            },
          },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      placeholderData: keepPreviousData,
    }),

  /** How fresh the issues of each repository are. Readings that find nothing new are not told, so this is asked for now and then. */
  issueSyncs: (repo: string | undefined) =>
    queryOptions({
      queryKey: ['issues', 'syncs', repo ?? null],
      queryFn: async ({ signal }) =>
        (await api.issues.list({ query: { limit: 1, ...(repo ? { repoId: repo } : {}) } }, { signal })).syncs,
      refetchInterval: 60_000,
      placeholderData: keepPreviousData,
    }),

  secrets: () =>
    infiniteQueryOptions({
      queryKey: ['secrets', 'list'],
      queryFn: ({ signal, pageParam }) => api.secrets.list({ query: pageFrom(pageParam, PAGE) }, { signal }),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
    }),

  encryption: () =>
    queryOptions({
      queryKey: ['secrets', 'encryption'],
      queryFn: async ({ signal }) => (await api.secrets.encryption({}, { signal })).encryption,
    }),

  /** What GitHub and the watch say is not told by events, so it is asked for while it is looked at. */
  githubStatus: () =>
    queryOptions({
      queryKey: ['github', 'status'],
      queryFn: async ({ signal }) => (await api.github.status({}, { signal })).github,
      refetchInterval: 30_000,
    }),

  /** Newest first; of one repository, or of all (null). */
  deliveries: (repoId: string | null) =>
    infiniteQueryOptions({
      queryKey: ['github', 'deliveries', repoId],
      queryFn: ({ signal, pageParam }) =>
        api.github.deliveries(
          { query: { ...pageFrom(pageParam, PAGE), ...(repoId === null ? {} : { repoId }) } },
          { signal },
        ),
      initialPageParam: null as string | null,
      getNextPageParam: (last) => last.nextCursor,
      refetchInterval: 30_000,
    }),

  webhook: (repoId: string) =>
    queryOptions({
      queryKey: ['github', 'webhook', repoId],
      queryFn: async ({ signal }) =>
        (await api.github.webhook({ params: { id: repoId } }, { signal })).webhook,
      refetchInterval: 30_000,
    }),
} as const
