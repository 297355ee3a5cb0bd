import { useSyncExternalStore } from 'react'
import type { News } from './news.ts'

/** Kept for the list; older news is in the tasks themselves. */
const KEPT = 50

export interface Inbox {
  /** The newest first; one for each task, its latest. */
  readonly news: readonly News[]
  /** Ids of the news nobody looked at yet. */
  readonly unseen: ReadonlySet<string>
}

let inbox: Inbox = { news: [], unseen: new Set() }
const watchers = new Set<() => void>()

function change(next: Inbox): void {
  inbox = next
  for (const watcher of watchers) watcher()
}

/** Puts news on top, in place of what was told of that task before. `seen`: somebody looks at it anyway. */
export function receiveNews(news: News, { seen }: { seen: boolean }): void {
  const rest = inbox.news.filter(({ taskId }) => taskId !== news.taskId).slice(0, KEPT - 1)
  const kept = new Set(rest.map(({ id }) => id))
  const unseen = [...inbox.unseen].filter((id) => kept.has(id))
  change({ news: [news, ...rest], unseen: new Set(seen ? unseen : [...unseen, news.id]) })
}

export function markNewsSeen(): void {
  if (inbox.unseen.size > 0) change({ ...inbox, unseen: new Set() })
}

/** What was told since the pages were opened. */
export function useInbox(): Inbox {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => inbox,
  )
}
