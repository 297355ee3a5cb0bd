import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../api/queries.ts'
import { plainLine } from '../ui/plain-text.ts'

/** The connected repositories, and how to name one by its address. */
export function useRepos() {
  const { data, isPending, error } = useInfiniteQuery(queries.repos())
  return useMemo(() => {
    const repos = data?.pages.flatMap((page) => page.repos) ?? []
    const names = new Map(repos.map(({ repoUrl, fullName }) => [repoUrl, fullName]))
    /** A repository that is connected no more is called by the end of its address. */
    const nameOf = (repoUrl: string | null): string =>
      repoUrl === null ? '' : plainLine(names.get(repoUrl) ?? repoUrl.split('/').at(-1) ?? repoUrl)
    return { repos, nameOf, isPending, error, hasMore: data?.pages.at(-1)?.hasMore ?? false }
  }, [data, isPending, error])
}
