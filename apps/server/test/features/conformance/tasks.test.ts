import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { environments } from '../../../src/database/schema/index.ts'
import { DEFAULT_WORKSPACE_ID } from '../../../src/database/schema/workspaces.ts'
import { type Calls, callsOf } from './calls.ts'
import { listening } from './requests.ts'
import { expectError, type Served, serve } from './support.ts'

interface Task {
  readonly id: string
  readonly type: string
  readonly state: string
  readonly [field: string]: unknown
}
type One = { task: Task }
type List = { tasks: Task[] }

let served: Served
let call: Calls
let repoUrl: string
beforeAll(async () => {
  served = await serve()
  call = await callsOf(served)
  repoUrl = served.world.repos[0]?.repoUrl ?? ''
})
afterAll(() => served?.close())

const create = async (body: object = {}): Promise<Task> =>
  (await call<One>('tasks.create', { body: { prompt: 'Do it.', repoUrl, ...body } })).task
const get = async (id: string) => await call<One & Record<string, unknown>>('tasks.get', { params: { id } })
const act = async (action: string, id: string, body?: unknown): Promise<Task> =>
  (await call<One>(`tasks.${action}`, { params: { id }, body })).task
const put = (id: string, state: string, more = '') =>
  served.optio.database.pool.query(`update runs set state = $2${more} where id = $1`, [id, state])

describe('tasks', () => {
  it('are created with what a request says, and read back by id, in lists and by words', async () => {
    const task = await create({
      ...{ title: 'Two\nlines', description: 'd', priority: 7, maxRetries: 2, budgetUsd: '2.50', model: 'm' },
      ...{
        metadata: { a: [1] },
        ticketSource: 'tracker',
        ticketExternalId: 'T-1',
        ticketUrl: 'https://x.example/1',
      },
      ...{ repoBranch: 'main', agentType: 'command', unknownField: { ignored: true } },
    })
    expect(task).toMatchObject({
      ...{
        type: 'repo-task',
        title: 'Two lines',
        prompt: 'Do it.',
        description: 'd',
        priority: 7,
        maxRetries: 2,
      },
      ...{
        budgetUsd: '2.50',
        metadata: { a: [1] },
        ticketExternalId: 'T-1',
        state: 'queued',
        repoBranch: 'main',
      },
      ...{ costUsd: '0.00', prState: null, parentTaskId: null, taskType: 'coding', createdBy: 'local' },
    })
    expect(task).not.toHaveProperty('unknownField')
    const detail = await get(task.id)
    expect(detail.task).toEqual(task)
    expect(Object.keys(detail)).toEqual(
      expect.arrayContaining(['pendingReason', 'pipelineProgress', 'stallInfo']),
    )
    expect((await call<List>('tasks.list', { query: '?limit=1&fields=full' })).tasks).toEqual([task])
    expect((await call<List>('tasks.search', { query: '?q=two%20lin' })).tasks[0]).toMatchObject({
      id: task.id,
    })
  })

  it('of every kind are told apart by their type', async () => {
    const standalone = await create({
      type: 'standalone',
      repoUrl: null,
      agentType: 'command',
      agentCommand: ['true'],
    })
    const blueprint = await create({ type: 'repo-blueprint', name: 'Update' })
    expect([standalone.type, blueprint.type]).toEqual(['standalone', 'repo-blueprint'])
    for (const made of [standalone, blueprint]) {
      expect((await get(made.id)).task).toEqual(made)
      const ofType = await call<List>('tasks.list', { query: `?type=${made.type}&limit=1` })
      expect(ofType.tasks).toEqual([made])
    }
    const all = await call<List>('tasks.list', { query: '?type=all&limit=2' })
    expect(all.tasks.map(({ id }) => id)).toEqual([blueprint.id, standalone.id])
  })

  it('are changed, and a deletion leaves nothing', async () => {
    const { id } = await create()
    const change = { title: 'New', priority: 3, metadata: { b: 1 }, budgetUsd: '1.00' }
    const { task } = await call<One>('tasks.edit', { params: { id }, body: { ...change, unknownField: 1 } })
    expect(task).toMatchObject(change)
    expect((await get(id)).task).toEqual(task)
    await call('tasks.remove', { params: { id } })
    expectError(await served.send('GET', `/api/tasks/${id}`), 'TASK_NOT_FOUND')
    expectError(await served.send('DELETE', `/api/tasks/${id}`), 'TASK_NOT_FOUND')
  })

  it('are controlled: each action answers the task as it is then', async () => {
    const { id } = await create()
    expect((await act('cancel', id)).state).toBe('cancelled')
    expect((await act('retry', id)).state).toBe('queued')
    await put(id, 'failed')
    expect((await act('resume', id, { prompt: 'Go on.' })).state).toBe('queued')
    await put(id, 'failed')
    expect((await act('forceRestart', id)).state).toBe('queued')
    await put(id, 'failed')
    expect(['queued', 'failed']).toContain((await act('forceRedo', id)).state)
    const held = await call<{ subtask: Task }>('subtasks.create', {
      params: { id: served.world.opened[0] ?? '' },
      body: { prompt: 'x', taskType: 'child', autoQueue: false },
    })
    expect(held.subtask).toMatchObject({ state: 'pending', held: true })
    expect((await act('runNow', held.subtask.id)).held).toBe(false)
    expect((await get(held.subtask.id)).task).toMatchObject({ held: false })
  })

  it('refuse what their state does not allow, and name what it does', async () => {
    const { id } = await create()
    for (const [action, state] of [
      ...[
        ['retry', 'queued'],
        ['resume', 'queued'],
        ['force-restart', 'queued'],
        ['run-now', 'cancelled'],
      ],
      ...[
        ['cancel', 'cancelled'],
        ['resume', 'cancelled'],
        ['force-redo', 'completed'],
        ['retry', 'completed'],
      ],
      ...[
        ['cancel', 'completed'],
        ['run-now', 'completed'],
        ['force-restart', 'completed'],
      ],
    ] as const) {
      await put(id, state)
      const answer = await served.send('POST', `/api/tasks/${id}/${action}`)
      expectError(answer, 'INVALID_TRANSITION', `${action} ${state}`)
      expect(answer.body.details).toMatchObject({ legal: expect.any(Array) })
    }
    const patch = await served.send('PATCH', `/api/tasks/${id}`, { title: 'x' })
    expectError(patch, 'INVALID_TRANSITION')
  })

  it('are reordered, retried and cancelled together', async () => {
    const [a, b] = [await create(), await create()]
    expect(await call('tasks.reorder', { body: { taskIds: [b.id, a.id, b.id] } })).toEqual({
      ok: true,
      reordered: 2,
    })
    expect([(await get(b.id)).task.priority, (await get(a.id)).task.priority]).toEqual([0, 1])
    await put(a.id, 'failed')
    const { retried } = await call<{ retried: number }>('tasks.retryFailed')
    expect(retried).toBeGreaterThanOrEqual(1)
    expect((await get(a.id)).task.state).toBe('queued')
    const { cancelled } = await call<{ cancelled: number }>('tasks.cancelActive')
    expect(cancelled).toBeGreaterThanOrEqual(2)
    expect((await get(b.id)).task.state).toBe('cancelled')
    expect(await call('tasks.cancelActive')).toEqual({ cancelled: 0 })
    const opened = served.world.opened[0] ?? ''
    expect((await get(opened)).task.state).not.toBe('cancelled')
  })

  it('have a review, a history, attempts, figures and things that happened', async () => {
    const id = served.world.opened[0] ?? ''
    const params = { id }
    const review = await call<{ reviewTaskId: string }>('tasks.review', { params })
    expect((await get(review.reviewTaskId)).task).toMatchObject({ taskType: 'review', parentTaskId: id })
    expect(await call('tasks.attempts', { params })).toEqual({ attempts: [] })
    const { events } = await call<{ events: { toState: string }[] }>('tasks.events', { params })
    expect(events.length).toBeGreaterThan(0)
    const { stats } = await call<{ stats: { total: number } }>('tasks.stats')
    expect(stats.total).toBeGreaterThan(3)
    const { activity } = await call<{ activity: { taskId: string }[] }>('activity.ofTask', { params })
    expect(activity.every(({ taskId }) => taskId === id)).toBe(true)
    expect(
      (await call<{ activity: unknown[] }>('activity.all', { query: '?limit=3' })).activity,
    ).toHaveLength(3)
  })

  it('whose agent takes messages are told them', async () => {
    const params = { id: await listening(served) }
    const { message } = await call<{ message: { id: string } }>('messages.send', {
      params,
      body: { content: 'Stop.' },
    })
    const list = await call<{ messages: unknown[]; canSend: boolean }>('messages.list', { params })
    expect(list).toMatchObject({ messages: [message], canSend: true, why: null })
    const { id } = await create()
    expectError(await served.send('POST', `/api/tasks/${id}/message`, { content: 'x' }), 'INVALID_TRANSITION')
  })

  it('show where their work is', async () => {
    const { id } = await create()
    expectError(await served.send('GET', `/api/tasks/${id}/environment`), 'ENVIRONMENT_NOT_FOUND')
    await served.optio.database.orm
      .insert(environments)
      .values({ runId: id, workspaceId: DEFAULT_WORKSPACE_ID, hostId: 'another' })
    const { environment } = await call<{ environment: object }>('tasks.environment', { params: { id } })
    expect(environment).toMatchObject({ onThisHost: false, path: null })
  })

  it('are all asked for here', () => {
    expect(call.missing(['tasks', 'messages', 'activity'])).toEqual([])
  })
})
