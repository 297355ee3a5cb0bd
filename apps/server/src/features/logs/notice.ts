/** Notice `{ k, items: [[runId, lastSeq], …] }`: the logs of these runs go on to that seq. */
export const LOG_NOTICE = 'log'
