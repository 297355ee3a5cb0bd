import type { ErrorCode } from '../errors.ts'
import type { Route } from '../route.ts'
import type { Routes } from '../routes.ts'

type Codes = readonly ErrorCode[]

const TASK = ['TASK_NOT_FOUND'] as const
/** Of what only a task that is executed has. */
const EXECUTED = [...TASK, 'WRONG_TASK_TYPE'] as const
const CONTROL = [...EXECUTED, 'INVALID_TRANSITION'] as const
const AGENT = ['AGENT_NOT_AVAILABLE'] as const
/** What a repository on disk can be found to be, whenever it is looked at. */
const FORGE = [
  'REPO_NOT_FOUND_ON_DISK',
  'REPO_NOT_GIT',
  'REPO_EMPTY',
  'REPO_CORRUPT',
  'REPO_NOT_ACCESSIBLE',
  'REPO_DUBIOUS_OWNERSHIP',
  'UNSUPPORTED',
  'UNAVAILABLE',
] as const
/** What a forge on another machine can refuse; `REPO_REPLACED` when it has another repository under the name. */
const REMOTE = ['FORGE_CREDENTIAL', 'FORGE_PERMISSION', 'REPO_REPLACED'] as const
const BRANCH = ['BRANCH_NOT_FOUND', ...FORGE, ...REMOTE] as const
const REPO_GIVEN = ['REPO_NOT_CONNECTED', ...BRANCH] as const
const CREATE_STANDALONE = [...AGENT, 'TEMPLATE_INVALID'] as const
const CREATE_TASK = [...REPO_GIVEN, ...CREATE_STANDALONE] as const
const EDIT_BLUEPRINT = [...EXECUTED, ...BRANCH, ...CREATE_STANDALONE] as const
const START_STANDALONE = [
  ...EXECUTED,
  ...AGENT,
  'TASK_DISABLED',
  'PARAMS_INVALID',
  'TEMPLATE_INVALID',
] as const
const START_RUN = [...START_STANDALONE, ...REPO_GIVEN] as const
const REMOVE = ['INVALID_TRANSITION', 'CONFLICT', 'UNAVAILABLE'] as const
const TRIGGER = [...EXECUTED, 'TRIGGER_NOT_FOUND'] as const
const ADD_TRIGGER = [...EXECUTED, 'CONFLICT', 'TRIGGER_PATH_TAKEN'] as const
const EDIT_TRIGGER = [...TRIGGER, 'TRIGGER_PATH_TAKEN'] as const
const TEMPLATE = ['TEMPLATE_NOT_FOUND'] as const
const PULL_REQUEST = [...EXECUTED, 'PULL_REQUEST_NOT_FOUND', ...BRANCH] as const
const OPEN_PULL_REQUEST = [...PULL_REQUEST, 'PULL_REQUEST_NOT_OPEN'] as const
/** Of a review: what it is to read has to be there still. */
const START_AGAIN = [...OPEN_PULL_REQUEST, 'INVALID_TRANSITION'] as const
const CONNECT = [...BRANCH, ...AGENT] as const
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
    detect: ['REPO_NOT_FOUND', ...BRANCH],
  },
  tasks: {
    list: NONE,
    search: NONE,
    stats: NONE,
    create: CREATE_TASK,
    get: TASK,
    edit: [...TASK, ...BRANCH, ...CREATE_STANDALONE, 'INVALID_TRANSITION', 'DEPENDENCY_CYCLE'],
    remove: [...TASK, ...REMOVE],
    cancel: [...CONTROL, 'UNAVAILABLE'],
    retry: START_AGAIN,
    resume: START_AGAIN,
    forceRestart: CONTROL,
    forceRedo: CONTROL,
    runNow: CONTROL,
    review: [...OPEN_PULL_REQUEST, ...AGENT],
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
    create: ADD_TRIGGER,
    edit: EDIT_TRIGGER,
    remove: TRIGGER,
    firings: TRIGGER,
    previewSchedule: NONE,
  },
  subtasks: {
    list: EXECUTED,
    create: [...OPEN_PULL_REQUEST, ...AGENT, 'INVALID_TRANSITION', 'REPO_NOT_CONNECTED', 'DEPENDENCY_CYCLE'],
    status: EXECUTED,
  },
  dependencies: {
    list: EXECUTED,
    add: [...CONTROL, 'DEPENDENCY_CYCLE'],
    remove: [...EXECUTED, 'DEPENDENCY_NOT_FOUND'],
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
    create: CREATE_STANDALONE,
    get: EXECUTED,
    edit: [...EXECUTED, ...CREATE_STANDALONE],
    remove: [...EXECUTED, ...REMOVE],
    triggers: EXECUTED,
    createTrigger: ADD_TRIGGER,
    editTrigger: EDIT_TRIGGER,
    removeTrigger: TRIGGER,
    runs: EXECUTED,
    startRun: START_STANDALONE,
    run: ['RUN_NOT_FOUND'],
  },
  taskConfigs: {
    list: NONE,
    create: CREATE_TASK,
    get: EXECUTED,
    edit: EDIT_BLUEPRINT,
    remove: [...EXECUTED, 'CONFLICT'],
    triggers: EXECUTED,
    createTrigger: ADD_TRIGGER,
    editTrigger: EDIT_TRIGGER,
    removeTrigger: TRIGGER,
    run: START_RUN,
  },
  secrets: {
    list: ['REPO_NOT_CONNECTED'],
    save: ['REPO_NOT_CONNECTED', 'SECRET_UNREADABLE'],
    encryption: ['SECRET_UNREADABLE'],
    rotateKey: ['SECRET_UNREADABLE'],
    remove: ['REPO_NOT_CONNECTED', 'SECRET_NOT_FOUND'],
  },
  issues: {
    list: ['REPO_NOT_FOUND'],
    assign: ['REPO_NOT_FOUND', 'ISSUE_NOT_FOUND', ...AGENT, ...REPO_GIVEN],
    sync: ['REPO_NOT_FOUND', 'UNSUPPORTED'],
  },
  github: {
    status: NONE,
    receive: ['HOOK_SIGNATURE'],
    deliveries: ['REPO_NOT_FOUND'],
    webhook: ['REPO_NOT_FOUND', 'UNSUPPORTED'],
    installWebhook: ['REPO_NOT_FOUND', 'UNSUPPORTED', 'UNAVAILABLE', 'WEBHOOK_NOT_VERIFIED', ...REMOTE],
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
    review: [...OPEN_PULL_REQUEST, 'CONFLICT'],
    merge: [...OPEN_PULL_REQUEST, 'MERGE_REFUSED'],
    close: OPEN_PULL_REQUEST,
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
    // CONFLICT: it lost against others again and again.
    ...(writes ? (['CONFLICT', 'DISK_FULL'] as const) : []),
    ...(['DATABASE_UNAVAILABLE', 'INTERNAL'] as const),
  ]
}
