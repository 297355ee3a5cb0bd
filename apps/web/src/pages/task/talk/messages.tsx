import type { Message, Task } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Check, Clock, type LucideIcon, X } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Loading } from '../../../ui/loading.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { MessageComposer } from './message-composer.tsx'

/** What people said to the agent, what became of it, and a field for more while it listens. */
export function Messages({ task }: { task: Task }) {
  const { data, error, isPending, refetch, ...more } = useInfiniteQuery(queries.messages(task.id))
  const messages = data?.pages.flatMap((page) => page.messages) ?? []
  const latest = data?.pages.at(-1)
  return (
    <Card title="To the agent">
      <div className="space-y-4 p-4">
        {isPending ? <Loading what="what was said" /> : null}
        {error && !data ? (
          <ErrorNotice
            error={error}
            title="What was said could not be read"
            actions={<Button onClick={() => void refetch()}>Try again</Button>}
          />
        ) : null}
        {messages.length > 0 ? (
          <ol aria-label="Messages, the oldest first" className="space-y-3">
            {messages.map((message) => (
              <li key={message.id}>
                <MessageItem message={message} />
              </li>
            ))}
          </ol>
        ) : null}
        {more.hasNextPage ? (
          <Button small busy={more.isFetchingNextPage} onClick={() => void more.fetchNextPage()}>
            Show later ones
          </Button>
        ) : null}
        {latest === undefined ? null : latest.canSend ? (
          <MessageComposer taskId={task.id} />
        ) : (
          <p className="text-ink-2">{plainText(latest.why ?? 'Its agent takes no messages now.')}</p>
        )}
      </div>
    </Card>
  )
}

const STATES: Readonly<Record<Message['state'], { words: string; icon: LucideIcon; ink: string }>> = {
  pending: { words: 'on its way', icon: Clock, ink: 'text-ink-2' },
  delivered: { words: 'delivered', icon: Check, ink: 'text-good' },
  undelivered: { words: 'not delivered: the agent ended first', icon: X, ink: 'text-bad' },
}

function MessageItem({ message: { author, content, mode, state, createdAt } }: { message: Message }) {
  const { words, icon: Icon, ink } = STATES[state]
  return (
    <article className="rounded-lg bg-sunken px-3 py-2">
      <p className="flex flex-wrap items-center gap-x-2 text-xs text-ink-2">
        <span className="font-medium text-ink">{plainLine(author)}</span>
        <span>{mode === 'soft' ? 'before its next turn' : 'interrupting it'}</span>
        <Moment at={createdAt} />
        <span className={cx('inline-flex items-center gap-1', ink)}>
          <Icon className="size-3.5" aria-hidden="true" />
          {words}
        </span>
      </p>
      <p className="mt-1 wrap-anywhere whitespace-pre-wrap">{plainText(content)}</p>
    </article>
  )
}
