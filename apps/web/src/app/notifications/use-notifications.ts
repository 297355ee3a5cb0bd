import type { EventFrame } from '@optio/contract'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useCallback } from 'react'
import { useLiveEvents } from '../../api/live-context.tsx'
import { queries } from '../../api/queries.ts'
import { plainLine } from '../../ui/plain-text.ts'
import { receiveNews } from './inbox.ts'
import { NEWS_WORDS, type News, newsOf } from './news.ts'
import { useNotificationSwitch } from './permission.ts'

/** Takes note of what a person would want to know, and has the browser say so when that is switched on. Once, around all pages. */
export function useNotifications(): void {
  const router = useRouter()
  const queryClient = useQueryClient()
  const { on } = useNotificationSwitch()
  const tell = useCallback(
    async (event: EventFrame) => {
      const told = newsOf(event)
      if (told === null) return
      const news = { ...told, title: told.title || (await titleOf(queryClient, told.taskId)) }
      const seen = isLookedAt(news.taskId)
      receiveNews(news, { seen })
      if (!on || seen) return
      notify(news, () => void router.navigate({ to: '/tasks/$taskId', params: { taskId: news.taskId } }))
    },
    [on, queryClient, router],
  )
  useLiveEvents(useCallback((event) => void tell(event), [tell]))
}

/** Events that do not tell the title are few. */
async function titleOf(queryClient: QueryClient, taskId: string): Promise<string> {
  try {
    const { task } = await queryClient.fetchQuery(queries.anyTask(taskId))
    return plainLine(task.title)
  } catch {
    return 'A task'
  }
}

/** Somebody has this task before them at this moment. */
function isLookedAt(taskId: string): boolean {
  return document.visibilityState === 'visible' && window.location.pathname === `/tasks/${taskId}`
}

function notify(news: News, open: () => void): void {
  try {
    // The tag makes a later notification about a task take the place of the one before, also when several tabs tell it.
    const shown = new Notification(`${NEWS_WORDS[news.kind]}: ${news.title}`, {
      body: news.words,
      tag: `optio-${news.taskId}`,
      icon: '/icon.svg',
    })
    shown.onclick = () => {
      window.focus()
      open()
      shown.close()
    }
  } catch {
    // Some browsers of phones refuse it to pages; the list of news has it all the same.
  }
}
