import type { z } from 'zod'
import type { githubStatus, repoWebhook, webhookDelivery } from '../github.ts'
import type { issue, issueSync } from '../issues.ts'
import type { encryptionStatus, secret } from '../secrets.ts'
import { IDS, REPO_URL, TASK } from './example-things.ts'
import type { Examples } from './example-types.ts'

/** Secrets, issues and GitHub as the API answers them, for the examples of the OpenAPI document. */

const AT = '2026-03-02T09:00:00.000Z'
const VALIDATION = { valid: true, detail: 'A key of the Anthropic API.', checkedAt: AT }

const SECRET: z.input<typeof secret> = {
  id: '0199f000-b000-7000-8000-000000000001',
  name: 'ANTHROPIC_API_KEY',
  scope: 'global',
  repoId: null,
  readable: true,
  usedBy: ['agents of type claude-code'],
  lastUsedAt: AT,
  lastUsedBy: TASK.title,
  validation: VALIDATION,
  createdBy: 'local',
  createdAt: AT,
  updatedAt: AT,
}

const ENCRYPTION: z.input<typeof encryptionStatus> = {
  source: 'file',
  activeKeyId: 'k2',
  secrets: 3,
  secretsOfOlderKeys: 0,
  rotatedAt: AT,
}

const ISSUE: z.input<typeof issue> = {
  id: `${IDS.repo}:42`,
  number: 42,
  externalId: 'acme/webapp#42',
  source: 'github',
  title: 'Fix the login redirect',
  body: 'When a user logs in from /checkout they should return to /checkout.',
  state: 'open',
  url: `${REPO_URL}/issues/42`,
  labels: ['bug'],
  hasOptioLabel: false,
  author: 'octocat',
  assignee: null,
  commentCount: 1,
  repo: { id: IDS.repo, fullName: 'acme/webapp', repoUrl: REPO_URL },
  createdAt: AT,
  updatedAt: AT,
  optioTask: null,
  notAssigned: null,
}

const SYNC: z.input<typeof issueSync> = {
  repoId: IDS.repo,
  fullName: 'acme/webapp',
  syncedAt: AT,
  error: null,
}

const STATUS: z.input<typeof githubStatus> = {
  apiUrl: 'https://api.github.com',
  serverUrl: 'https://github.com',
  credential: 'secret',
  login: 'octocat',
  problem: null,
  limits: [{ resource: 'graphql', limit: 5000, remaining: 4200, resetAt: AT, pausedUntil: null }],
  watched: 12,
  oldestObservedAt: AT,
  takesWebhooks: true,
  checkedAt: AT,
}

const WEBHOOK: z.input<typeof repoWebhook> = {
  hookId: 1,
  url: 'https://optio.example.com/api/webhooks/github',
  lastDeliveryAt: AT,
}

const DELIVERY: z.input<typeof webhookDelivery> = {
  id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  event: 'issues',
  action: 'labeled',
  repoId: IDS.repo,
  repository: 'acme/webapp',
  state: 'done',
  detail: 'Issue #42 is handed to Optio.',
  receivedAt: AT,
  doneAt: AT,
}

const PAGE = { limit: 50, nextCursor: null, hasMore: false }

export const FORGE_EXAMPLES = {
  secrets: {
    list: { answer: { secrets: [SECRET], ...PAGE } },
    save: {
      body: { name: 'ANTHROPIC_API_KEY', value: 'sk-ant-…' },
      answer: { id: SECRET.id, name: SECRET.name, scope: SECRET.scope, validation: VALIDATION },
    },
    encryption: { answer: { encryption: ENCRYPTION } },
    rotateKey: { answer: { encryption: ENCRYPTION } },
    remove: {},
  },
  issues: {
    list: { answer: { issues: [ISSUE], syncs: [SYNC], ...PAGE } },
    assign: {
      body: {
        issueNumber: 42,
        repoId: IDS.repo,
        title: 'Fix the login redirect',
        body: 'When a user logs in from /checkout they should return to /checkout...',
        agentType: 'claude-code',
      },
      answer: { task: TASK },
      also: { 200: { task: { ...TASK, state: 'running', waitingOn: null, startedAt: AT } } },
    },
    sync: { answer: { synced: 1 } },
  },
  github: {
    status: { answer: { github: STATUS } },
    receive: {
      body: { zen: 'Keep it logically awesome.' },
      answer: { ok: true, state: 'queued' },
      also: { 200: { ok: true, state: 'replayed' } },
    },
    deliveries: { answer: { deliveries: [DELIVERY], ...PAGE } },
    webhook: { answer: { webhook: WEBHOOK } },
    installWebhook: { answer: { webhook: WEBHOOK } },
  },
} satisfies Pick<Examples, 'secrets' | 'issues' | 'github'>
