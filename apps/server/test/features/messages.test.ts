import type { Repo, Task } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attempts, runs, taskMessages } from '../../src/database/schema/index.ts'
import { listMessagesQuery } from '../../src/features/messages/queries.ts'
import { repoBlueprint } from './support/definitions.ts'
import { readEvents } from './support/event-reader.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'
import { planOf } from './support/plan.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

/** A task whose agent works, supervised on another host, so that nothing here delivers anything. */
async function working(change: Partial<typeof attempts.$inferInsert> = {}): Promise<Task> {
  const task = await optio.task(repo)
  await optio.database.orm.insert(attempts).values({
    ...{ id: task.id, workspaceId: repo.workspaceId, runId: task.id, number: 1, reason: 'first' },
    ...{ state: 'running', hostId: 'another', agentType: 'claude-code', takesMessages: true },
    ...change,
  })
  await optio.database.orm.update(runs).set({ state: 'running' }).where(eq(runs.id, task.id))
  return task
}

const send = (task: Pick<Task, 'id'>, content = 'Hello?', mode?: 'soft' | 'interrupt') =>
  optio.client.messages.send({ params: { id: task.id }, body: { content, ...(mode ? { mode } : {}) } })
const list = (task: Pick<Task, 'id'>, query: { limit?: number; cursor?: string } = {}) =>
  optio.client.messages.list({ params: { id: task.id }, query })

describe('messages to an agent', () => {
  it('are taken at once, wait for delivery in their order, and are told as events', async () => {
    const task = await working()
    const events = await readEvents(optio.url)
    const first = (await send(task, 'One\n<b>two</b> 🙂')).message
    expect(first).toMatchObject({ taskId: task.id, author: 'local', mode: 'soft', state: 'pending' })
    const second = (await send(task, 'Stop that.', 'interrupt')).message
    expect(await list(task)).toMatchObject({ messages: [first, second], canSend: true, why: null })
    expect(await events.next('task:message', task.id)).toMatchObject({
      ...{ messageId: first.id, author: 'local', mode: 'soft', state: 'pending' },
      message: 'One\n<b>two</b> 🙂',
    })
    await events.close()
    const rows = await optio.database.orm
      .select()
      .from(taskMessages)
      .where(eq(taskMessages.runId, task.id))
      .orderBy(taskMessages.number)
    expect(rows.map(({ number, id }) => [number, id])).toEqual([
      [1, first.id],
      [2, second.id],
    ])
  })

  it('are numbered without gaps and doubles when many are sent at once', async () => {
    const task = await working()
    await Promise.all(Array.from({ length: 20 }, (_, n) => send(task, `number ${n}`)))
    const { rows } = await optio.database.orm.execute<{ n: number }>(
      sql`select number as n from task_messages where run_id = ${task.id} order by number`,
    )
    expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  })

  it('are listed page by page, the oldest first, by an index', async () => {
    const task = await working()
    for (const n of [1, 2, 3]) await send(task, `${n}`)
    const first = await list(task, { limit: 2 })
    expect(first.messages.map(({ content }) => content)).toEqual(['1', '2'])
    expect(first.hasMore).toBe(true)
    const rest = await list(task, { limit: 2, cursor: first.nextCursor ?? '' })
    expect(rest.messages.map(({ content }) => content)).toEqual(['3'])
    await optio.database.orm.execute(sql`set enable_seqscan = off`)
    const ref = { workspaceId: repo.workspaceId, runId: task.id }
    const plan = await planOf(optio.database.orm, listMessagesQuery(optio.database.orm, ref, { limit: 50 }))
    expect(plan).toMatch(/task_messages_of_run/)
    expect(plan).not.toMatch(/Seq Scan/)
  })

  it.each([
    ['no agent works', null, 409, 'INVALID_TRANSITION', /No agent works/],
    ['it ended', { state: 'succeeded', endedAt: new Date() }, 409, 'INVALID_TRANSITION', /No agent works/],
    [
      'it starts only now',
      { state: 'starting', takesMessages: false },
      409,
      'INVALID_TRANSITION',
      /not started/,
    ],
    ['it is being stopped', { stopRequested: 'cancel' }, 409, 'INVALID_TRANSITION', /being stopped/],
    ['it is done', { inputClosedAt: new Date() }, 422, 'MESSAGES_NOT_TAKEN', /is done/],
    ['it hears its prompt alone', { agentType: 'command' }, 422, 'MESSAGES_NOT_TAKEN', /of type command/],
    [
      'it was launched by an older Optio',
      { takesMessages: false },
      422,
      'MESSAGES_NOT_TAKEN',
      /takes no messages/,
    ],
  ] as const)('are refused, and not stored, when %s', async (_, change, status, code, words) => {
    const task = change === null ? await optio.task(repo) : await working(change)
    const refused = await failure(send(task))
    expect(refused).toMatchObject({ status, code })
    expect(refused.message).toMatch(words)
    if (code === 'INVALID_TRANSITION') expect(refused.details).toMatchObject({ legal: ['running'] })
    expect(await list(task)).toMatchObject({
      messages: [],
      canSend: false,
      why: expect.stringMatching(words),
    })
  })

  it('are refused for what is no task, and for a definition', async () => {
    const nobody = { id: '00000000-0000-4000-8000-000000000000' }
    const definition = await repoBlueprint(optio, repo.repoUrl)
    for (const call of [send, list]) {
      expect(await failure(call(nobody))).toMatchObject({ status: 404, code: 'TASK_NOT_FOUND' })
      expect(await failure(call(definition))).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
    }
  })

  it.each([{}, { content: '' }, { content: 'x'.repeat(65_537) }, { content: 'x', mode: 'loud' }])(
    'are refused when they are none (%#)',
    async (body) => {
      const task = await working()
      const answer = await optio.raw(`/api/tasks/${task.id}/message`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
      expect((await list(task)).messages).toEqual([])
    },
  )

  it('are taken once for a key', async () => {
    const task = await working()
    const request = () =>
      optio.raw(`/api/tasks/${task.id}/message`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'said-once' },
        body: JSON.stringify({ content: 'Once.' }),
      })
    const [first, second] = [await request(), await request()]
    expect([first.status, second.status]).toEqual([202, 202])
    expect(second.body).toEqual(first.body)
    expect((await list(task)).messages).toHaveLength(1)
  })
})
