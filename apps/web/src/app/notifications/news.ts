import { cutText, type EventFrame } from '@optio/contract'
import { executedIdOf } from '../../api/live.ts'
import { plainLine } from '../../ui/plain-text.ts'

/** Something a person would want to be told of. */
export interface News {
  /** Id of the event. */
  readonly id: string
  readonly taskId: string
  readonly kind: 'waits' | 'failed' | 'completed'
  /** Title of the task; empty when the event did not tell it. */
  readonly title: string
  /** Why, in a sentence; may be empty. */
  readonly words: string
  readonly at: string
}

const WORDS_LENGTH = 200

/** What an event is to a person: a task begins to wait for them, fails, or completes; null for everything else. */
export function newsOf(event: EventFrame): News | null {
  const kind = kindOf(event)
  const taskId = executedIdOf(event)
  if (kind === null || taskId === null) return null
  return {
    id: event.id,
    taskId,
    kind,
    title: line(event.title),
    words: line(event.message),
    at: event.at,
  }
}

function kindOf({ type, toState, waitingOn }: EventFrame): News['kind'] | null {
  if (!type.startsWith('task:') && !type.startsWith('run:')) return null
  if (toState === 'failed') return 'failed'
  if (toState === 'completed') return 'completed'
  return toState === 'needs_attention' || waitingOn === 'person' ? 'waits' : null
}

function line(value: unknown): string {
  return typeof value === 'string' ? cutText(plainLine(value), WORDS_LENGTH) : ''
}

/** The same in a few words. */
export const NEWS_WORDS: Readonly<Record<News['kind'], string>> = {
  waits: 'Waits for you',
  failed: 'Failed',
  completed: 'Completed',
}
