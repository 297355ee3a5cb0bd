import { executed, type Repo } from '@optio/contract'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { runs } from '../../src/database/schema/index.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

async function put(id: string, columns: Partial<typeof runs.$inferInsert>): Promise<void> {
  await optio.database.orm.update(runs).set(columns).where(eq(runs.id, id))
}

describe('control of a task', () => {
  it('cancels, and then only starts again', async () => {
    const { id } = await optio.task(repo)
    const params = { id }
    const { tasks } = optio.client
    expect((await tasks.cancel({ params })).task.state).toBe('cancelled')
    const illegal = await Promise.all([
      failure(tasks.cancel({ params })),
      failure(tasks.resume({ params })),
      failure(tasks.forceRestart({ params })),
      failure(tasks.runNow({ params })),
      failure(tasks.edit({ params, body: { priority: 1 } })),
    ])
    for (const error of illegal) {
      expect(error).toMatchObject({ status: 409, code: 'INVALID_TRANSITION' })
      expect(error.message).toMatch(/\w{3,}/)
    }
    expect((await tasks.retry({ params })).task.state).toBe('queued')
    expect(await failure(tasks.retry({ params }))).toMatchObject({ status: 409, code: 'INVALID_TRANSITION' })
  })

  it('accepts an absent body, an empty one, null and a prompt', async () => {
    const { id } = await optio.task(repo)
    const resume = async (init: RequestInit) => {
      await put(id, { state: 'failed', nextLookAt: null })
      return await optio.raw(`/api/tasks/${id}/resume`, { method: 'POST', ...init })
    }
    const json = { 'content-type': 'application/json' }
    for (const init of [
      {},
      { body: '' },
      { body: '', headers: json },
      { body: 'null', headers: json },
      { body: '{}', headers: json },
      { body: '{"prompt":null}', headers: json },
      { body: '{"prompt":"Look at the tests"}', headers: json },
    ]) {
      const { status, body } = await resume(init)
      expect({ init, status, state: (body as { task?: { state: string } }).task?.state }).toEqual({
        init,
        status: 200,
        state: 'queued',
      })
    }
    const [row] = await optio.database.orm.select().from(runs).where(eq(runs.id, id))
    expect(row?.nextContext).toEqual({ personPrompt: 'Look at the tests' })
    expect((await resume({ body: '{"prompt":""}', headers: json })).status).toBe(400)
    expect((await resume({ body: '[]', headers: json })).status).toBe(400)
  })

  it('changes title, priority, metadata and budget; anything else is refused, and then nothing is changed', async () => {
    const task = await optio.task(repo, { title: 'Before', metadata: { a: 1 } })
    const { task: edited } = await optio.client.tasks.edit({
      params: { id: task.id },
      body: { title: 'After\nwards', priority: 1000, metadata: { b: 2 } },
    })
    const useless = {
      prompt: 'x',
      repoBranch: 'main',
      enabled: true,
      agentType: 'command',
      blocksParent: true,
    } as const
    for (const [field, value] of [...Object.entries(useless), ['title', null]] as const) {
      const body = { priority: 3, [field]: value }
      const error = await failure(optio.client.tasks.edit({ params: { id: task.id }, body }))
      expect(error).toMatchObject({ status: 400, code: 'VALIDATION' })
      expect(error.details).toMatchObject([{ path: `body.${field}` }])
    }
    expect(edited).toEqual({
      ...task,
      title: 'After wards',
      priority: 1000,
      metadata: { b: 2 },
      updatedAt: edited.updatedAt,
    })
    const raised = await optio.client.tasks.edit({ params: { id: task.id }, body: { budgetUsd: '2.5' } })
    expect(raised.task.budgetUsd).toBe('2.50')
    const uncapped = await optio.client.tasks.edit({ params: { id: task.id }, body: { budgetUsd: null } })
    expect(uncapped.task.budgetUsd).toBeNull()
    const { task: same } = await optio.client.tasks.edit({ params: { id: task.id }, body: {} })
    expect(same).toMatchObject({ title: 'After wards', priority: 1000 })
  })

  it('deletes', async () => {
    const { id } = await optio.task(repo)
    const { status, body } = await optio.raw(`/api/tasks/${id}`, { method: 'DELETE' })
    expect({ status, body }).toEqual({ status: 204, body: '' })
    expect((await failure(optio.client.tasks.get({ params: { id } }))).code).toBe('TASK_NOT_FOUND')
  })

  it('ends a backoff, which is then in the history of events', async () => {
    const { id } = await optio.task(repo)
    await put(id, { notBefore: new Date(Date.now() + 3_600_000) })
    const { task } = await optio.client.tasks.runNow({ params: { id } })
    expect(task.state).toBe('queued')
    const [row] = await optio.database.orm.select().from(runs).where(eq(runs.id, id))
    expect(row?.notBefore).toBeNull()
  })
})

describe('several tasks', () => {
  it('are reordered by position; those that no longer wait are left and not counted', async () => {
    const [a, b, c] = [await optio.task(repo), await optio.task(repo), await optio.task(repo)]
    await optio.client.tasks.cancel({ params: { id: b.id } })
    const taskIds = [c.id, b.id, a.id]
    expect(await optio.client.tasks.reorder({ body: { taskIds } })).toEqual({ ok: true, reordered: 2 })
    const priority = async (id: string) => (await optio.client.tasks.get({ params: { id } })).task.priority
    expect(await Promise.all(taskIds.map(priority))).toEqual([0, 100, 2])
    const unknown = '11111111-1111-1111-1111-111111111111'
    const error = await failure(optio.client.tasks.reorder({ body: { taskIds: [a.id, unknown] } }))
    expect(error).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
    expect(await priority(a.id)).toBe(2)
  })

  it('are retried when failed, and cancelled when active, and counted', async () => {
    await optio.client.tasks.retryFailed()
    await optio.client.tasks.cancelActive()
    const [failed, waiting, attention] = [
      await optio.task(repo),
      await optio.task(repo),
      await optio.task(repo),
    ]
    await put(failed.id, { state: 'failed', nextLookAt: null })
    await put(attention.id, { state: 'needs_attention', attentionCode: 'no_changes' })
    expect(await optio.client.tasks.retryFailed()).toEqual({ retried: 1 })
    expect(await optio.client.tasks.retryFailed()).toEqual({ retried: 0 })
    expect(await optio.client.tasks.cancelActive()).toEqual({ cancelled: 2 })
    const state = async (id: string) => executed(await optio.client.tasks.get({ params: { id } })).task.state
    expect(await Promise.all([failed.id, waiting.id, attention.id].map(state))).toEqual([
      'cancelled',
      'cancelled',
      'needs_attention',
    ])
    // What is counted may lag by a second.
    await vi.waitFor(
      async () =>
        expect((await optio.client.tasks.stats()).stats).toMatchObject({ queued: 0, needsAttention: 1 }),
      { timeout: 30_000, interval: 100 },
    )
  })
})
