import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

let served: Served
let call: Calls
let repoUrl: string
beforeAll(async () => {
  served = await serve()
  call = await callsOf(served)
  repoUrl = served.world.repos[0]?.repoUrl ?? ''
})
afterAll(() => served?.close())

const create = async (): Promise<Thing> =>
  (await call<{ task: Thing }>('tasks.create', { body: { prompt: 'Do it.', repoUrl } })).task

describe('subtasks', () => {
  it('of each type are made, listed and counted', async () => {
    const { id } = await create()
    const params = { id }
    const make = async (taskType: string, more: object = {}) =>
      (
        await call<{ subtask: Thing }>('subtasks.create', {
          params,
          body: { title: taskType, prompt: 'x', taskType, ...more },
        })
      ).subtask
    const child = await make('child', { priority: 3 })
    const first = await make('step')
    const second = await make('step')
    expect(child).toMatchObject({
      parentTaskId: id,
      taskType: 'child',
      blocksParent: false,
      priority: 3,
      repoUrl,
    })
    expect([first.subtaskOrder, second.subtaskOrder]).toEqual([1, 2])
    expect(second).toMatchObject({ state: 'waiting_on_deps', blocksParent: true })
    const { subtasks } = await call<{ subtasks: Thing[] }>('subtasks.list', { params })
    expect(subtasks.map((each) => each.id)).toEqual([first.id, second.id, child.id])
    expect(await call('subtasks.status', { params })).toEqual({
      ...{ allComplete: false, total: 3, pending: 3, running: 0, completed: 0, failed: 0 },
    })
    expect(await call('tasks.get', { params })).toMatchObject({
      pipelineProgress: { totalSteps: 2, completedSteps: 0, steps: [{ id: first.id }, { id: second.id }] },
    })
    expect(
      (await call<{ tasks: Thing[] }>('tasks.list', { query: `?parentTaskId=${id}` })).tasks,
    ).toHaveLength(3)
    await call('tasks.remove', { params })
    for (const each of [child, first, second]) {
      expectError(await served.send('GET', `/api/tasks/${each.id}`), 'TASK_NOT_FOUND')
    }
  })

  it('that are reviews need a pull request', async () => {
    const body = { title: 'Look', prompt: 'Look at it.', taskType: 'review' }
    const opened = served.world.opened[0] ?? ''
    const { subtask } = await call<{ subtask: Thing }>('subtasks.create', { params: { id: opened }, body })
    expect(subtask).toMatchObject({ taskType: 'review', parentTaskId: opened })
    const { id } = await create()
    expectError(await served.send('POST', `/api/tasks/${id}/subtasks`, body), 'PULL_REQUEST_NOT_FOUND')
    expectError(await served.send('POST', `/api/tasks/${id}/review`), 'PULL_REQUEST_NOT_FOUND')
  })

  it('are refused where they make no sense', async () => {
    const { id } = await create()
    const path = `/api/tasks/${id}/subtasks`
    for (const body of [
      {},
      { prompt: '' },
      { prompt: 'x', taskType: 'other' },
      { prompt: 'x', autoQueue: 'no' },
    ]) {
      expectError(await served.send('POST', path, body), 'VALIDATION', JSON.stringify(body))
    }
    const other = { prompt: 'x', agentType: 'gemini' }
    expectError(await served.send('POST', path, other), 'AGENT_NOT_AVAILABLE')
    await served.optio.database.pool.query(`update runs set state = 'completed' where id = $1`, [id])
    expectError(await served.send('POST', path, { prompt: 'x', taskType: 'step' }), 'INVALID_TRANSITION')
    expect(await call('subtasks.list', { params: { id } })).toMatchObject({ subtasks: [] })
  })
})

describe('comments', () => {
  it('are written, read, changed and deleted by their author', async () => {
    const { id } = await create()
    const { comment } = await call<{ comment: Thing }>('comments.create', {
      params: { id },
      body: { content: 'Hm. 🙂' },
    })
    expect(comment).toMatchObject({ taskId: id, author: 'local', content: 'Hm. 🙂' })
    expect(await call('comments.list', { params: { id } })).toMatchObject({ comments: [comment] })
    const params = { taskId: id, commentId: comment.id }
    const changed = await call<{ comment: Thing }>('comments.edit', { params, body: { content: 'Well.' } })
    expect(changed.comment).toMatchObject({ id: comment.id, content: 'Well.', createdAt: comment.createdAt })
    expect(await call('comments.list', { params: { id } })).toMatchObject({ comments: [changed.comment] })
    await served.optio.database.pool.query(`update task_comments set author = 'eve' where id = $1`, [
      comment.id,
    ])
    const path = `/api/tasks/${id}/comments/${comment.id}`
    expectError(await served.send('PATCH', path, { content: 'x' }), 'FORBIDDEN')
    expectError(await served.send('DELETE', path), 'FORBIDDEN')
    await served.optio.database.pool.query(`update task_comments set author = 'local' where id = $1`, [
      comment.id,
    ])
    await call('comments.remove', { params })
    expectError(await served.send('DELETE', path), 'COMMENT_NOT_FOUND')
    for (const content of ['', 'x'.repeat(10_001), 1, null]) {
      expectError(await served.send('POST', `/api/tasks/${id}/comments`, { content }), 'VALIDATION')
    }
    expect(await call('comments.list', { params: { id } })).toMatchObject({ comments: [] })
  })
})

describe('dependencies', () => {
  it('are added in either form, listed from both ends, and removed', async () => {
    const [a, b, c] = [await create(), await create(), await create()]
    const params = { id: a.id }
    const added = await call<{ dependencies: Thing[] }>('dependencies.add', {
      params,
      body: { dependsOnIds: [b.id] },
    })
    expect(added.dependencies).toEqual([
      { id: b.id, dependencyId: b.id, title: b.title, state: 'queued', deleted: false },
    ])
    await call('dependencies.add', { params, body: { dependsOnTaskId: c.id } })
    expect(
      (await call<{ dependencies: Thing[] }>('dependencies.list', { params })).dependencies,
    ).toHaveLength(2)
    expect(await call('dependencies.dependents', { params: { id: b.id } })).toMatchObject({
      dependents: [{ id: a.id, title: a.title }],
    })
    await call('dependencies.remove', { params: { id: a.id, depId: b.id } })
    await call('dependencies.remove', { params: { id: a.id, depId: c.id } })
    const again = await served.send('DELETE', `/api/tasks/${a.id}/dependencies/${b.id}`)
    expectError(again, 'DEPENDENCY_NOT_FOUND')
    expect(await call('dependencies.list', { params })).toEqual({ dependencies: [] })
  })

  it('never go in a circle, and are added all or none', async () => {
    const [a, b, c] = [await create(), await create(), await create()]
    const add = (id: string, dependsOnIds: string[]) =>
      served.send('POST', `/api/tasks/${id}/dependencies`, { dependsOnIds })
    expect((await add(a.id, [b.id])).status).toBe(201)
    expect((await add(b.id, [c.id])).status).toBe(201)
    expectError(await add(c.id, [a.id]), 'DEPENDENCY_CYCLE')
    expectError(await add(a.id, [a.id]), 'DEPENDENCY_CYCLE')
    const missing = '0199f000-2000-7000-8000-00000000ffff'
    expectError(await add(c.id, [missing]), 'VALIDATION')
    expectError(await add(c.id, []), 'VALIDATION')
    expect(await call('dependencies.list', { params: { id: c.id } })).toEqual({ dependencies: [] })
    const body = { prompt: 'x', repoUrl, dependsOn: [a.id, missing] }
    expectError(await served.send('POST', '/api/tasks', body), 'VALIDATION')
    await served.optio.database.pool.query(`update runs set state = 'completed' where id = $1`, [a.id])
    expectError(await add(a.id, [c.id]), 'INVALID_TRANSITION')
  })
})

it('every endpoint of what belongs to a task is asked for here', () => {
  expect(call.missing(['subtasks', 'comments', 'dependencies'])).toEqual([])
})
