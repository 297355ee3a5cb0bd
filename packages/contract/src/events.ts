import { z } from 'zod'
import { queryInteger, text, time, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'

/** One step in a task's history. */
export const taskEvent = z
  .object({
    id: z.string(),
    taskId: uuid,
    fromState: z.string().nullable(),
    toState: z.string(),
    trigger: z.string().nullable(),
    message: z.string().nullable(),
    /** Who did it; null when Optio did by itself. */
    userId: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'TaskEvent' })
export type TaskEvent = z.infer<typeof taskEvent>

/** A history is short, and cut in the middle it tells nothing: so it comes whole unless it is very long. */
export const listTaskEventsQuery = z.object({ ...pageQuery, limit: queryInteger(1, 1000).prefault(1000) })
export type ListTaskEventsQuery = z.output<typeof listTaskEventsQuery>

/** Ascending: the oldest first. */
export const taskEventList = z.object({ events: z.array(taskEvent), ...pageAnswer })

/** `/ws/events` */
export const followEventsQuery = z.object({
  /** Id of the last event that was seen; without it, only what happens from now on. */
  after: text({ min: 1, max: 40 })
    .regex(/^\d{1,15}$/, 'must be the id of an event')
    .optional(),
})

/** What the server sends on `/ws/events`: never log lines. Fields beyond these depend on the type. */
export const eventFrame = z.looseObject({
  id: z.string(),
  type: z.string(),
  at: time,
  workspaceId: uuid,
  taskId: uuid.nullable(),
})
export type EventFrame = z.infer<typeof eventFrame>
