import type { Route, Routes } from '@optio/contract'

/** Method, path, what comes back, and whether it creates something. */
type Endpoint<R extends Route> = readonly [
  method: R['method'],
  path: R['path'],
  answer: R['answer'] extends null ? 'nothing' : R['answer'] extends 'stream' ? 'stream' : 'json',
  ...(R extends { readonly creates: true } ? [creates: 'creates'] : []),
]

/** The groups of the API that the program calls, each with all of its routes. */
export type Used = Pick<
  Routes,
  | 'repos'
  | 'tasks'
  | 'runs'
  | 'triggers'
  | 'subtasks'
  | 'dependencies'
  | 'comments'
  | 'messages'
  | 'activity'
  | 'promptTemplates'
  | 'taskTemplates'
  | 'setup'
  | 'logs'
  | 'pullRequests'
  | 'issues'
  | 'secrets'
  | 'system'
> & {
  health: Pick<Routes['health'], 'live'>
  github: Pick<Routes['github'], 'status' | 'webhook' | 'installWebhook'>
}

type Endpoints = {
  readonly [G in keyof Used]: {
    readonly [N in keyof Used[G]]: Used[G][N] extends Route ? Endpoint<Used[G][N]> : never
  }
}

/**
 * Where each call goes. The contract says the same with the schemas of everything beside it, and making those costs every command some
 * 100 ms before it does anything. So they stay types here: what is written below does not compile unless it is what the contract says.
 */
export const ENDPOINTS: Endpoints = {
  health: {
    live: ['GET', '/api/health/live', 'json'],
  },
  repos: {
    list: ['GET', '/api/repos', 'json'],
    connect: ['POST', '/api/repos', 'json', 'creates'],
    get: ['GET', '/api/repos/:id', 'json'],
    edit: ['PATCH', '/api/repos/:id', 'json'],
    disconnect: ['DELETE', '/api/repos/:id', 'nothing'],
    detect: ['POST', '/api/repos/:id/detect', 'json'],
  },
  tasks: {
    list: ['GET', '/api/tasks', 'json'],
    search: ['GET', '/api/tasks/search', 'json'],
    stats: ['GET', '/api/tasks/stats', 'json'],
    create: ['POST', '/api/tasks', 'json', 'creates'],
    get: ['GET', '/api/tasks/:id', 'json'],
    edit: ['PATCH', '/api/tasks/:id', 'json'],
    remove: ['DELETE', '/api/tasks/:id', 'nothing'],
    cancel: ['POST', '/api/tasks/:id/cancel', 'json'],
    retry: ['POST', '/api/tasks/:id/retry', 'json'],
    resume: ['POST', '/api/tasks/:id/resume', 'json'],
    forceRestart: ['POST', '/api/tasks/:id/force-restart', 'json'],
    forceRedo: ['POST', '/api/tasks/:id/force-redo', 'json'],
    runNow: ['POST', '/api/tasks/:id/run-now', 'json'],
    review: ['POST', '/api/tasks/:id/review', 'json', 'creates'],
    attempts: ['GET', '/api/tasks/:id/attempts', 'json'],
    events: ['GET', '/api/tasks/:id/events', 'json'],
    environment: ['GET', '/api/tasks/:id/environment', 'json'],
    reorder: ['POST', '/api/tasks/reorder', 'json'],
    retryFailed: ['POST', '/api/tasks/bulk/retry-failed', 'json'],
    cancelActive: ['POST', '/api/tasks/bulk/cancel-active', 'json'],
  },
  runs: {
    list: ['GET', '/api/tasks/:id/runs', 'json'],
    start: ['POST', '/api/tasks/:id/runs', 'json', 'creates'],
    get: ['GET', '/api/tasks/:id/runs/:runId', 'json'],
    preview: ['POST', '/api/tasks/:id/preview', 'json'],
  },
  triggers: {
    list: ['GET', '/api/tasks/:id/triggers', 'json'],
    create: ['POST', '/api/tasks/:id/triggers', 'json', 'creates'],
    edit: ['PATCH', '/api/tasks/:id/triggers/:triggerId', 'json'],
    remove: ['DELETE', '/api/tasks/:id/triggers/:triggerId', 'nothing'],
    firings: ['GET', '/api/tasks/:id/triggers/:triggerId/firings', 'json'],
    previewSchedule: ['GET', '/api/schedules/preview', 'json'],
  },
  subtasks: {
    list: ['GET', '/api/tasks/:id/subtasks', 'json'],
    create: ['POST', '/api/tasks/:id/subtasks', 'json', 'creates'],
    status: ['GET', '/api/tasks/:id/subtasks/status', 'json'],
  },
  dependencies: {
    list: ['GET', '/api/tasks/:id/dependencies', 'json'],
    add: ['POST', '/api/tasks/:id/dependencies', 'json', 'creates'],
    remove: ['DELETE', '/api/tasks/:id/dependencies/:depId', 'nothing'],
    dependents: ['GET', '/api/tasks/:id/dependents', 'json'],
  },
  comments: {
    list: ['GET', '/api/tasks/:id/comments', 'json'],
    create: ['POST', '/api/tasks/:id/comments', 'json', 'creates'],
    edit: ['PATCH', '/api/tasks/:taskId/comments/:commentId', 'json'],
    remove: ['DELETE', '/api/tasks/:taskId/comments/:commentId', 'nothing'],
  },
  messages: {
    list: ['GET', '/api/tasks/:id/messages', 'json'],
    send: ['POST', '/api/tasks/:id/message', 'json', 'creates'],
  },
  activity: {
    ofTask: ['GET', '/api/tasks/:id/activity', 'json'],
    all: ['GET', '/api/activity', 'json'],
  },
  promptTemplates: {
    list: ['GET', '/api/prompt-templates', 'json'],
    create: ['POST', '/api/prompt-templates', 'json', 'creates'],
    effective: ['GET', '/api/prompt-templates/effective', 'json'],
    previewText: ['POST', '/api/prompt-templates/preview', 'json'],
    get: ['GET', '/api/prompt-templates/:id', 'json'],
    edit: ['PATCH', '/api/prompt-templates/:id', 'json'],
    remove: ['DELETE', '/api/prompt-templates/:id', 'nothing'],
    preview: ['POST', '/api/prompt-templates/:id/preview', 'json'],
  },
  taskTemplates: {
    list: ['GET', '/api/task-templates', 'json'],
    create: ['POST', '/api/task-templates', 'json', 'creates'],
    get: ['GET', '/api/task-templates/:id', 'json'],
    edit: ['PATCH', '/api/task-templates/:id', 'json'],
    remove: ['DELETE', '/api/task-templates/:id', 'nothing'],
  },
  setup: {
    status: ['GET', '/api/setup/status', 'json'],
    complete: ['POST', '/api/setup/complete', 'json'],
  },
  logs: {
    list: ['GET', '/api/tasks/:id/logs', 'json'],
    export: ['GET', '/api/tasks/:id/logs/export', 'stream'],
  },
  pullRequests: {
    get: ['GET', '/api/tasks/:id/pull-request', 'json'],
    file: ['GET', '/api/tasks/:id/pull-request/file', 'json'],
    review: ['POST', '/api/tasks/:id/pull-request/reviews', 'json', 'creates'],
    merge: ['POST', '/api/tasks/:id/pull-request/merge', 'json'],
    close: ['POST', '/api/tasks/:id/pull-request/close', 'json'],
  },
  issues: {
    list: ['GET', '/api/issues', 'json'],
    assign: ['POST', '/api/issues/assign', 'json'],
    sync: ['POST', '/api/issues/sync', 'json'],
  },
  secrets: {
    list: ['GET', '/api/secrets', 'json'],
    save: ['POST', '/api/secrets', 'json'],
    encryption: ['GET', '/api/secrets/encryption', 'json'],
    rotateKey: ['POST', '/api/secrets/rotate-key', 'json'],
    remove: ['DELETE', '/api/secrets/:name', 'nothing'],
  },
  github: {
    status: ['GET', '/api/github/status', 'json'],
    webhook: ['GET', '/api/repos/:id/webhook', 'json'],
    installWebhook: ['POST', '/api/repos/:id/webhook', 'json'],
  },
  system: {
    get: ['GET', '/api/system', 'json'],
    pause: ['POST', '/api/system/pause', 'json'],
    unpause: ['POST', '/api/system/unpause', 'json'],
    retention: ['GET', '/api/system/retention', 'json'],
    editRetention: ['PATCH', '/api/system/retention', 'json'],
    doctor: ['GET', '/api/system/doctor', 'json'],
  },
}
