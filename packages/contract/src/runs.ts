import { z } from 'zod'
import { jsonObject, money, time, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'
import { task, taskState } from './tasks.ts'

/** One execution of a standalone task. */
export const run = z
  .object({
    id: uuid,
    /** The standalone task. */
    taskId: uuid,
    /** Older name of `taskId`. */
    workflowId: uuid,
    title: z.string(),
    state: taskState,
    /** Null in a list when it is larger than 16 KiB. */
    params: z.record(z.string(), z.unknown()).nullable(),
    /** What the agent said at its end. In a list its first 2,000 characters. */
    output: z.string().nullable(),
    triggerId: uuid.nullable(),
    errorMessage: z.string().nullable(),
    costUsd: money,
    inputTokens: z.int(),
    outputTokens: z.int(),
    modelUsed: z.string().nullable(),
    retryCount: z.int(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .meta({ id: 'Run' })
export type Run = z.infer<typeof run>

/** Of a blueprint the tasks it spawned, of a standalone task its runs. Newest first. */
export const runAnswer = z.object({ run: z.union([run, task]) })
export const runList = z.object({ runs: z.array(z.union([run, task])), ...pageAnswer })
export const listRunsQuery = z.object(pageQuery)
export type ListRunsQuery = z.output<typeof listRunsQuery>

export const startRunBody = z.object({ params: jsonObject.nullish() }).nullish()

/** `type` says what `runId` is the id of. */
export const startedRun = z
  .object({ runId: uuid, type: z.enum(['repo-task', 'workflow-run']) })
  .meta({ id: 'StartedRun' })
export type StartedRun = z.infer<typeof startedRun>

export const runParams = z.object({ id: uuid, runId: uuid })

/** What a run with these parameters would be told; nothing is started. */
export const previewRunBody = z.object({ params: jsonObject.nullish() }).nullish()
export const previewRunAnswer = z.object({ title: z.string(), prompt: z.string() })
