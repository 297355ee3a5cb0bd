import type { z } from 'zod'
import type { repoBlueprint, standalone } from '../definitions.ts'
import type { pullRequest, review } from '../pull-requests.ts'
import type { repo } from '../repos.ts'
import type { run } from '../runs.ts'
import type { activity, comment, message } from '../task-parts.ts'
import type { attempt, task } from '../tasks.ts'
import type { promptTemplate, taskTemplate } from '../templates.ts'
import type { firing, trigger } from '../triggers.ts'

/** Things as the API answers them, for the examples of the OpenAPI document. */

const WORKSPACE = '00000000-0000-7000-8000-000000000001'
export const IDS = {
  repo: '0199f000-1000-7000-8000-000000000001',
  task: '0199f000-2000-7000-8000-000000000001',
  otherTask: '0199f000-2000-7000-8000-000000000002',
  review: '0199f000-2000-7000-8000-000000000003',
  step: '0199f000-2000-7000-8000-000000000004',
  blueprint: '0199f000-3000-7000-8000-000000000001',
  standalone: '0199f000-3000-7000-8000-000000000002',
  run: '0199f000-4000-7000-8000-000000000001',
  trigger: '0199f000-5000-7000-8000-000000000001',
  firing: '0199f000-6000-7000-8000-000000000001',
  comment: '0199f000-7000-7000-8000-000000000001',
  message: '0199f000-8000-7000-8000-000000000001',
  template: '0199f000-9000-7000-8000-000000000001',
  attempt: '0199f000-a000-7000-8000-000000000001',
} as const
const CREATED = '2026-03-02T09:00:00.000Z'
const STARTED = '2026-03-02T09:00:01.200Z'
const LATER = '2026-03-02T09:12:30.000Z'
const HEAD = '3f786850e387550fdab836ed7e6dc881de23001b'
const BASE = '89e6c98d92887913cadf06b2adb97f26cde4849b'
export const REPO_URL = 'https://github.com/acme/webapp'
export const PAGE = { limit: 50, nextCursor: null, hasMore: false }
export const SCHEDULE = { cronExpression: '0 9 * * 1-5', timezone: 'Europe/Berlin' }
export const NEXT_TIMES = ['2026-03-03T08:00:00.000Z', '2026-03-04T08:00:00.000Z']
export const PARAMS = { area: 'billing' }
export const PARAMS_SCHEMA = {
  type: 'object',
  properties: { area: { type: 'string', description: 'Part of the code to look at' } },
  required: ['area'],
}

export const REPO: z.input<typeof repo> = {
  id: IDS.repo,
  workspaceId: WORKSPACE,
  repoUrl: REPO_URL,
  gitPlatform: 'github',
  fullName: 'acme/webapp',
  defaultBranch: 'main',
  isPrivate: true,
  defaultAgentType: 'claude-code',
  agentCommand: null,
  model: null,
  maxTurnsCoding: null,
  setupCommands: 'npm ci',
  testCommand: 'npm test',
  autoMerge: true,
  mergeMethod: 'squash',
  cautiousMode: false,
  autoResume: true,
  maxAutoResumes: 10,
  maxConcurrentTasks: 2,
  stallThresholdMs: 300_000,
  maxAttemptMs: 7_200_000,
  budgetUsd: '5',
  promptTemplateOverride: null,
  reviewEnabled: true,
  reviewTrigger: 'on_ci_pass',
  reviewAgentType: null,
  reviewModel: null,
  reviewPromptTemplate: null,
  maxTurnsReview: null,
  maxReviewRounds: 3,
  onDependencyFailure: 'fail',
  deleteBranchOnMerge: true,
  closeOnCancel: true,
  closeIssueOnMerge: true,
  requestsFrom: 'writers',
  agentSecrets: ['NPM_TOKEN'],
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const TASK: z.input<typeof task> = {
  id: IDS.task,
  type: 'repo-task',
  title: 'Add user avatar support',
  prompt: 'Add avatar upload and display to user profiles',
  description: null,
  repoUrl: REPO_URL,
  repoBranch: 'main',
  state: 'queued',
  agentType: 'claude-code',
  model: null,
  priority: 0,
  maxRetries: 3,
  retryCount: 0,
  sessionId: null,
  prUrl: null,
  prNumber: null,
  prState: null,
  prChecksStatus: 'none',
  prReviewStatus: 'none',
  prObservedAt: null,
  prReviewComments: null,
  branch: 'optio/add-user-avatar-support-00000001',
  baseSha: null,
  headSha: null,
  resultSummary: null,
  costUsd: '0',
  inputTokens: 0,
  outputTokens: 0,
  modelUsed: null,
  errorMessage: null,
  errorCategory: null,
  attentionCode: null,
  waitingOn: 'capacity',
  ticketSource: null,
  ticketExternalId: null,
  ticketUrl: null,
  metadata: {},
  parentTaskId: null,
  taskType: 'coding',
  subtaskOrder: null,
  blocksParent: false,
  held: false,
  blueprintId: null,
  triggerId: null,
  params: null,
  output: null,
  verdict: null,
  reviewedSha: null,
  maxTurns: null,
  agentSecrets: [],
  workspaceId: WORKSPACE,
  createdBy: 'local',
  budgetUsd: '5',
  lastActivityAt: null,
  createdAt: CREATED,
  updatedAt: CREATED,
  startedAt: null,
  completedAt: null,
}

export const STEP: z.input<typeof task> = {
  ...TASK,
  id: IDS.step,
  title: 'Write the migration',
  prompt: 'Write the migration that adds the avatar column',
  parentTaskId: IDS.task,
  taskType: 'step',
  subtaskOrder: 1,
  blocksParent: true,
}

const DEFINITION = {
  description: null,
  model: null,
  priority: 100,
  maxTurns: null,
  agentSecrets: [],
  budgetUsd: '2',
  paramsSchema: PARAMS_SCHEMA,
  metadata: {},
  enabled: true,
  nextFireAt: NEXT_TIMES[0] ?? null,
  createdBy: 'local',
  workspaceId: WORKSPACE,
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const BLUEPRINT: z.input<typeof repoBlueprint> = {
  ...DEFINITION,
  id: IDS.blueprint,
  type: 'repo-blueprint',
  name: 'Weekly dependency update',
  title: 'Update dependencies of {{ area }}',
  prompt: 'Update the dependencies of {{ area }} and mend what breaks.',
  repoUrl: REPO_URL,
  repoBranch: null,
  agentType: null,
  maxRetries: 3,
}

export const STANDALONE: z.input<typeof standalone> = {
  ...DEFINITION,
  id: IDS.standalone,
  type: 'standalone',
  name: 'Morning report',
  title: 'Report on {{ area }}',
  prompt: 'Write a short report on {{ area }}.',
  agentType: 'claude-code',
  agentCommand: null,
  maxRetries: 1,
  maxConcurrent: 2,
  environmentSpec: { maxAttemptMs: 600_000 },
  promptTemplate: 'Write a short report on {{ area }}.',
  agentRuntime: 'claude-code',
}

export const RUN: z.input<typeof run> = {
  id: IDS.run,
  taskId: IDS.standalone,
  workflowId: IDS.standalone,
  title: 'Report on billing',
  state: 'completed',
  params: PARAMS,
  output: 'Nothing new in billing.',
  triggerId: IDS.trigger,
  errorMessage: null,
  costUsd: '0.031',
  inputTokens: 8211,
  outputTokens: 640,
  modelUsed: 'claude-sonnet-4-5',
  retryCount: 0,
  createdAt: CREATED,
  startedAt: STARTED,
  finishedAt: LATER,
}

export const TRIGGER: z.input<typeof trigger> = {
  id: IDS.trigger,
  targetType: 'standalone',
  targetId: IDS.standalone,
  type: 'schedule',
  config: SCHEDULE,
  paramMapping: null,
  enabled: true,
  lastFiredAt: CREATED,
  nextFireAt: NEXT_TIMES[0] ?? null,
  nextFireTimes: NEXT_TIMES,
  hookUrl: null,
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const FIRING: z.input<typeof firing> = {
  id: IDS.firing,
  triggerId: IDS.trigger,
  state: 'started',
  code: null,
  reason: null,
  runId: IDS.run,
  dueAt: CREATED,
  createdAt: CREATED,
  settledAt: CREATED,
}

export const COMMENT: z.input<typeof comment> = {
  id: IDS.comment,
  taskId: IDS.task,
  author: 'local',
  content: 'Please keep the old endpoint.',
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const MESSAGE: z.input<typeof message> = {
  id: IDS.message,
  taskId: IDS.task,
  author: 'local',
  content: 'Leave the login page alone.',
  mode: 'soft',
  state: 'pending',
  createdAt: LATER,
  deliveredAt: null,
}

export const ACTIVITY: z.input<typeof activity> = {
  id: '4711',
  type: 'task:state_changed',
  at: STARTED,
  taskId: IDS.task,
  definitionId: null,
  title: 'Add user avatar support',
  userId: null,
  message: 'There is a slot for it (reason: first).',
  fromState: 'queued',
  toState: 'provisioning',
}

export const PROMPT_TEMPLATE: z.input<typeof promptTemplate> = {
  id: IDS.template,
  name: 'House style',
  kind: 'prompt',
  template: '# {{ title }}\n\n{{ task }}\n\nFollow CONTRIBUTING.md.\n\n{{ rules }}',
  description: null,
  paramsSchema: null,
  repoUrl: REPO_URL,
  isDefault: true,
  defaultAgentType: null,
  createdBy: 'local',
  workspaceId: WORKSPACE,
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const TASK_TEMPLATE: z.input<typeof taskTemplate> = {
  id: IDS.template,
  name: 'Bug report',
  title: null,
  prompt: 'Reproduce the bug with a test, then mend it.',
  repoUrl: REPO_URL,
  agentType: null,
  priority: 50,
  metadata: {},
  createdBy: 'local',
  workspaceId: WORKSPACE,
  createdAt: CREATED,
  updatedAt: CREATED,
}

export const ATTEMPT: z.input<typeof attempt> = {
  id: IDS.attempt,
  number: 1,
  reason: 'first',
  agentType: 'claude-code',
  model: 'claude-sonnet-4-5',
  state: 'succeeded',
  sessionId: 'b1c5e3f0-6a0e-4f6e-9a57-3c0d7c1a9d11',
  exitCode: 0,
  costUsd: '0.42',
  inputTokens: 120_331,
  outputTokens: 4120,
  errorMessage: null,
  failure: null,
  costEstimated: false,
  startedAt: STARTED,
  endedAt: LATER,
}

export const REVIEW: z.input<typeof review> = {
  author: 'local',
  state: 'changes_requested',
  body: 'One thing is missing.',
  sha: HEAD,
  submittedAt: LATER,
  comments: [{ path: 'src/avatar.ts', line: 12, body: 'What about files larger than 5 MB?' }],
}

export const PULL_REQUEST: z.input<typeof pullRequest> = {
  number: 42,
  url: `${REPO_URL}/pull/42`,
  title: 'Add user avatar support',
  body: 'Avatars can be uploaded and are shown on profiles.',
  state: 'open',
  draft: false,
  head: { ref: 'optio/add-user-avatar-support-00000001', sha: HEAD },
  base: { ref: 'main', sha: BASE },
  mergeable: true,
  checks: [{ name: 'test', status: 'completed', conclusion: 'success', url: null, summary: 'Passed.' }],
  reviews: [REVIEW],
  comments: [],
  commits: [{ sha: HEAD, message: 'Add avatars', author: 'Optio agent', committedAt: LATER }],
  files: [
    {
      path: 'src/avatar.ts',
      previousPath: null,
      status: 'added',
      additions: 1,
      deletions: 0,
      patch: '@@ -0,0 +1 @@\n+export const LIMIT = 5_000_000',
      patchOmitted: null,
    },
  ],
  mergedSha: null,
  mergeObstacles: [{ code: 'changes_requested', message: 'local requested changes.', passedBy: 'force' }],
  observedAt: LATER,
}
