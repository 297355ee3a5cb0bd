import { encodeNotice } from '../../database/notice.ts'

/** Notice `{ k, workspaceId, runIds }`: the workspace has new events, among them of these runs. */
export const EVENT_NOTICE = 'event'

/** Ids in one notice, so that it stays shorter than Postgres allows. */
const MOST_RUNS = 150

/** Payloads that tell of new events; at least one. */
export function eventNotices(workspaceId: string, runIds: readonly string[]): string[] {
  const payloads: string[] = []
  for (let start = 0; start === 0 || start < runIds.length; start += MOST_RUNS) {
    payloads.push(
      encodeNotice({ k: EVENT_NOTICE, workspaceId, runIds: runIds.slice(start, start + MOST_RUNS) }),
    )
  }
  return payloads
}
