import type { EventFrame } from '@optio/contract'
import type { EventRow } from './read.ts'

/** An event as it is shown on `/ws/events`. What the event's own data calls like one of these fields is hidden by them. */
export function eventFrame(event: EventRow): EventFrame {
  return {
    ...event.data,
    ...(event.fromState === null && event.toState === null
      ? {}
      : { fromState: event.fromState, toState: event.toState }),
    ...(event.trigger === null ? {} : { trigger: event.trigger }),
    ...(event.message === null ? {} : { message: event.message }),
    id: String(event.id),
    type: event.type,
    at: event.createdAt.toISOString(),
    workspaceId: event.workspaceId,
    taskId: event.runId,
  }
}

/**
 * Tells a reader that comes back after a long time that some of what happened since is not there any more. It has the reader's own
 * cursor as its id: whoever keeps that goes on where it was.
 */
export function missedFrame(about: { workspaceId: string; after: number; prunedTo: number }): EventFrame {
  return {
    id: String(about.after),
    type: 'events:missed',
    at: new Date().toISOString(),
    workspaceId: about.workspaceId,
    taskId: null,
    prunedTo: String(about.prunedTo),
    message: 'Some of what happened since then was removed by age. Read anew what you show.',
  }
}

export function encodeFrame(frame: object): Buffer {
  return Buffer.from(JSON.stringify(frame))
}
