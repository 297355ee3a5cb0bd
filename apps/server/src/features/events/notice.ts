/** Notice `{ k, workspaceId }`: the workspace has new events. */
export const EVENT_NOTICE = 'event'
