import type { Attempt, TaskEvent } from '@optio/contract'

/** Reasons for which the agent is sent back to its pull request. */
const REACTIONS: readonly Attempt['reason'][] = ['ci_failed', 'review', 'conflict']

/** Times the agent was sent back since a person last stepped in, which starts the count anew. */
export function timesSentBack(attempts: readonly Attempt[], events: readonly TaskEvent[]): number {
  const since =
    events.findLast(({ userId, toState }) => userId !== null && toState === 'queued')?.createdAt ?? ''
  return attempts.filter(({ reason, startedAt }) => REACTIONS.includes(reason) && (startedAt ?? '9') > since)
    .length
}
