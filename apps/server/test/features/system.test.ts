import { eq } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { attempts, events, runs, workspaces } from '../../src/database/schema/index.ts'
import { readEvents } from './support/event-reader.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const otherWorkspace = uuidv7()

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
  await optio.database.orm.insert(workspaces).values({ id: otherWorkspace, slug: 'other', name: 'Other' })
})
afterAll(() => optio.close())
afterEach(() => optio.client.system.unpause())

const pausesIn = async (workspaceId: string) => {
  const rows = await optio.database.orm.select().from(events).where(eq(events.workspaceId, workspaceId))
  return rows.map(({ type }) => type).filter((type) => type.startsWith('system:'))
}

describe('the system', () => {
  it('says its version, its load and who shares it', async () => {
    const { system } = await optio.client.system.get()
    expect(system).toEqual({ version: '9.9.9', paused: null, maxConcurrent: 0, running: 0, processes: 1 })
    const { repo } = await optio.connected()
    const task = await optio.task(repo)
    await optio.database.orm.insert(attempts).values({
      id: uuidv7(),
      workspaceId: task.workspaceId,
      runId: task.id,
      number: 1,
      reason: 'first',
      state: 'running',
      hostId: 'elsewhere',
      agentType: 'command',
    })
    expect((await optio.client.system.get()).system.running).toBe(1)
    await optio.database.orm.delete(attempts).where(eq(attempts.runId, task.id))
    await optio.database.orm.delete(runs).where(eq(runs.id, task.id))
  })

  it('is paused with who and why, and goes on when it is unpaused', async () => {
    const before = Date.now()
    const { system } = await optio.client.system.pause({ body: { reason: '  the budget is checked ' } })
    expect(system.paused).toMatchObject({ by: 'local', reason: 'the budget is checked' })
    expect(Date.parse(system.paused?.since ?? '')).toBeGreaterThan(before - 5_000)
    expect((await optio.client.system.get()).system).toEqual(system)
    expect((await optio.client.system.unpause()).system.paused).toBeNull()
    expect((await optio.client.system.get()).system.paused).toBeNull()
  })

  it('needs neither a body nor a reason to be paused', async () => {
    expect((await optio.client.system.pause()).system.paused).toMatchObject({ reason: null })
    await optio.client.system.unpause()
    const { status, body } = await optio.raw('/api/system/pause', { method: 'POST' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ system: { paused: { by: 'local', reason: null } } })
    await optio.client.system.unpause()
    const blank = await optio.client.system.pause({ body: { reason: ' \n ' } })
    expect(blank.system.paused).toMatchObject({ reason: null })
  })

  it('keeps the first pause when it is paused again, and tells of each change once', async () => {
    const told = (await pausesIn(otherWorkspace)).length
    const first = await optio.client.system.pause({ body: { reason: 'first' } })
    const both = await Promise.all([
      optio.client.system.pause({ body: { reason: 'second' } }),
      optio.client.system.pause(),
    ])
    for (const again of both) expect(again.system.paused).toEqual(first.system.paused)
    await Promise.all([optio.client.system.unpause(), optio.client.system.unpause()])
    expect((await pausesIn(otherWorkspace)).slice(told)).toEqual(['system:paused', 'system:unpaused'])
  })

  it('tells readers of every workspace that it is paused and goes on', async () => {
    const reader = await readEvents(optio.url)
    await optio.client.system.pause({ body: { reason: 'a look' } })
    expect(await reader.next('system:paused')).toMatchObject({ taskId: null, by: 'local', reason: 'a look' })
    await optio.client.system.unpause()
    expect(await reader.next('system:unpaused')).toMatchObject({ taskId: null, by: 'local' })
    expect(await pausesIn(otherWorkspace)).toContain('system:paused')
    await reader.close()
  })

  it('refuses a reason that cannot be stored, and is not paused then', async () => {
    for (const reason of ['1', '{}', '"a\\u0000b"', '"\\ud800"', `"${'x'.repeat(501)}"`]) {
      const { status, body } = await optio.raw('/api/system/pause', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"reason":${reason}}`,
      })
      expect([status, (body as { code: string }).code], reason).toEqual([400, 'VALIDATION'])
    }
    expect((await optio.client.system.get()).system.paused).toBeNull()
    expect((await optio.raw('/api/system', { method: 'POST' })).status).toBe(405)
  })

  it('says of a waiting task that it waits for an unpause', async () => {
    const { repo } = await optio.connected()
    const { id } = await optio.task(repo)
    await optio.client.system.pause({ body: { reason: 'maintenance' } })
    const { pendingReason, explanation } = await optio.client.tasks.get({ params: { id } })
    expect(pendingReason).toContain('maintenance')
    expect(explanation?.summary).toContain('paused')
    expect(pendingReason).toContain(explanation?.wouldChange[0])
  })
})
