import { z } from 'zod'
import { agentType, priority, prompt, queryInteger, text, time, title, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { task, taskState } from './tasks.ts'

/** What belongs to a task besides itself: subtasks, dependencies, comments, messages, its activity. */

export const createSubtaskBody = z
  .object({
    title: title.nullish(),
    prompt,
    taskType: z.enum(['child', 'step', 'review']).default('child'),
    /** It holds its parent's merge and completion. Left out: yes for steps and reviews, no for children. */
    blocksParent: z.boolean().nullish(),
    agentType: agentType.nullish(),
    model: text({ min: 1, max: 200 }).nullish(),
    priority: priority.nullish(),
    /** False: it waits until a person runs it. */
    autoQueue: z.boolean().default(true),
  })
  .meta({ id: 'CreateSubtask' })
export type CreateSubtask = z.output<typeof createSubtaskBody>
export const subtaskAnswer = z.object({ subtask: task })
/** Steps in their order, then the rest by age. */
export const subtaskList = z.object({ subtasks: z.array(task), ...pageAnswer })
export const listSubtasksQuery = z.object(pageQuery)

export const subtaskStatus = z
  .object({
    /** There is none that is unfinished, failed or cancelled. */
    allComplete: z.boolean(),
    total: z.int(),
    pending: z.int(),
    running: z.int(),
    completed: z.int(),
    failed: z.int(),
  })
  .meta({ id: 'SubtaskStatus' })
export type SubtaskStatus = z.infer<typeof subtaskStatus>

export const addDependenciesBody = z
  .object({ dependsOnIds: z.array(uuid).min(1).max(100).optional(), dependsOnTaskId: uuid.optional() })
  .refine(
    ({ dependsOnIds, dependsOnTaskId }) => dependsOnIds !== undefined || dependsOnTaskId !== undefined,
    {
      message: 'must name the tasks it depends on',
      path: ['dependsOnIds'],
    },
  )
  .meta({ id: 'AddDependencies' })
export type AddDependencies = z.output<typeof addDependenciesBody>

export const dependency = z
  .object({
    /** The task depended on. */
    id: uuid,
    title: z.string(),
    /** `cancelled` for one that was deleted. */
    state: taskState,
    dependencyId: uuid,
    deleted: z.boolean(),
  })
  .meta({ id: 'Dependency' })
export type Dependency = z.infer<typeof dependency>
export const dependencyList = z.object({ dependencies: z.array(dependency) })
export const dependentList = z.object({
  dependents: z.array(z.object({ id: uuid, title: z.string(), state: taskState })),
})
export const dependencyParams = z.object({ id: uuid, depId: uuid })

export const commentBody = z.object({ content: text({ min: 1, max: 10_000 }) }).meta({ id: 'CommentBody' })
export const comment = z
  .object({
    id: uuid,
    taskId: uuid,
    author: z.string(),
    content: z.string(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Comment' })
export type Comment = z.infer<typeof comment>
export const commentAnswer = z.object({ comment })
/** Oldest first. */
export const commentList = z.object({ comments: z.array(comment), ...pageAnswer })
export const listCommentsQuery = z.object(pageQuery)
export type ListCommentsQuery = z.output<typeof listCommentsQuery>
export const commentParams = z.object({ taskId: uuid, commentId: uuid })

export const messageBody = z
  .object({
    content: text({ min: 1, max: 65_536 }),
    /** `soft`: before its next turn; `interrupt`: what it does now is broken off. */
    mode: z.enum(['soft', 'interrupt']).default('soft'),
  })
  .meta({ id: 'MessageBody' })
export type MessageBody = z.output<typeof messageBody>
export const message = z
  .object({
    id: uuid,
    taskId: uuid,
    author: z.string(),
    content: z.string(),
    mode: z.enum(['soft', 'interrupt']),
    /** `undelivered`: the agent ended first. */
    state: z.enum(['pending', 'delivered', 'undelivered']),
    createdAt: time,
    deliveredAt: time.nullable(),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof message>
export const messageAnswer = z.object({ message })
/** Oldest first. `canSend`: its agent runs and takes messages now; else `why` not, in words. */
export const messageList = z.object({
  messages: z.array(message),
  canSend: z.boolean(),
  why: z.string().nullable(),
  ...pageAnswer,
})
export const listMessagesQuery = z.object(pageQuery)
export type ListMessagesQuery = z.output<typeof listMessagesQuery>

/** One thing that happened. */
export const activity = z
  .object({
    id: z.string(),
    type: z.string(),
    at: time,
    taskId: uuid.nullable(),
    /** Of a standalone run: its definition. */
    definitionId: uuid.nullable(),
    title: z.string().nullable(),
    /** Who did it; null when Optio did by itself. */
    userId: z.string().nullable(),
    message: z.string().nullable(),
    fromState: z.string().nullable(),
    toState: z.string().nullable(),
  })
  .meta({ id: 'Activity' })
export type Activity = z.infer<typeof activity>
/** Newest first. */
export const activityList = z.object({ activity: z.array(activity), ...pageAnswer })
export const listActivityQuery = z.object({
  ...pageQuery,
  byPeople: queryInteger(0, 1).optional().describe('`1`: only what people did.'),
})
export type ListActivityQuery = z.output<typeof listActivityQuery>

export const startReviewBody = z
  .object({
    prompt: prompt.nullish(),
    agentType: agentType.nullish(),
    model: text({ min: 1, max: 200 }).nullish(),
  })
  .nullish()
export type StartReview = z.output<typeof startReviewBody>
export const startedReview = z.object({ reviewTaskId: uuid })
