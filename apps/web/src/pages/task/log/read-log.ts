import type { BatchedEntry, LogType } from '@optio/contract'
import { api } from '../../../api/client.ts'

export interface LogRead {
  readonly after?: number
  readonly before?: number
  readonly limit: number
  readonly logType?: LogType | null
  readonly search?: string
}

export interface LogPage {
  /** Ascending by seq. */
  readonly entries: readonly BatchedEntry[]
  /** Where reading goes on in its direction; null at the end on that side. */
  readonly next: number | null
  /** Seq of the last entry of the whole log. */
  readonly lastSeq: number
}

export async function readLog(taskId: string, read: LogRead, signal: AbortSignal): Promise<LogPage> {
  const { logType, ...query } = read
  const { logs, nextCursor, lastSeq } = await api.logs.list(
    { params: { id: taskId }, query: { ...query, ...(logType ? { logType } : {}) } },
    { signal },
  )
  return { entries: logs, next: nextCursor === null ? null : Number(nextCursor), lastSeq }
}
