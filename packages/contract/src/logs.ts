import { z } from 'zod'
import { queryInteger, text, time, uuid } from './common.ts'
import { LOG_TYPES } from './names.ts'
import { MAX_OFFSET } from './paging.ts'

export const logType = z.enum(LOG_TYPES)
export type LogType = z.infer<typeof logType>

/** What every form of an entry has. `seq` starts at 1 for each run, has no gaps and runs on across attempts. */
const entryFields = {
  seq: z.int().min(1),
  attempt: z.int().min(0),
  stream: z.string(),
  logType,
  content: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  timestamp: time,
}

export const logEntry = z.object({ id: z.string(), taskId: uuid, ...entryFields }).meta({ id: 'LogEntry' })
export type LogEntry = z.infer<typeof logEntry>

const seq = queryInteger(0, Number.MAX_SAFE_INTEGER)

export const listLogsQuery = z
  .object({
    limit: queryInteger(1, 10_000).prefault(200),
    after: seq.optional().describe('Entries after this seq, the first of them.'),
    before: seq.optional().describe('Entries before this seq, the last of them.'),
    offset: queryInteger(0, MAX_OFFSET).optional(),
    search: text({ min: 1, max: 1000 }).optional().describe('Only entries with this in their content.'),
    logType: logType.optional().describe('Only entries of this type.'),
    type: logType.optional().describe('Alias of `logType`.'),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    message: 'cannot be given together with "after"',
    path: ['before'],
  })
export type ListLogsQuery = z.output<typeof listLogsQuery>

/** Ascending by seq, whatever was asked for. */
export const logList = z.object({
  logs: z.array(logEntry),
  /**
   * There are more, or there may be, in the direction of reading; also when there are fewer than `limit`, or none, because they
   * are large or because a search has not looked at all of the log yet.
   */
  hasMore: z.boolean(),
  /** `after` of the next request, or `before` when reading backwards. */
  nextCursor: z.string().nullable(),
  /** Seq of the last entry of the whole log: how many there are. */
  lastSeq: z.int().min(0),
})

export const exportLogsQuery = z.object({
  format: z.enum(['json', 'plaintext', 'markdown']).default('json').describe('What the file is to be.'),
})

/** `/ws/logs/:taskId` */
export const followLogsQuery = z.object({
  after: seq.prefault(0),
  /** `1`: entries come in `task:logs` frames. */
  batch: z.enum(['0', '1']).default('0'),
})

/** An entry inside a batch frame: the frame says whose it is. */
export const batchedEntry = z.object(entryFields)
export type BatchedEntry = z.infer<typeof batchedEntry>

export const logFrame = z.object({ type: z.literal('task:log'), taskId: uuid, ...entryFields })
export const logsFrame = z.object({
  type: z.literal('task:logs'),
  taskId: uuid,
  entries: z.array(batchedEntry),
})
export const stateFrame = z.object({
  type: z.literal('task:state_changed'),
  taskId: uuid,
  fromState: z.string().nullable(),
  toState: z.string(),
  trigger: z.string().nullable(),
  at: time,
})

/** What the server sends on `/ws/logs/:taskId`. */
export const logSocketFrame = z.discriminatedUnion('type', [logFrame, logsFrame, stateFrame])
export type LogSocketFrame = z.infer<typeof logSocketFrame>
