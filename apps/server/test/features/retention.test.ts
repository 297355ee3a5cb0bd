import type { Repo } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import {
  events,
  idempotencyKeys,
  logEntries,
  logSignatures,
  runs,
  triggerFirings,
  triggers,
} from '../../src/database/schema/index.ts'
import { appendEvents } from '../../src/features/events/append.ts'
import { engineLog } from '../../src/features/logs/engine-log.ts'
import { hideLog } from '../../src/features/logs/prune.ts'
import { registerLogRoutes } from '../../src/features/logs/routes.ts'
import { LogIndex } from '../../src/features/logs/search/log-index.ts'
import { prune } from '../../src/features/retention/prune.ts'
import { quiet } from '../support/test-server.ts'
import { readEvents } from './support/event-reader.ts'
import { failure } from './support/failure.ts'
import { makeStandalone } from './support/kinds.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const DAY = 24 * 3_600_000

let optio: TestOptio
/** What the routes of logs are given. */
let logs: { readonly database: Database; readonly index: LogIndex }
let repo: Repo
beforeAll(async () => {
  optio = await startOptio([async (app) => registerLogRoutes(app, logs)], ({ database }) => {
    logs = { database, index: new LogIndex({ database, log: quiet }) }
    return {}
  })
  ;({ repo } = await optio.connected())
})
afterAll(async () => {
  await logs.index.close()
  await optio.close()
})
beforeEach(() => edit({ logsDays: null, eventsDays: null, deliveriesDays: null }))

const edit = (body: {
  logsDays?: number | null
  eventsDays?: number | null
  deliveriesDays?: number | null
}) => optio.client.system.editRetention({ body })
/** As if so many days had gone by. */
const after = (days: number) => prune(optio.context, Date.now() + days * DAY)

/** A task with `entries` in its log that ended now, or did not end. */
async function task(
  entries: number,
  state: 'completed' | 'failed' | 'queued' = 'completed',
): Promise<string> {
  const { id } = await optio.task(repo)
  const run = { id, workspaceId: repo.workspaceId }
  await optio.database.transaction(async (tx) => {
    const words = Array.from(
      { length: entries },
      (_, n) => ({ logType: 'info', content: `line ${n + 1}` }) as const,
    )
    await engineLog.append(tx, run, 1, words)
  })
  if (state !== 'queued') await end(id, state)
  return id
}

const end = (id: string, state: 'completed' | 'failed') =>
  optio.database.orm
    .update(runs)
    .set({ state, waitingOn: null, nextLookAt: null, completedAt: new Date() })
    .where(eq(runs.id, id))

const stored = (id: string) => optio.database.orm.$count(logEntries, eq(logEntries.runId, id))
const log = (id: string, query: object = {}) => optio.client.logs.list({ params: { id }, query })

describe('the settings of retention', () => {
  it('keep everything until somebody says otherwise, and are changed one by one', async () => {
    const events = await readEvents(optio.url)
    expect(await optio.client.system.retention()).toEqual({
      retention: { logsDays: null, eventsDays: null, deliveriesDays: null },
    })
    await edit({ logsDays: 30, deliveriesDays: 7 })
    const { retention } = await edit({ deliveriesDays: null, eventsDays: 90 })
    expect(retention).toEqual({ logsDays: 30, eventsDays: 90, deliveriesDays: null })
    expect(await optio.client.system.retention()).toEqual({ retention })
    expect(await events.next('system:retention_changed')).toMatchObject({ by: 'local', logsDays: 30 })
    await edit({})
    await edit({ logsDays: 30 })
    expect(events.frames.filter(({ type }) => type === 'system:retention_changed')).toHaveLength(2)
    await events.close()
  })

  it('are whole days', async () => {
    for (const logsDays of [0, -1, 1.5, '7', 40_000]) {
      const answer = await optio.raw('/api/system/retention', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ logsDays }),
      })
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION' } })
    }
    expect((await optio.client.system.retention()).retention.logsDays).toBeNull()
  })
})

describe('pruning logs', () => {
  it('takes those of tasks that ended long enough ago, and leaves a word in their place', async () => {
    const [old, unfinished] = [await task(3), await task(3, 'queued')]
    await after(100)
    expect(await stored(old)).toBe(3)
    await edit({ logsDays: 10 })
    await after(9)
    expect(await stored(old)).toBe(3)
    expect((await after(11)).logs).toBeGreaterThan(0)
    expect(await stored(unfinished)).toBe(3)
    expect(await stored(old)).toBe(1)
    const content = '3 entries were removed: logs of finished tasks are kept for 10 days.'
    const marker = {
      seq: 4,
      logType: 'system',
      stream: 'optio',
      content,
      metadata: { pruned: true, removed: 3 },
    }
    // Wherever somebody begins to read.
    for (const query of [
      {},
      { after: 1 },
      { after: 3 },
      { before: 5 },
      { logType: 'system' },
      { search: 'removed' },
    ]) {
      const answer = await log(old, query)
      expect(answer, JSON.stringify(query)).toMatchObject({ logs: [marker], hasMore: false, lastSeq: 4 })
    }
    for (const query of [{ after: 4 }, { before: 3 }, { search: 'line' }, { logType: 'info' }]) {
      expect(await log(old, query)).toMatchObject({ logs: [], hasMore: false })
    }
    const file = await optio.raw(`/api/tasks/${old}/logs/export?format=plaintext`)
    expect(String(file.body).trim().split('\n')).toEqual([expect.stringContaining(content)])
    // The same again finds nothing to do.
    expect((await after(12)).logs).toBe(0)
    expect(await log(old)).toMatchObject({ logs: [marker], lastSeq: 4 })
  })

  it('takes a long log whole, with what searches read of it, and one that grew afterwards again', async () => {
    const id = await task(12_000, 'queued')
    logs.index.grown(id, 12_000)
    await logs.index.settled()
    expect(await optio.database.orm.$count(logSignatures, eq(logSignatures.runId, id))).toBeGreaterThan(0)
    await end(id, 'failed')
    await edit({ logsDays: 1 })
    await after(2)
    expect(await stored(id)).toBe(1)
    expect(await optio.database.orm.$count(logSignatures, eq(logSignatures.runId, id))).toBe(0)
    await optio.database.transaction((tx) =>
      engineLog.append(tx, { id, workspaceId: repo.workspaceId }, 2, [
        { logType: 'info', content: 'again at work' },
        { logType: 'info', content: 'at work' },
      ]),
    )
    expect((await log(id, { limit: 2 })).logs.map(({ seq }) => seq)).toEqual([12_001, 12_002])
    expect((await log(id, { limit: 2, offset: 1 })).logs.map(({ seq }) => seq)).toEqual([12_002, 12_003])
    expect((await log(id, { before: 12_004, limit: 2 })).logs.map(({ seq }) => seq)).toEqual([12_002, 12_003])
    expect((await log(id, { search: 'at work' })).logs.map(({ seq }) => seq)).toEqual([12_002, 12_003])
    // Not before it has ended anew.
    expect((await after(3)).logs).toBe(0)
    await optio.database.orm
      .update(runs)
      .set({ completedAt: new Date(Date.now() + 10 * DAY) })
      .where(eq(runs.id, id))
    expect((await after(10.5)).logs).toBe(0)
    await after(12)
    expect((await log(id)).logs).toMatchObject([{ seq: 12_004, metadata: { removed: 3 } }])
  })

  it('goes on where a kill ended it', async () => {
    const id = await task(5)
    const run = { id, workspaceId: repo.workspaceId }
    await optio.database.transaction((tx) => hideLog(tx, engineLog, run, 'by age.'))
    // Nobody sees any more what is still stored.
    expect(await stored(id)).toBe(6)
    for (const query of [{}, { before: 7 }, { after: 2 }, { logType: 'info' }, { search: 'line' }]) {
      const seqs = (await log(id, query)).logs.map(({ seq }) => seq)
      expect(
        seqs.filter((seq) => seq < 6),
        JSON.stringify(query),
      ).toEqual([])
    }
    await edit({ logsDays: 1 })
    await after(2)
    expect(await stored(id)).toBe(1)
    expect((await log(id)).logs).toMatchObject([{ seq: 6, metadata: { removed: 5 } }])
  })

  it('leaves an empty log empty', async () => {
    const id = await task(0)
    await edit({ logsDays: 1 })
    await after(2)
    expect(await log(id)).toMatchObject({ logs: [], lastSeq: 0 })
  })
})

describe('pruning events', () => {
  const record = async (runId: string | null, message: string) => {
    await optio.database.transaction((tx) =>
      appendEvents(tx, [
        { workspaceId: repo.workspaceId, runId, type: 'task:edited', message, actor: 'test' },
      ]),
    )
    const [row] = await optio.database.orm.select().from(events).where(eq(events.message, message))
    return row?.id ?? -1
  }
  const kept = async (message: string) =>
    (await optio.database.orm.$count(events, eq(events.message, message))) === 1

  it('takes old ones of what is finished, and tells readers with an older cursor that they missed some', async () => {
    const [done, open] = [await task(0), await task(0, 'queued')]
    const first = await record(open, 'of an open task')
    const second = await record(done, 'of a task that is done')
    await record(null, 'of no task')
    await edit({ eventsDays: 30 })
    await after(29)
    expect(await kept('of a task that is done')).toBe(true)
    const before = await readEvents(optio.url, `?after=${first - 1}`)
    await before.next('task:edited')
    expect(before.frames.map(({ type }) => type)).not.toContain('events:missed')
    await before.close()

    expect((await after(31)).events).toBeGreaterThan(0)
    expect([
      await kept('of an open task'),
      await kept('of a task that is done'),
      await kept('of no task'),
    ]).toEqual([true, false, false])
    const late = await readEvents(optio.url, `?after=${first - 1}`)
    const missed = await late.next('events:missed')
    expect(missed).toMatchObject({ id: String(first - 1), taskId: null, message: expect.any(String) })
    expect(Number(missed.prunedTo)).toBeGreaterThanOrEqual(second)
    expect(await late.next('task:edited', open)).toMatchObject({ message: 'of an open task' })
    expect(late.frames[0]).toBe(missed)
    expect(late.frames.filter(({ type }) => type === 'events:missed')).toHaveLength(1)
    await late.close()

    // Whoever has seen the last that was removed, or begins now, missed nothing.
    const next = await record(null, 'after all that')
    const known = await readEvents(optio.url, `?after=${missed.prunedTo}`)
    await known.next('task:edited')
    expect(known.frames.at(-1)).toMatchObject({ id: String(next) })
    expect(known.frames.map(({ type }) => type)).not.toContain('events:missed')
    await known.close()
  })

  it('takes many in steps', async () => {
    const id = await task(0)
    await optio.database.orm.execute(sql`
      insert into events (workspace_id, run_id, type, actor)
      select ${repo.workspaceId}, ${id}, 'cost:updated', 'optio' from generate_series(1, 5000)`)
    await edit({ eventsDays: 1 })
    expect((await after(2)).events).toBeGreaterThanOrEqual(5000)
    expect(await optio.database.orm.$count(events, eq(events.runId, id))).toBe(0)
    // The task itself is still there.
    expect((await optio.client.tasks.get({ params: { id } })).task.id).toBe(id)
  })
})

describe('pruning deliveries', () => {
  it('takes firings that came to something, never those that wait', async () => {
    const { definitionId, runId } = await makeStandalone(optio, repo)
    const triggerId = uuidv7()
    const { workspaceId } = repo
    await optio.database.orm
      .insert(triggers)
      .values({ id: triggerId, workspaceId, blueprintId: definitionId, type: 'manual', config: {} })
    for (const state of ['started', 'skipped', 'failed', 'waiting'] as const) {
      await optio.database.orm.insert(triggerFirings).values({
        ...{ id: uuidv7(), workspaceId, triggerId, key: state, state },
        ...(state === 'started' ? { runId } : {}),
        ...(state === 'waiting' ? {} : { settledAt: new Date() }),
      })
    }
    await after(400)
    const states = async () =>
      (await optio.database.orm.select().from(triggerFirings)).map(({ state }) => state)
    expect(await states()).toHaveLength(4)
    await edit({ deliveriesDays: 7 })
    expect((await after(6)).firings).toBe(0)
    expect((await after(8)).firings).toBe(3)
    expect(await states()).toEqual(['waiting'])
  })

  it('takes deliveries of a forge that were worked on, never those that wait', async () => {
    await optio.database.pool.query(
      `insert into webhook_deliveries (id, event, state, received_at)
       select state, 'push', state, now() from unnest(array['done', 'ignored', 'failed', 'received']) state`,
    )
    await edit({ deliveriesDays: 7 })
    expect((await after(6)).deliveries).toBe(0)
    expect((await after(8)).deliveries).toBe(3)
    const { rows } = await optio.database.pool.query('select id from webhook_deliveries')
    expect(rows).toEqual([{ id: 'received' }])
  })

  it('takes keys of requests after a day, whatever is set', async () => {
    await optio.database.orm.insert(idempotencyKeys).values({
      ...{
        workspaceId: repo.workspaceId,
        userId: 'local',
        key: 'k',
        route: 'POST /api/tasks',
        bodyHash: 'x',
      },
      ...{ resourceId: uuidv7(), leasedUntil: new Date() },
    })
    expect((await after(0.99)).keys).toBe(0)
    expect((await after(1.01)).keys).toBe(1)
  })
})

it('a log of what is not executed is refused as such', async () => {
  const { definitionId } = await makeStandalone(optio, repo)
  expect(await failure(log(definitionId))).toMatchObject({ status: 405, code: 'WRONG_TASK_TYPE' })
})
