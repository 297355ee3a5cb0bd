import {
  ACTIVITY,
  ATTEMPT,
  BLUEPRINT,
  COMMENT,
  FIRING,
  IDS,
  MESSAGE,
  NEXT_TIMES,
  PAGE,
  PARAMS,
  PARAMS_SCHEMA,
  PROMPT_TEMPLATE,
  PULL_REQUEST,
  REPO,
  REPO_URL,
  REVIEW,
  RUN,
  SCHEDULE,
  STANDALONE,
  STEP,
  TASK,
  TASK_TEMPLATE,
  TRIGGER,
} from './example-things.ts'
import type { Examples } from './example-types.ts'
import { FORGE_EXAMPLES } from './forge-examples.ts'
import { SYSTEM_EXAMPLES } from './system-examples.ts'

const DETAIL = {
  pendingReason: 'It is about to start.',
  explanation: { summary: 'It is about to start.', wouldChange: ['Give it a smaller priority number.'] },
  pipelineProgress: null,
  stallInfo: null,
}
const STARTED_RUN = { runId: IDS.run, type: 'workflow-run' } as const
const CREATE_BLUEPRINT = {
  type: 'repo-blueprint',
  name: BLUEPRINT.name,
  title: BLUEPRINT.title,
  prompt: BLUEPRINT.prompt,
  repoUrl: REPO_URL,
  paramsSchema: PARAMS_SCHEMA,
} as const
const CREATE_STANDALONE = {
  type: 'standalone',
  name: STANDALONE.name,
  promptTemplate: STANDALONE.prompt,
  agentRuntime: 'claude-code',
  paramsSchema: PARAMS_SCHEMA,
} as const
const CREATE_TRIGGER = { type: 'schedule', config: SCHEDULE } as const
const LOG_ENTRY = {
  id: `${IDS.task}:1`,
  taskId: IDS.task,
  seq: 1,
  attempt: 1,
  stream: 'stdout',
  logType: 'text',
  content: 'I look at the profile page first.',
  metadata: null,
  timestamp: '2026-03-02T09:00:02.000Z',
} as const
const { id: _id, taskId: _taskId, ...EXPORTED } = LOG_ENTRY
const LOG_FILES = {
  'application/json': { taskId: IDS.task, logs: [EXPORTED] },
  'text/plain': `${LOG_ENTRY.timestamp} [1 stdout text] ${LOG_ENTRY.content}\n`,
  'text/markdown': `# Log of task ${IDS.task}\n\n## Attempt 1\n\n**text** · stdout · ${LOG_ENTRY.timestamp}\n\n\`\`\`\n${LOG_ENTRY.content}\n\`\`\`\n`,
}
/** One example of each endpoint; they are shown in the OpenAPI document, and a test holds them against the schemas. */
export const ROUTE_EXAMPLES: Examples = {
  ...SYSTEM_EXAMPLES,
  repos: {
    list: { answer: { repos: [REPO], ...PAGE } },
    connect: { body: { repoUrl: REPO_URL, autoMerge: true }, answer: { repo: REPO } },
    get: { answer: { repo: REPO } },
    edit: { body: { reviewEnabled: true, reviewTrigger: 'on_ci_pass' }, answer: { repo: REPO } },
    disconnect: {},
    detect: {
      answer: {
        detected: {
          setupCommands: 'npm ci',
          testCommand: 'npm test',
          evidence: ['package.json with a test script'],
        },
      },
    },
  },
  tasks: {
    list: { answer: { tasks: [TASK], ...PAGE } },
    search: { answer: { tasks: [TASK], ...PAGE } },
    stats: {
      answer: {
        stats: {
          total: 12,
          queued: 1,
          running: 2,
          ci: 1,
          review: 1,
          needsAttention: 1,
          waitingForPerson: 2,
          failed: 1,
          completed: 5,
        },
      },
    },
    create: {
      body: {
        title: 'Add user avatar support',
        prompt: 'Add avatar upload and display to user profiles',
        repoUrl: REPO_URL,
        repoBranch: 'main',
        agentType: 'claude',
        priority: 0,
      },
      answer: { task: TASK },
    },
    get: { answer: { task: TASK, ...DETAIL } },
    edit: { body: { priority: 10 }, answer: { task: { ...TASK, priority: 10 } } },
    remove: {},
    cancel: { answer: { task: { ...TASK, state: 'cancelled', waitingOn: null } } },
    retry: { answer: { task: TASK } },
    resume: { body: { prompt: 'Keep the old endpoint, too.' }, answer: { task: TASK } },
    forceRestart: { body: {}, answer: { task: TASK } },
    forceRedo: { answer: { task: TASK } },
    runNow: { answer: { task: TASK } },
    review: { body: { prompt: 'Look at error handling above all.' }, answer: { reviewTaskId: IDS.review } },
    attempts: { answer: { attempts: [ATTEMPT] } },
    events: {
      answer: {
        events: [
          {
            id: '4711',
            taskId: IDS.task,
            fromState: 'pending',
            toState: 'queued',
            trigger: 'ready',
            message: 'Nothing stands before it.',
            userId: null,
            createdAt: '2026-03-02T09:00:00.000Z',
          },
        ],
        ...PAGE,
      },
    },
    environment: {
      answer: {
        environment: {
          kind: 'local',
          onThisHost: false,
          path: null,
          branch: 'optio/add-user-avatar-support-00000001',
          diskBytes: 48_211_003,
          lastUsedAt: '2026-03-02T09:12:30.000Z',
        },
      },
    },
    reorder: { body: { taskIds: [IDS.task, IDS.otherTask] }, answer: { ok: true, reordered: 2 } },
    retryFailed: { answer: { retried: 3 } },
    cancelActive: { answer: { cancelled: 2 } },
  },
  runs: {
    list: { answer: { runs: [RUN], ...PAGE } },
    start: { body: { params: PARAMS }, answer: STARTED_RUN },
    get: { answer: { run: RUN } },
    preview: {
      body: { params: PARAMS },
      answer: { title: 'Report on billing', prompt: 'Write a short report on billing.' },
    },
  },
  triggers: {
    list: { answer: { triggers: [TRIGGER] } },
    create: { body: CREATE_TRIGGER, answer: { trigger: TRIGGER } },
    edit: { body: { enabled: false }, answer: { trigger: { ...TRIGGER, enabled: false } } },
    remove: {},
    firings: { answer: { firings: [FIRING], ...PAGE } },
    previewSchedule: { answer: { nextFireTimes: [...NEXT_TIMES] } },
  },
  subtasks: {
    list: { answer: { subtasks: [STEP], ...PAGE } },
    create: {
      body: { title: STEP.title, prompt: STEP.prompt, taskType: 'step' },
      answer: { subtask: STEP },
    },
    status: {
      answer: { allComplete: false, total: 3, pending: 1, running: 1, completed: 1, failed: 0 },
    },
  },
  dependencies: {
    list: {
      answer: {
        dependencies: [
          {
            id: IDS.otherTask,
            title: 'Add the storage bucket',
            state: 'running',
            dependencyId: IDS.otherTask,
            deleted: false,
          },
        ],
      },
    },
    add: {
      body: { dependsOnIds: [IDS.otherTask] },
      answer: {
        dependencies: [
          {
            id: IDS.otherTask,
            title: 'Add the storage bucket',
            state: 'running',
            dependencyId: IDS.otherTask,
            deleted: false,
          },
        ],
      },
    },
    remove: {},
    dependents: { answer: { dependents: [{ id: IDS.task, title: TASK.title, state: 'waiting_on_deps' }] } },
  },
  comments: {
    list: { answer: { comments: [COMMENT], ...PAGE } },
    create: { body: { content: COMMENT.content }, answer: { comment: COMMENT } },
    edit: { body: { content: COMMENT.content }, answer: { comment: COMMENT } },
    remove: {},
  },
  messages: {
    list: { answer: { messages: [MESSAGE], canSend: true, why: null, ...PAGE } },
    send: { body: { content: MESSAGE.content, mode: 'soft' }, answer: { message: MESSAGE } },
  },
  activity: {
    ofTask: { answer: { activity: [ACTIVITY], ...PAGE } },
    all: { answer: { activity: [ACTIVITY], ...PAGE } },
  },
  promptTemplates: {
    list: { answer: { templates: [PROMPT_TEMPLATE], ...PAGE } },
    create: {
      body: { name: PROMPT_TEMPLATE.name, template: PROMPT_TEMPLATE.template, repoUrl: REPO_URL },
      answer: { template: PROMPT_TEMPLATE },
    },
    effective: {
      answer: {
        template: {
          id: IDS.template,
          name: PROMPT_TEMPLATE.name,
          kind: 'prompt',
          template: PROMPT_TEMPLATE.template,
        },
        source: 'repository',
        builtIn: '# {{ title }}',
        variables: [{ name: 'title', description: 'Title of the task', example: TASK.title }],
      },
    },
    previewText: {
      body: { template: 'Look at {{ area }}.', kind: 'job', params: PARAMS },
      answer: { rendered: 'Look at billing.' },
    },
    get: { answer: { template: PROMPT_TEMPLATE } },
    edit: { body: { isDefault: true }, answer: { template: PROMPT_TEMPLATE } },
    remove: {},
    preview: { body: { params: { title: 'Add avatars' } }, answer: { rendered: '# Add avatars' } },
  },
  taskTemplates: {
    list: { answer: { templates: [TASK_TEMPLATE], ...PAGE } },
    create: {
      body: { name: TASK_TEMPLATE.name, prompt: TASK_TEMPLATE.prompt, priority: 50 },
      answer: { template: TASK_TEMPLATE },
    },
    get: { answer: { template: TASK_TEMPLATE } },
    edit: { body: { priority: 10 }, answer: { template: { ...TASK_TEMPLATE, priority: 10 } } },
    remove: {},
  },
  jobs: {
    list: { answer: { workflows: [STANDALONE], ...PAGE } },
    create: { body: CREATE_STANDALONE, answer: { workflow: STANDALONE } },
    get: { answer: { workflow: STANDALONE } },
    edit: { body: { enabled: false }, answer: { workflow: { ...STANDALONE, enabled: false } } },
    remove: {},
    triggers: { answer: { triggers: [TRIGGER] } },
    createTrigger: { body: CREATE_TRIGGER, answer: { trigger: TRIGGER } },
    editTrigger: { body: { enabled: false }, answer: { trigger: { ...TRIGGER, enabled: false } } },
    removeTrigger: {},
    runs: { answer: { runs: [RUN], ...PAGE } },
    startRun: { body: { params: PARAMS }, answer: { run: { ...RUN, state: 'queued', output: null } } },
    run: { answer: { run: RUN } },
  },
  taskConfigs: {
    list: { answer: { taskConfigs: [BLUEPRINT], ...PAGE } },
    create: { body: CREATE_BLUEPRINT, answer: { taskConfig: BLUEPRINT } },
    get: { answer: { taskConfig: BLUEPRINT } },
    edit: { body: { enabled: false }, answer: { taskConfig: { ...BLUEPRINT, enabled: false } } },
    remove: {},
    triggers: {
      answer: { triggers: [{ ...TRIGGER, targetType: 'repo-blueprint', targetId: IDS.blueprint }] },
    },
    createTrigger: {
      body: CREATE_TRIGGER,
      answer: { trigger: { ...TRIGGER, targetType: 'repo-blueprint', targetId: IDS.blueprint } },
    },
    editTrigger: {
      body: { enabled: false },
      answer: {
        trigger: { ...TRIGGER, enabled: false, targetType: 'repo-blueprint', targetId: IDS.blueprint },
      },
    },
    removeTrigger: {},
    run: { body: { params: PARAMS }, answer: { taskId: IDS.task } },
  },
  ...FORGE_EXAMPLES,
  hooks: {
    fire: {
      body: { area: 'billing' },
      answer: { runId: IDS.run, firingId: IDS.firing, state: 'started', reason: null },
    },
  },
  logs: {
    list: { answer: { logs: [LOG_ENTRY], hasMore: false, nextCursor: null, lastSeq: 1 } },
    export: { files: LOG_FILES },
  },
  pullRequests: {
    get: { answer: { pullRequest: PULL_REQUEST } },
    file: {
      answer: {
        file: { path: 'src/avatar.ts', patch: '@@ -0,0 +1 @@\n+export const LIMIT = 1', patchOmitted: null },
      },
    },
    review: {
      body: { state: 'changes_requested', body: REVIEW.body, comments: REVIEW.comments },
      answer: { review: REVIEW },
    },
    merge: { body: { method: 'squash' }, answer: { pullRequest: PULL_REQUEST } },
    close: { answer: { pullRequest: { ...PULL_REQUEST, state: 'closed' } } },
  },
}
