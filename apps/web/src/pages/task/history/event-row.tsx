import { TASK_STATES, type TaskEvent, type TaskState } from '@optio/contract'
import { duration, Moment } from '../../../ui/moments.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { StateBadge } from '../../../ui/state-badge.tsx'
import { eventWords } from './history-words.ts'

interface EventRowProps {
  readonly event: TaskEvent
  /** Until the next change, in milliseconds; null for the state it is in now. */
  readonly lastedMs: number | null
}

/** One change of state: into which, why, by whom, when and for how long. */
export function EventRow({ event, lastedMs }: EventRowProps) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5">
      {isState(event.toState) ? (
        <StateBadge state={event.toState} />
      ) : (
        <span className="text-xs font-medium">{plainLine(event.toState)}</span>
      )}
      <span className="min-w-0 break-words">{plainText(eventWords(event))}</span>
      <span className="text-xs text-ink-3">
        {event.userId === null ? '' : `by ${plainLine(event.userId)}, `}
        <Moment at={event.createdAt} />
        {lastedMs === null ? '' : `, for ${duration(lastedMs)}`}
      </span>
    </div>
  )
}

function isState(state: string): state is TaskState {
  return (TASK_STATES as readonly string[]).includes(state)
}
