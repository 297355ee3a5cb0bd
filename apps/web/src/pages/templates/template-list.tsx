import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'

/** Templates of one sort as far as they are read, one row each; or why there are none. */
export function TemplateList<T extends { readonly id: string }>(props: {
  readonly list: UseInfiniteQueryResult<InfiniteData<{ readonly templates: readonly T[] }>>
  readonly label: string
  readonly empty: ReactNode
  readonly row: (template: T) => ReactNode
}) {
  const { list, label, empty, row } = props
  const templates = list.data?.pages.flatMap((page) => page.templates) ?? []
  if (list.isPending) return <Loading what="the templates" />
  if (list.error && !list.data) {
    return (
      <ErrorNotice
        error={list.error}
        title="The templates could not be read"
        actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
      />
    )
  }
  if (templates.length === 0) return empty
  return (
    <>
      <ul
        aria-label={label}
        aria-busy={list.isPlaceholderData}
        className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
      >
        {templates.map(row)}
      </ul>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </>
  )
}
