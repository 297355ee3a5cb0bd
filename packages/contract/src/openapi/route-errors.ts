import type { ErrorCode } from '../errors.ts'
import type { Route } from '../route.ts'
import type { Routes } from '../routes.ts'

type Codes = readonly ErrorCode[]

const TASK = ['TASK_NOT_FOUND'] as const
/** Of what only a task that is executed has. */
const EXECUTED = [...TASK, 'WRONG_TASK_TYPE'] as const
const CONTROL = [...EXECUTED, 'INVALID_TRANSITION'] as const
const AGENT = ['AGENT_NOT_AVAILABLE'] as const
const REPO_GIVEN = [
  'REPO_NOT_CONNECTED',
  'BRANCH_NOT_FOUND',
  'REPO_NOT_ACCESSIBLE',
  'REPO_NOT_FOUND_ON_DISK',
] as const
const CREATE_TASK = [
  ...REPO_GIVEN,
  ...AGENT,
  'DEPENDENCY_CYCLE',
  'TEMPLATE_INVALID',
  'UNSUPPORTED',
  'INVALID_TRANSITION',
] as const
const EDIT_TASK = [...CONTROL, ...REPO_GIVEN, ...AGENT, 'TEMPLATE_INVALID'] as const
const START_RUN = [
  ...EXECUTED,
  ...REPO_GIVEN,
  ...AGENT,
  'TASK_DISABLED',
  'PARAMS_INVALID',
  'TEMPLATE_INVALID',
] as const
const TRIGGER = [...EXECUTED, 'TRIGGER_NOT_FOUND'] as const
const EDIT_TRIGGER = [...TRIGGER, 'TRIGGER_PATH_TAKEN'] as const
const TEMPLATE = ['TEMPLATE_NOT_FOUND'] as const
const PULL_REQUEST = [
  ...EXECUTED,
  'PULL_REQUEST_NOT_FOUND',
  'REPO_NOT_ACCESSIBLE',
  'REPO_NOT_FOUND_ON_DISK',
  'REPO_NOT_GIT',
  'REPO_CORRUPT',
  'REPO_EMPTY',
  'REPO_DUBIOUS_OWNERSHIP',
  'BRANCH_NOT_FOUND',
  'UNAVAILABLE',
] as const
const CONNECT = [
  'REPO_NOT_FOUND_ON_DISK',
  'REPO_NOT_GIT',
  'REPO_EMPTY',
  'REPO_CORRUPT',
  'REPO_NOT_ACCESSIBLE',
  'REPO_DUBIOUS_OWNERSHIP',
  'BRANCH_NOT_FOUND',
  'UNSUPPORTED',
  'UNAVAILABLE',
  ...AGENT,
] as const
const NONE = [] as const

/**
 * What each endpoint refuses, beside what every endpoint can answer (`errorsOf`). A test sends thousands of requests and finds no code
 * that is not said here.
 */
export const ROUTE_ERRORS: {
  readonly [G in keyof Routes]: { readonly [N in keyof Routes[G]]: Codes }
} = {
  health: { health: NONE, live: NONE, ready: NONE },
  repos: {
    list: NONE,
    connect: [...CONNECT, 'REPO_ALREADY_CONNECTED', 'TEMPLATE_INVALID'],
    get: ['REPO_NOT_FOUND'],
    edit: ['REPO_NOT_FOUND', 'TEMPLATE_INVALID', ...CONNECT],
    disconnect: ['REPO_NOT_FOUND', 'REPO_IN_USE'],
    detect: ['REPO_NOT_FOUND', ...CONNECT],
  },
  tasks: {
    list: NONE,
    search: NONE,
    stats: NONE,
    create: CREATE_TASK,
    get: TASK,
    edit: EDIT_TASK,
    remove: [...TASK, 'INVALID_TRANSITION', 'UNAVAILABLE'],
    cancel: CONTROL,
    retry: CONTROL,
    resume: CONTROL,
    forceRestart: CONTROL,
    forceRedo: CONTROL,
    runNow: CONTROL,
    review: [...CONTROL, ...PULL_REQUEST, ...AGENT, 'PULL_REQUEST_NOT_OPEN'],
    attempts: EXECUTED,
    events: EXECUTED,
    environment: [...EXECUTED, 'ENVIRONMENT_NOT_FOUND'],
    reorder: EXECUTED,
    retryFailed: NONE,
    cancelActive: NONE,
  },
  runs: {
    list: TASK,
    start: START_RUN,
    get: [...EXECUTED, 'RUN_NOT_FOUND'],
    preview: [...EXECUTED, 'PARAMS_INVALID', 'TEMPLATE_INVALID'],
  },
  triggers: {
    list: EXECUTED,
    create: [...EXECUTED, 'CONFLICT', 'TRIGGER_PATH_TAKEN'],
    edit: EDIT_TRIGGER,
    remove: TRIGGER,
    firings: TRIGGER,
    previewSchedule: NONE,
  },
  subtasks: {
    list: EXECUTED,
    create: [...CONTROL, ...CREATE_TASK, ...PULL_REQUEST, 'PULL_REQUEST_NOT_OPEN'],
    status: EXECUTED,
  },
  dependencies: {
    list: EXECUTED,
    add: [...CONTROL, 'DEPENDENCY_CYCLE'],
    remove: [...EXECUTED, 'DEPENDENCY_NOT_FOUND', 'INVALID_TRANSITION'],
    dependents: EXECUTED,
  },
  comments: {
    list: EXECUTED,
    create: EXECUTED,
    edit: [...EXECUTED, 'COMMENT_NOT_FOUND'],
    remove: [...EXECUTED, 'COMMENT_NOT_FOUND'],
  },
  messages: { list: EXECUTED, send: [...CONTROL, 'MESSAGES_NOT_TAKEN'] },
  activity: { ofTask: EXECUTED, all: NONE },
  promptTemplates: {
    list: NONE,
    create: ['REPO_NOT_CONNECTED', 'TEMPLATE_INVALID', 'CONFLICT'],
    effective: ['REPO_NOT_CONNECTED'],
    previewText: ['TEMPLATE_INVALID'],
    get: TEMPLATE,
    edit: [...TEMPLATE, 'REPO_NOT_CONNECTED', 'TEMPLATE_INVALID', 'CONFLICT'],
    remove: TEMPLATE,
    preview: [...TEMPLATE, 'TEMPLATE_INVALID', 'PARAMS_INVALID'],
  },
  taskTemplates: {
    list: NONE,
    create: ['REPO_NOT_CONNECTED'],
    get: TEMPLATE,
    edit: [...TEMPLATE, 'REPO_NOT_CONNECTED'],
    remove: TEMPLATE,
  },
  jobs: {
    list: NONE,
    create: CREATE_TASK,
    get: EXECUTED,
    edit: EDIT_TASK,
    remove: [...EXECUTED, 'INVALID_TRANSITION', 'UNAVAILABLE'],
    triggers: EXECUTED,
    createTrigger: [...EXECUTED, 'TRIGGER_PATH_TAKEN'],
    editTrigger: EDIT_TRIGGER,
    removeTrigger: TRIGGER,
    runs: EXECUTED,
    startRun: START_RUN,
    run: ['RUN_NOT_FOUND'],
  },
  taskConfigs: {
    list: NONE,
    create: CREATE_TASK,
    get: EXECUTED,
    edit: EDIT_TASK,
    remove: [...EXECUTED, 'INVALID_TRANSITION', 'UNAVAILABLE'],
    triggers: EXECUTED,
    createTrigger: [...EXECUTED, 'TRIGGER_PATH_TAKEN'],
    editTrigger: EDIT_TRIGGER,
    removeTrigger: TRIGGER,
    run: START_RUN,
  },
  hooks: {
    fire: [
      'HOOK_NOT_FOUND',
      'HOOK_SIGNATURE',
      'CONFLICT',
      'RATE_LIMITED',
      'TASK_DISABLED',
      'PARAMS_INVALID',
      'TEMPLATE_INVALID',
      ...AGENT,
      'REPO_NOT_CONNECTED',
    ],
  },
  setup: { status: NONE, complete: NONE },
  logs: { list: EXECUTED, export: EXECUTED },
  pullRequests: {
    get: PULL_REQUEST,
    file: [...PULL_REQUEST, 'FILE_NOT_FOUND'],
    review: [...PULL_REQUEST, 'PULL_REQUEST_NOT_OPEN', 'CONFLICT'],
    merge: [...PULL_REQUEST, 'PULL_REQUEST_NOT_OPEN', 'MERGE_REFUSED'],
    close: [...PULL_REQUEST, 'PULL_REQUEST_NOT_OPEN'],
  },
  analytics: { costs: NONE },
  system: {
    get: NONE,
    pause: NONE,
    unpause: NONE,
    retention: NONE,
    editRetention: NONE,
    doctor: NONE,
  },
}

/** Every code an endpoint can answer. */
export function errorsOf(route: Route, own: Codes): Codes {
  const reads = route.params !== undefined || route.query !== undefined || route.body !== undefined
  const writes = route.method !== 'GET'
  return [
    ...own,
    // NOT_FOUND: no such workspace; FORBIDDEN_ORIGIN: a page of somebody else’s asks.
    ...(['UNAUTHORIZED', 'FORBIDDEN', 'FORBIDDEN_ORIGIN', 'NOT_FOUND'] as const),
    ...(reads ? (['VALIDATION'] as const) : []),
    ...(route.query === undefined ? [] : (['INVALID_CURSOR'] as const)),
    ...(route.body === undefined ? [] : (['PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE'] as const)),
    ...(route.creates ? (['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_KEY_IN_USE'] as const) : []),
    ...(writes ? (['DISK_FULL'] as const) : []),
    ...(['DATABASE_UNAVAILABLE', 'INTERNAL'] as const),
  ]
}
