import type { Attempt, TaskEvent } from '@optio/contract'

/** One thing in a task's history. */
export type TimelineItem =
  | {
      readonly type: 'event'
      readonly key: string
      readonly at: string
      readonly event: TaskEvent
      /** Until the next change, in milliseconds; null for the state it is in now. */
      readonly lastedMs: number | null
    }
  | { readonly type: 'attempt'; readonly key: string; readonly at: string; readonly attempt: Attempt }

/**
 * Changes of state and attempts in one line, the newest first. `events` ascend. An attempt stands above the change that
 * started it; one that never started stands where its turn came.
 */
export function timelineOf(events: readonly TaskEvent[], attempts: readonly Attempt[]): TimelineItem[] {
  const items: TimelineItem[] = events.map((event, index) => {
    const next = events[index + 1]
    return {
      type: 'event',
      key: `event ${event.id}`,
      at: event.createdAt,
      event,
      lastedMs: next === undefined ? null : Date.parse(next.createdAt) - Date.parse(event.createdAt),
    }
  })
  let from = 0
  for (const attempt of attempts) {
    const at = attempt.startedAt ?? attempt.endedAt
    const before = items.findIndex(
      (item, index) => index >= from && item.type === 'event' && (at === null ? false : item.at > at),
    )
    const place = before === -1 ? items.length : before
    items.splice(place, 0, {
      type: 'attempt',
      key: `attempt ${attempt.id}`,
      at: at ?? items[place - 1]?.at ?? '',
      attempt,
    })
    from = place + 1
  }
  return items.reverse()
}
