import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { eventFrame } from '@optio/contract'
import { sql } from 'drizzle-orm'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket, { WebSocketServer } from 'ws'
import type { Database } from '../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { workspaces } from '../../src/database/schema/index.ts'
import { DEFAULT_WORKSPACE_ID } from '../../src/database/schema/workspaces.ts'
import { appendEvents, type NewEvent } from '../../src/features/events/append.ts'
import { EventHub } from '../../src/features/events/hub.ts'
import { readEvents, readRunEvents } from '../../src/features/events/read.ts'
import { registerEventSocket } from '../../src/features/events/socket.ts'
import { SocketOutlet } from '../../src/features/events/socket-outlet.ts'
import { buildApp } from '../../src/http/app.ts'
import { eventually, liveAttempt } from '../logs/support.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'

let scratch: TestDatabase
let database: Database
let bus: NotifyBus
let hub: EventHub
let app: FastifyInstance
let port: number
const otherWorkspace = uuidv7()

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  await database.orm.insert(workspaces).values({ id: otherWorkspace, slug: 'other', name: 'Other' })
  bus = await openNotifyBus({ database, log: quiet })
  hub = new EventHub({ database, bus, log: quiet })
  app = buildApp({
    logger: pino({ level: 'silent' }),
    version: 'test',
    plugins: [async (scope) => registerEventSocket(scope, { database, hub, log: quiet })],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await app.close()
  hub.close()
  await bus.close()
  await scratch.drop()
})

const event = (message: string, more: Partial<NewEvent> = {}): NewEvent => ({
  workspaceId: DEFAULT_WORKSPACE_ID,
  runId: null,
  type: 'task:comment',
  message,
  actor: 'test',
  ...more,
})

const record = (...events: NewEvent[]) => database.transaction((tx) => appendEvents(tx, events))

function connect(query = '') {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/events${query}`)
  const frames: ReturnType<typeof eventFrame.parse>[] = []
  socket.on('message', (data: Buffer) => frames.push(eventFrame.parse(JSON.parse(data.toString()))))
  return {
    socket,
    frames,
    messages: () => frames.map(({ message }) => message),
    async close() {
      socket.terminate()
      if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close')
    },
  }
}

const lastId = async () =>
  Math.max(0, ...(await readEvents(database.orm, DEFAULT_WORKSPACE_ID, 0, 100_000)).map(({ id }) => id))

test('ids ascend in the order of commit: a reader that goes on after an id misses none, with many writers at once', async () => {
  const start = await lastId()
  let writing = true
  const seen: number[] = []
  const reading = (async () => {
    let after = start
    for (;;) {
      const last = !writing
      const rows = await readEvents(database.orm, DEFAULT_WORKSPACE_ID, after, 1_000)
      seen.push(...rows.map(({ id }) => id))
      after = rows.at(-1)?.id ?? after
      if (last) return
    }
  })()
  await Promise.all(
    Array.from({ length: 6 }, async (_, writer) => {
      for (let i = 0; i < 25; i++) {
        await database
          .transaction(async (tx) => {
            await tx.execute(sql`select pg_sleep(${Math.random() / 500})`)
            await appendEvents(tx, [event(`${writer} ${i} a`), event(`${writer} ${i} b`)])
            if (i % 5 === 4) throw new Error('rolled back')
          })
          .catch(() => undefined)
      }
    }),
  )
  writing = false
  await reading
  const stored = await readEvents(database.orm, DEFAULT_WORKSPACE_ID, start, 1_000)
  expect(stored).toHaveLength(6 * 20 * 2)
  expect(seen).toEqual(stored.map(({ id }) => id))
})

test('an event recorded by a transaction that fails is never seen', async () => {
  const reader = connect()
  await once(reader.socket, 'open')
  await expect(
    database.transaction(async (tx) => {
      await appendEvents(tx, [event('never')])
      throw new Error('changed my mind')
    }),
  ).rejects.toThrow('changed my mind')
  await eventually(async () => {
    await record(event('once'))
    return reader.frames.length > 0
  })
  expect(reader.messages()).not.toContain('never')
  await reader.close()
})

test('events of a run are its history, in order', async () => {
  const { runId, workspaceId } = await liveAttempt(database)
  await record(
    event('one', { runId, type: 'task:created', toState: 'queued' }),
    event('elsewhere'),
    event('two', {
      runId,
      type: 'task:state_changed',
      fromState: 'queued',
      toState: 'running',
      trigger: 'claimed',
    }),
  )
  const history = await readRunEvents(database.orm, { id: runId, workspaceId })
  expect(history.map(({ message }) => message)).toEqual(['one', 'two'])
  expect(history[1]).toMatchObject({
    fromState: 'queued',
    toState: 'running',
    trigger: 'claimed',
    actor: 'test',
  })
  expect(await readRunEvents(database.orm, { id: runId, workspaceId: otherWorkspace })).toEqual([])
})

test('a reader gets what it missed after its cursor and then what comes, once and in order', async () => {
  const after = await lastId()
  for (let i = 0; i < 450; i += 50) {
    await record(...Array.from({ length: 50 }, (_, index) => event(String(i + index))))
  }
  const reader = connect(`?after=${after}`)
  for (let i = 450; i < 500; i++) await record(event(String(i)))
  await eventually(() => reader.frames.length >= 500)
  expect(reader.messages()).toEqual(Array.from({ length: 500 }, (_, index) => String(index)))
  const middle = reader.frames[249]
  const resumed = connect(`?after=${middle?.id}`)
  await eventually(() => resumed.frames.length >= 250)
  expect(resumed.frames).toEqual(reader.frames.slice(250))
  await Promise.all([reader.close(), resumed.close()])
})

test('a frame says what happened, and data cannot pretend to be another event', async () => {
  const { runId } = await liveAttempt(database)
  const after = await lastId()
  await record(
    event('moved', {
      runId,
      type: 'task:state_changed',
      fromState: 'running',
      toState: 'failed',
      trigger: 'exit',
      data: { costUsd: '1.85', type: 'forged', workspaceId: 'forged' },
    }),
  )
  const reader = connect(`?after=${after}`)
  await eventually(() => reader.frames.length === 1)
  expect(reader.frames[0]).toEqual({
    id: expect.stringMatching(/^\d+$/),
    type: 'task:state_changed',
    at: expect.stringMatching(/Z$/),
    workspaceId: DEFAULT_WORKSPACE_ID,
    taskId: runId,
    fromState: 'running',
    toState: 'failed',
    trigger: 'exit',
    message: 'moved',
    costUsd: '1.85',
  })
  await reader.close()
})

test('another workspace’s events are never shown', async () => {
  const after = await lastId()
  const reader = connect(`?after=${after}`)
  await record(event('theirs', { workspaceId: otherWorkspace }), event('ours'))
  await record(event('theirs again', { workspaceId: otherWorkspace }))
  await record(event('ours again'))
  await eventually(() => reader.frames.length >= 2)
  expect(reader.messages()).toEqual(['ours', 'ours again'])
  await reader.close()
})

test('an unreadable cursor is refused before the upgrade', async () => {
  for (const cursor of ['x', '-1', '%00', '9'.repeat(50)]) {
    const { socket } = connect(`?after=${cursor}`)
    socket.on('error', () => undefined)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(400)
    socket.terminate()
  }
})

test('a reader that vanished without a word is let go; one that answers pings is kept', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  server.on('connection', (socket) => new SocketOutlet(socket, { pingMs: 40 }))
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const dead = new WebSocket(url, { autoPong: false })
  const alive = new WebSocket(url)
  let pings = 0
  alive.on('ping', () => {
    pings += 1
  })
  await once(dead, 'close')
  await eventually(() => pings >= 4)
  expect(alive.readyState).toBe(WebSocket.OPEN)
  alive.terminate()
  server.close()
})
