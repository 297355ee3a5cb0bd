import { rename } from 'node:fs/promises'
import type { ErrorCode } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectError, type Served, serve } from './support.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served?.close())

const url = () => served.world.repos[0]?.repoUrl ?? ''
const counts = async () => {
  const { rows } = await served.optio.database.pool.query(
    'select (select count(*) from runs) as runs, (select count(*) from blueprints) as blueprints, (select count(*) from triggers) as triggers',
  )
  return rows[0]
}
const job = () => `/api/tasks/${served.world.standalones[0]}`
const config = () => `/api/tasks/${served.world.blueprints[0]}`

/** What makes a request impossible that is well-formed. */
const REFUSED: readonly (readonly [ErrorCode, string, () => string, () => unknown])[] = [
  ['REPO_NOT_CONNECTED', 'POST', () => '/api/tasks', () => ({ prompt: 'x' })],
  ['REPO_NOT_CONNECTED', 'POST', () => '/api/tasks', () => ({ prompt: 'x', repoUrl: '/nowhere' })],
  ['REPO_NOT_CONNECTED', 'POST', () => '/api/tasks', () => ({ type: 'repo-blueprint', prompt: 'x' })],
  ['REPO_NOT_CONNECTED', 'POST', () => '/api/task-configs', () => ({ prompt: 'x', repoUrl: '/nowhere' })],
  [
    'BRANCH_NOT_FOUND',
    'POST',
    () => '/api/tasks',
    () => ({ prompt: 'x', repoUrl: url(), repoBranch: 'gone' }),
  ],
  [
    'BRANCH_NOT_FOUND',
    'POST',
    () => '/api/task-configs',
    () => ({ prompt: 'x', repoUrl: url(), repoBranch: 'gone' }),
  ],
  ['BRANCH_NOT_FOUND', 'PATCH', config, () => ({ repoBranch: 'gone' })],
  [
    'AGENT_NOT_AVAILABLE',
    'POST',
    () => '/api/tasks',
    () => ({ prompt: 'x', repoUrl: url(), agentType: 'gemini' }),
  ],
  ['AGENT_NOT_AVAILABLE', 'POST', () => '/api/jobs', () => ({ prompt: 'x', agentType: 'gemini' })],
  [
    'AGENT_NOT_AVAILABLE',
    'POST',
    () => '/api/jobs',
    () => ({ prompt: 'x', agentType: 'command', agentCommand: ['no-such-program'] }),
  ],
  ['AGENT_NOT_AVAILABLE', 'PATCH', job, () => ({ agentCommand: ['no-such-program'] })],
  [
    'TEMPLATE_INVALID',
    'POST',
    () => '/api/jobs',
    () => ({ prompt: '{% if', agentType: 'command', agentCommand: ['true'] }),
  ],
  [
    'TEMPLATE_INVALID',
    'POST',
    () => '/api/task-configs',
    () => ({ prompt: '{{ a | nope }}', repoUrl: url() }),
  ],
  ['TEMPLATE_INVALID', 'PATCH', config, () => ({ prompt: '{% for' })],
  ['TEMPLATE_INVALID', 'POST', () => `${config()}/preview`, () => ({ params: {} })],
  ['VALIDATION', 'POST', () => '/api/jobs', () => ({ prompt: 'x', type: 'repo-blueprint' })],
  [
    'VALIDATION',
    'POST',
    () => '/api/tasks',
    () => ({ type: 'standalone', prompt: 'x', paramsSchema: { type: 'nope' } }),
  ],
  ['VALIDATION', 'PATCH', job, () => ({ repoBranch: 'main' })],
  ['VALIDATION', 'POST', () => '/api/tasks/reorder', () => ({ taskIds: [] })],
  [
    'TASK_NOT_FOUND',
    'POST',
    () => '/api/tasks/reorder',
    () => ({ taskIds: ['0199f000-2000-7000-8000-00000000ffff'] }),
  ],
  ['WRONG_TASK_TYPE', 'POST', () => '/api/tasks/reorder', () => ({ taskIds: [served.world.standalones[0]] })],
]

describe('a request that cannot be carried out', () => {
  it.each(REFUSED)('is %s, and writes nothing: %s %s', async (code, method, path, body) => {
    const before = await counts()
    expectError(await served.send(method, path(), body()), code)
    expect(await counts()).toEqual(before)
  })

  it('says that the repository has gone, or is another thing by now', async () => {
    const body = { prompt: 'x', repoUrl: url(), repoBranch: 'main' }
    await rename(url(), `${url()}-away`)
    // A branch that was seen counts as there for a second.
    await expect
      .poll(async () => (await served.send('POST', '/api/tasks', body)).body.code, { timeout: 30_000 })
      .toBe('REPO_NOT_FOUND_ON_DISK')
    const start = await served.send('POST', `${config()}/runs`, { params: { name: 'x' } })
    expectError(start, 'REPO_NOT_FOUND_ON_DISK')
    expectError(
      await served.send('POST', `/api/repos/${served.world.repos[0]?.id}/detect`),
      'REPO_NOT_FOUND_ON_DISK',
    )
    await rename(`${url()}-away`, url())
  })

  it('says that the pull request is closed', async () => {
    const id = served.world.opened[0]
    expect((await served.send('POST', `/api/tasks/${id}/pull-request/close`)).status).toBe(200)
    expectError(await served.send('POST', `/api/tasks/${id}/review`), 'PULL_REQUEST_NOT_OPEN')
    const body = { prompt: 'x', taskType: 'review' }
    expectError(await served.send('POST', `/api/tasks/${id}/subtasks`, body), 'PULL_REQUEST_NOT_OPEN')
    expectError(await served.send('POST', `/api/tasks/${id}/pull-request/merge`), 'PULL_REQUEST_NOT_OPEN')
  })
})
