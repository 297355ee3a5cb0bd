import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}
type Trigger = { trigger: Thing }

let served: Served
let call: Calls
let repoUrl: string
beforeAll(async () => {
  served = await serve()
  call = await callsOf(served)
  repoUrl = served.world.repos[0]?.repoUrl ?? ''
})
afterAll(() => served?.close())

const JOB = {
  ...{
    name: 'Report',
    promptTemplate: 'Report on {{ topic }}.',
    agentRuntime: 'command',
    agentCommand: ['true'],
  },
  paramsSchema: { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] },
}
const CONFIG = { name: 'Update', title: 'Update {{ name }}', prompt: 'Update {{ name }}.' }
const SCHEDULE = { type: 'schedule', config: { cronExpression: '0 9 * * 1-5', timezone: 'Europe/Berlin' } }

/** A definition made at its older address, and what the newer one says of it. */
async function made(group: 'jobs' | 'taskConfigs'): Promise<Thing> {
  const envelope = group === 'jobs' ? 'workflow' : 'taskConfig'
  const body = group === 'jobs' ? JOB : { ...CONFIG, repoUrl }
  const created = (await call<Record<string, Thing>>(`${group}.create`, { body }))[envelope]
  if (created === undefined) throw new Error(`no ${envelope} was answered`)
  const params = { id: created.id }
  expect(await call(`${group}.get`, { params })).toEqual({ [envelope]: created })
  expect(await call('tasks.get', { params })).toMatchObject({ task: created })
  const list = envelope === 'workflow' ? 'workflows' : 'taskConfigs'
  const page = await call<Record<string, Thing[]>>(`${group}.list`, { query: '?limit=1' })
  expect(page[list]).toEqual([created])
  const edited = await call<Record<string, Thing>>(`${group}.edit`, { params, body: { priority: 5 } })
  expect(edited[envelope]).toMatchObject({ ...created, priority: 5, updatedAt: expect.any(String) })
  return created
}

describe('standalone tasks', () => {
  it('are run, here and at their older address', async () => {
    const { id } = await made('jobs')
    const params = { id }
    const started = await call<{ runId: string }>('runs.start', {
      params,
      body: { params: { topic: 'tea' } },
    })
    expect(started).toEqual({ runId: started.runId, type: 'workflow-run' })
    const at = { id, runId: started.runId }
    const { run } = await call<{ run: Thing }>('runs.get', { params: at })
    expect(run).toMatchObject({
      ...{ id: started.runId, taskId: id, workflowId: id, state: 'queued', params: { topic: 'tea' } },
      ...{ output: null, triggerId: null, errorMessage: null, retryCount: 0, finishedAt: null },
    })
    expect(await call('runs.list', { params })).toMatchObject({
      runs: [run],
      hasMore: false,
      nextCursor: null,
    })
    expect(await call('jobs.runs', { params })).toMatchObject({ runs: [run] })
    expect(await call('jobs.run', { params: { id: started.runId } })).toEqual({ run })
    const { run: second } = await call<{ run: Thing }>('jobs.startRun', {
      params,
      body: { params: { topic: 'x' } },
    })
    expect(second).toMatchObject({ workflowId: id, params: { topic: 'x' } })
    expect(await call('tasks.get', { params: { id: second.id } })).toMatchObject({
      task: { type: 'standalone-run', prompt: 'Report on x.', blueprintId: id },
    })
    expect(await call('runs.preview', { params, body: { params: { topic: 'tea' } } })).toEqual({
      ...{ title: 'Report', prompt: 'Report on tea.' },
    })
    await call('jobs.remove', { params })
    for (const gone of [id, started.runId, second.id]) {
      expectError(await served.send('GET', `/api/tasks/${gone}`), 'TASK_NOT_FOUND')
    }
  })

  it('are not run when they are disabled, or with parameters that do not fit', async () => {
    const { id } = await made('jobs')
    for (const path of [`/api/tasks/${id}/runs`, `/api/jobs/${id}/runs`]) {
      for (const body of [undefined, 'null', {}, { params: {} }, { params: { topic: 1 } }]) {
        const answer = await served.send('POST', path, body)
        expectError(answer, 'PARAMS_INVALID')
        expect(JSON.stringify(answer.body.details)).toContain('topic')
      }
      for (const body of [{ params: 1 }, { params: [] }, { params: { topic: '\0' } }, []]) {
        expectError(await served.send('POST', path, body), 'VALIDATION')
      }
    }
    await call('tasks.edit', { params: { id }, body: { enabled: false } })
    for (const path of [`/api/tasks/${id}/runs`, `/api/jobs/${id}/runs`]) {
      expectError(await served.send('POST', path, { params: { topic: 'tea' } }), 'TASK_DISABLED')
    }
    expect(await call('runs.list', { params: { id } })).toMatchObject({ runs: [] })
  })
})

describe('blueprints', () => {
  it('spawn repo-tasks, here and at their older address', async () => {
    const { id } = await made('taskConfigs')
    const params = { id }
    const started = await call<{ runId: string }>('runs.start', { params, body: { params: { name: 'zod' } } })
    expect(started).toEqual({ runId: started.runId, type: 'repo-task' })
    const { taskId } = await call<{ taskId: string }>('taskConfigs.run', {
      params,
      body: { params: { name: 'x' } },
    })
    expect(await call('tasks.get', { params: { id: taskId } })).toMatchObject({
      task: {
        type: 'repo-task',
        title: 'Update x',
        prompt: 'Update x.',
        blueprintId: id,
        params: { name: 'x' },
      },
    })
    const { runs } = await call<{ runs: Thing[] }>('runs.list', { params })
    expect(runs.map((run) => run.id)).toEqual([taskId, started.runId])
    await call('taskConfigs.remove', { params })
    expect(await call('tasks.get', { params: { id: taskId } })).toMatchObject({ task: { blueprintId: null } })
  })
})

describe('triggers', () => {
  it.each([
    ['triggers', 'jobs', ''],
    ['jobs', 'jobs', 'Trigger'],
    ['taskConfigs', 'taskConfigs', 'Trigger'],
  ] as const)(
    'are attached, read back, changed and taken away at the addresses of %s',
    async (group, of, word) => {
      const { id } = await made(of)
      const name = (verb: string) => `${group}.${verb}${word}`
      const listed = () =>
        call<{ triggers: Thing[] }>(group === 'triggers' ? 'triggers.list' : `${group}.triggers`, {
          params: { id },
        })
      const { trigger } = await call<Trigger>(name('create'), { params: { id }, body: SCHEDULE })
      expect(trigger).toMatchObject({
        ...{ targetId: id, type: 'schedule', config: SCHEDULE.config, enabled: true, lastFiredAt: null },
        ...{ nextFireAt: expect.any(String), paramMapping: null, hookUrl: null },
      })
      expect((await listed()).triggers).toEqual([trigger])
      const params = { id, triggerId: trigger.id }
      const edited = await call<Trigger>(name('edit'), {
        params,
        body: { enabled: false, paramMapping: { a: 'b.c' } },
      })
      expect(edited.trigger).toMatchObject({ enabled: false, paramMapping: { a: 'b.c' }, nextFireAt: null })
      expect((await listed()).triggers).toEqual([edited.trigger])
      expect(await call('triggers.firings', { params })).toMatchObject({ firings: [] })
      for (const config of [
        { cronExpression: '61 * * * *' },
        { cronExpression: '0 9 * * *', timezone: 'Nowhere/X' },
      ]) {
        const at = group === 'triggers' ? 'tasks' : group === 'jobs' ? 'jobs' : 'task-configs'
        const bad = await served.send('POST', `/api/${at}/${id}/triggers`, { type: 'schedule', config })
        expectError(bad, 'VALIDATION', JSON.stringify(config))
      }
      await call(name('remove'), { params })
      expect((await listed()).triggers).toEqual([])
    },
  )

  it('of webhooks fire at their path, signed where there is a secret, and never show it', async () => {
    const { id } = await made('jobs')
    const params = { id }
    const body = {
      type: 'webhook',
      config: { path: 'build-done', secret: 'correct-horse' },
      paramMapping: { topic: 'a.b' },
    }
    const { trigger } = await call<Trigger>('triggers.create', { params, body })
    expect(JSON.stringify(trigger)).not.toContain('correct-horse')
    expect(trigger).toMatchObject({ config: { path: 'build-done', hasSecret: true } })
    expect(String(trigger.hookUrl)).toBe(`${served.optio.url}/api/hooks/build-done`)
    expectError(await served.send('POST', `/api/tasks/${id}/triggers`, body), 'TRIGGER_PATH_TAKEN')
    const text = '{ "a": {"b": "tea"} }'
    const mac = createHmac('sha256', 'correct-horse').update(text).digest('hex')
    const headers = { 'x-optio-signature': `sha256=${mac}`, 'x-optio-delivery': 'd-1' }
    const at = { path: 'build-done' }
    const fired = await call<{ runId: string }>('hooks.fire', { params: at, body: text, headers })
    expect(await call('runs.get', { params: { id, runId: fired.runId } })).toMatchObject({
      run: { triggerId: trigger.id, params: { topic: 'tea' } },
    })
    expect((await call<{ runId: string }>('hooks.fire', { params: at, body: text, headers })).runId).toBe(
      fired.runId,
    )
    expectError(await served.send('POST', '/api/hooks/build-done', text), 'HOOK_SIGNATURE')
    expectError(await served.send('POST', '/api/hooks/build-done', `${text} `, headers), 'HOOK_SIGNATURE')
    expectError(await served.send('POST', '/api/hooks/elsewhere', text, headers), 'HOOK_NOT_FOUND')
  })

  it('have times that can be looked at before', async () => {
    const query = `?cronExpression=${encodeURIComponent('0 9 * * *')}&timezone=Europe/Berlin`
    const { nextFireTimes } = await call<{ nextFireTimes: string[] }>('triggers.previewSchedule', { query })
    expect(nextFireTimes.length).toBeGreaterThan(0)
    expect(nextFireTimes).toEqual([...nextFireTimes].sort())
    expectError(await served.send('GET', '/api/schedules/preview?cronExpression=nope'), 'VALIDATION')
    expectError(await served.send('GET', '/api/schedules/preview'), 'VALIDATION')
  })
})

it('every endpoint of definitions is asked for here', () => {
  expect(call.missing(['runs', 'triggers', 'jobs', 'taskConfigs', 'hooks'])).toEqual([])
})
