import { describe, expect, it } from 'vitest'
import {
  connectRepoBody,
  createTaskBody,
  ERROR_CODES,
  listLogsQuery,
  listTasksQuery,
  type Route,
  routes,
  submitReviewBody,
  TASK_STATES,
} from '../src/index.ts'

const all = Object.values(routes).flatMap((group) => Object.values(group) as Route[])

describe('the table of routes', () => {
  it('has every address once, and declares the parameters it names', () => {
    const addresses = all.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(addresses).size).toBe(addresses.length)
    for (const { path, params } of all) {
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name)
      expect(Object.keys(params?.shape ?? {})).toEqual(named)
    }
  })

  it('answers 204 exactly where there is no body', () => {
    for (const { status, answer } of all) expect(answer === null).toBe(status === 204)
  })
})

describe('defaults and aliases', () => {
  it('of a task are those of the wire format', () => {
    expect(createTaskBody.parse({ prompt: 'p', unknown: 1 })).toEqual({
      type: 'repo-task',
      prompt: 'p',
      priority: 100,
      dependsOn: [],
    })
    expect(createTaskBody.parse({ prompt: 'p', agentType: 'claude' }).agentType).toBe('claude-code')
    const older = createTaskBody.parse({ promptTemplate: 'p', agentRuntime: 'claude' })
    expect(older).toMatchObject({ prompt: 'p', agentType: 'claude-code' })
    expect(createTaskBody.safeParse({ type: 'standalone' }).error?.issues[0]?.path).toEqual(['prompt'])
    expect(createTaskBody.parse({ prompt: 'p', title: 'a\r\nb\nc' }).title).toBe('a b c')
    expect(createTaskBody.safeParse({ prompt: 'p', title: '🙂'.repeat(500) }).success).toBe(true)
    expect(createTaskBody.safeParse({ prompt: 'p', title: '🙂'.repeat(501) }).success).toBe(false)
  })

  it('of lists are 50 tasks and 200 log entries', () => {
    expect(listTasksQuery.parse({})).toEqual({ type: 'repo-task', fields: 'summary', limit: 50 })
    expect(listTasksQuery.parse({ state: 'queued', limit: '7' })).toMatchObject({
      state: ['queued'],
      limit: 7,
    })
    expect(listTasksQuery.parse({ state: [...TASK_STATES] }).state).toEqual([...TASK_STATES])
    expect(listLogsQuery.parse({})).toEqual({ limit: 200 })
    expect(listLogsQuery.safeParse({ after: '1', before: '2' }).success).toBe(false)
    expect(listLogsQuery.safeParse({ after: '9007199254740993' }).success).toBe(false)
  })

  it('of times are read into UTC', () => {
    expect(listTasksQuery.parse({ since: '2026-01-01' }).since).toBe('2026-01-01T00:00:00.000Z')
    expect(listTasksQuery.parse({ since: '2026-01-01T01:30:00+01:30' }).since).toBe(
      '2026-01-01T00:00:00.000Z',
    )
  })

  it('of a review leave nothing unsaid', () => {
    expect(submitReviewBody.parse({ state: 'approved' })).toEqual({
      state: 'approved',
      body: '',
      comments: [],
    })
    expect(submitReviewBody.safeParse({ state: 'changes_requested' }).success).toBe(false)
    expect(
      submitReviewBody.safeParse({ state: 'changes_requested', comments: [{ body: 'x' }] }).success,
    ).toBe(true)
  })
})

describe('a setting of a repository without effect', () => {
  it('is refused by its name, whatever its value', () => {
    for (const name of ['planningModeEnabled', 'slackEnabled', 'imagePreset', 'memoryLimit']) {
      const result = connectRepoBody.safeParse({ repoUrl: '/x', [name]: null })
      expect(result.error?.issues[0]?.path).toEqual([name])
    }
    expect(connectRepoBody.safeParse({ repoUrl: '/x', slack: 1, other: 2 }).success).toBe(true)
  })
})

describe('error codes', () => {
  it('have a status of an error', () => {
    for (const status of Object.values(ERROR_CODES)) expect(status).toBeGreaterThanOrEqual(400)
  })
})
