import { executed, type Task } from '@optio/contract'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { useLiveEvents } from '../../api/live-context.tsx'
import { queries } from '../../api/queries.ts'
import type { TaskFilter } from '../../api/task-pages.ts'

/** Up to so many pages, every change has all of them read again; beyond, that would cost more than it tells. */
const LIVE_PAGES = 3
/** Rows of a long list that changed are read together, this long after the first of them did. */
const GATHER_MS = 400
/** More changed rows than this in one go are left for the next reading of the whole. */
const AT_ONCE = 20

/**
 * All tasks that fit, page by page. Someone who has scrolled far keeps their place: rows that change are brought up to date
 * one by one, and what is new waits for `showNew` instead of pushing the rows away under the eyes. `filter` has to stay the same
 * object while it says the same.
 */
export function useTaskPages(filter: TaskFilter) {
  const options = queries.tasks(filter)
  const [isLong, setLong] = useState(false)
  const query = useInfiniteQuery({ ...options, enabled: !isLong })
  const { data, refetch } = query
  const pages = data?.pages.length ?? 0
  useEffect(() => setLong(pages > LIVE_PAGES), [pages])

  const queryClient = useQueryClient()
  /** Forgets all but the first pages: what is shown next is read afresh, and soon. */
  const keepOnly = useCallback(
    (count: number) => {
      queryClient.setQueryData(
        queries.tasks(filter).queryKey,
        (before) =>
          before && { pages: before.pages.slice(0, count), pageParams: before.pageParams.slice(0, count) },
      )
    },
    [queryClient, filter],
  )
  // Nobody waits for hundreds of pages to be read again who comes back to the list.
  useEffect(() => () => keepOnly(LIVE_PAGES), [keepOnly])

  const [patches, setPatches] = useState<ReadonlyMap<string, Task>>(new Map())
  const [created, setCreated] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another reading or filter begins afresh
  useEffect(() => {
    setPatches(new Map())
    setCreated(0)
  }, [data?.pages[0], filter])

  const tasks = useMemo(() => {
    const seen = new Set<string>()
    const all = data?.pages.flatMap((page) => page.tasks) ?? []
    // While pages are read one after the other, a task can come to stand on two.
    return all.flatMap((task) => {
      if (seen.has(task.id)) return []
      seen.add(task.id)
      return patches.get(task.id) ?? task
    })
  }, [data, patches])

  const known = useRef<ReadonlySet<string>>(new Set())
  useEffect(() => {
    known.current = new Set(tasks.map(({ id }) => id))
  }, [tasks])

  const changed = useRef(new Set<string>())
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(
    () => () => {
      if (timer.current !== null) clearTimeout(timer.current)
    },
    [],
  )
  useLiveEvents(
    useCallback(
      ({ type, taskId }) => {
        if (!isLong || taskId === null) return
        if (type === 'task:created') setCreated((count) => count + 1)
        if (!known.current.has(taskId)) return
        changed.current.add(taskId)
        timer.current ??= setTimeout(async () => {
          timer.current = null
          const ids = [...changed.current].slice(0, AT_ONCE)
          changed.current.clear()
          const read = await Promise.all(ids.map(readTask))
          setPatches((before) => {
            const after = new Map(before)
            for (const task of read) if (task !== null) after.set(task.id, task)
            return after
          })
        }, GATHER_MS)
      },
      [isLong],
    ),
  )

  return {
    ...query,
    tasks,
    /** Tasks that came while the list was too long to be read again; they may be none of this filter. */
    created: isLong ? created : 0,
    /** Begins anew at the top. */
    showNew: () => {
      keepOnly(1)
      void refetch()
    },
  }
}

/** A task as lists have it; null when it cannot be read, as when it was deleted. */
async function readTask(id: string): Promise<Task | null> {
  try {
    return executed(await api.tasks.get({ params: { id } })).task
  } catch {
    return null
  }
}
