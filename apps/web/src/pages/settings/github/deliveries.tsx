import type { WebhookDelivery } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'

const STATES: Readonly<Record<WebhookDelivery['state'], { words: string; ink: string }>> = {
  received: { words: 'received', ink: 'text-info' },
  done: { words: 'done', ink: 'text-good' },
  ignored: { words: 'ignored', ink: 'text-ink-2' },
  failed: { words: 'failed', ink: 'text-bad' },
}

/** What GitHub sent, newest first, and what it came to. */
export function Deliveries() {
  const list = useInfiniteQuery(queries.deliveries(null))
  const deliveries = list.data?.pages.flatMap((page) => page.deliveries) ?? []
  return (
    <Card title="Deliveries of webhooks">
      {list.isPending ? (
        <div className="p-4">
          <Loading what="the deliveries" />
        </div>
      ) : list.error ? (
        <div className="p-4">
          <ErrorNotice
            error={list.error}
            title="The deliveries could not be read"
            actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
          />
        </div>
      ) : deliveries.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">
          GitHub has sent nothing yet. Install the webhook of a repository on its page; its first delivery is
          a ping.
        </p>
      ) : (
        <ul className="divide-y divide-line">
          {deliveries.map((delivery) => (
            <Delivery key={delivery.id} delivery={delivery} />
          ))}
        </ul>
      )}
      {list.hasNextPage ? (
        <div className="border-t border-line p-3">
          <Button small busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      ) : null}
    </Card>
  )
}

function Delivery({ delivery }: { delivery: WebhookDelivery }) {
  const { id, event, action, repository, state, detail, receivedAt } = delivery
  const { words, ink } = STATES[state]
  return (
    <li className="px-4 py-2.5">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
        <span className="font-mono text-xs break-all" title={`Delivery ${plainLine(id)}`}>
          {plainLine(action === null ? event : `${event}.${action}`)}
        </span>
        <span className={ink}>{words}</span>
        <span className="min-w-0 break-words text-ink-2">
          {repository === null ? 'of no repository' : plainLine(repository)}
        </span>
        <Moment at={receivedAt} className="text-xs text-ink-3" />
      </p>
      {detail === null ? null : <p className="mt-0.5 break-words text-ink-2">{plainText(detail)}</p>}
    </li>
  )
}
