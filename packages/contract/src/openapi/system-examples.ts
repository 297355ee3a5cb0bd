import { IDS, REPO_URL, TASK } from './example-things.ts'
import type { Examples } from './example-types.ts'

/** The installation as the API answers it, for the examples of the OpenAPI document: its health, its set-up, its costs and its settings. */

const SYSTEM = {
  system: {
    version: '1.0.0',
    paused: null,
    maxConcurrent: 4,
    running: 1,
    processes: 1,
  },
}
const HEALTH = {
  healthy: true,
  checks: { database: true, runtime: true },
  problems: [],
  version: '1.0.0',
  maxConcurrent: 4,
  disk: { freeBytes: 81_000_000_000, totalBytes: 100_000_000_000, environmentsBytes: 120_000_000 },
}
const RETENTION = { retention: { logsDays: 90, eventsDays: null, deliveriesDays: 30 } }

export const SYSTEM_EXAMPLES: Pick<Examples, 'health' | 'setup' | 'analytics' | 'system'> = {
  health: {
    health: {
      answer: HEALTH,
      also: {
        503: {
          ...HEALTH,
          healthy: false,
          checks: { database: false, runtime: true },
          problems: ['The database cannot be reached at the moment.'],
        },
      },
    },
    live: { answer: { live: true } },
    ready: { answer: { ready: true }, also: { 503: { ready: false } } },
  },
  setup: {
    status: {
      answer: {
        isSetUp: false,
        steps: {
          repository: { done: true, label: 'A repository is connected' },
          agent: { done: true, label: 'An agent can be run' },
          task: { done: false, label: 'A first task was created' },
        },
      },
    },
    complete: { answer: { ok: true } },
  },
  analytics: {
    costs: {
      answer: {
        summary: { totalCost: '12.45', taskCount: 38, averageCost: '0.33', costTrend: 15.2 },
        dailyCosts: [{ date: '2026-03-02', cost: '1.20', taskCount: 4 }],
        costByRepo: [{ repoUrl: REPO_URL, cost: '8.30' }],
        costByType: [
          { taskType: 'coding', cost: '10.15' },
          { taskType: 'review', cost: '2.30' },
        ],
        topTasks: [{ id: IDS.task, title: TASK.title, costUsd: '1.85' }],
      },
    },
  },
  system: {
    get: { answer: SYSTEM },
    pause: { body: { reason: 'Upgrade of the machine' }, answer: SYSTEM },
    unpause: { answer: SYSTEM },
    retention: { answer: RETENTION },
    editRetention: { body: { logsDays: 90 }, answer: RETENTION },
    doctor: {
      answer: {
        report: {
          ok: true,
          version: '1.0.0',
          diagnoses: [
            { id: 'git', area: 'git', title: 'git', status: 'ok', detail: 'git 2.39.5', remedy: null },
          ],
          agents: [{ type: 'command', available: true, version: null, login: null, problem: null }],
          checkedAt: '2026-03-02T09:00:00.000Z',
        },
      },
    },
  },
}
