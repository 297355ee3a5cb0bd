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

export function encodeFrame(frame: object): Buffer {
  return Buffer.from(JSON.stringify(frame))
}
