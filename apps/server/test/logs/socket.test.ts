import { once } from 'node:events'
import { appendFile, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { commandAgent } from '@optio/agents'
import { logSocketFrame } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import WebSocket from 'ws'
import type { Database } from '../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { appendEvents } from '../../src/features/events/append.ts'
import { engineLog } from '../../src/features/logs/engine-log.ts'
import { LogHub } from '../../src/features/logs/hub.ts'
import { followStep } from '../../src/features/logs/ingest/follow-step.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'
import { registerLogSocket } from '../../src/features/logs/socket.ts'
import { buildApp } from '../../src/http/app.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'
import { eventually, liveAttempt, scratchDirectories } from './support.ts'

/** What one Optio process has of the log: two of them share the database. */
interface Side {
  readonly database: Database
  readonly bus: NotifyBus
  readonly hub: LogHub
  readonly app: FastifyInstance
  readonly port: number
}

let scratch: TestDatabase
let here: Side
let elsewhere: Side
const scratchDirectory = scratchDirectories()

beforeAll(async () => {
  scratch = await testDatabase()
  here = await openSide()
  elsewhere = await openSide()
})
afterAll(async () => {
  for (const side of [here, elsewhere]) {
    await side.app.close()
    side.hub.close()
    await side.bus.close()
  }
  await scratch.drop()
})

async function openSide(): Promise<Side> {
  const database = await scratch.open()
  const bus = await openNotifyBus({ database, log: quiet })
  const hub = new LogHub(bus)
  const app = buildApp({
    logger: pino({ level: 'silent' }),
    version: 'test',
    plugins: [async (scope) => registerLogSocket(scope, { database, hub, log: quiet })],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  return { database, bus, hub, app, port: (app.server.address() as AddressInfo).port }
}

type Seen = { seq: number; content: string } | { state: string }

/** A client that writes down what it is told. */
class Reader {
  readonly seen: Seen[] = []
  readonly frames: string[] = []
  readonly socket: WebSocket
  readonly closed: Promise<unknown[]>

  constructor(side: Side, runId: string, query = '') {
    this.socket = new WebSocket(`ws://127.0.0.1:${side.port}/ws/logs/${runId}?${query}`)
    this.closed = once(this.socket, 'close')
    this.socket.on('message', (data: Buffer) => {
      const frame = logSocketFrame.parse(JSON.parse(data.toString()))
      this.frames.push(frame.type)
      if (frame.type === 'task:state_changed') this.seen.push({ state: frame.toState })
      else this.seen.push(...(frame.type === 'task:logs' ? frame.entries : [frame]))
    })
  }

  get seqs(): number[] {
    return this.seen.flatMap((item) => ('seq' in item ? [item.seq] : []))
  }

  async close(): Promise<void> {
    this.socket.terminate()
    await this.closed
  }
}

const ascending = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

function follow(side: Side, attempt: FollowedAttempt, dir: string) {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = followStep(
    { database: side.database, hub: side.hub, log: quiet },
    {
      attempt,
      dir,
      adapter: commandAgent,
      redact: (text) => text,
      ended,
      signal: new AbortController().signal,
    },
  )
  return () => {
    end()
    return done
  }
}

const say = (side: Side, { runId: id, workspaceId }: FollowedAttempt, ...words: string[]) =>
  side.database.transaction((tx) =>
    engineLog.append(
      tx,
      { id, workspaceId },
      1,
      words.map((content) => ({ logType: 'info', content })),
    ),
  )

const change = (side: Side, { runId, workspaceId }: FollowedAttempt, toState: string) =>
  side.database.transaction((tx) =>
    appendEvents(tx, [
      {
        workspaceId,
        runId,
        type: 'task:state_changed',
        fromState: 'queued',
        toState,
        trigger: 'test',
        actor: 'optio',
      },
      { workspaceId, runId, type: 'task:pending_reason', actor: 'optio' },
    ]),
  )

test('a hundred readers get every entry once and in order, whenever they come and on whichever process', async () => {
  const attempt = await liveAttempt(here.database)
  const dir = await scratchDirectory()
  await writeFile(join(dir, 'out'), '')
  const finish = follow(here, attempt, dir)
  const readers: Reader[] = []
  const bursts = 50
  for (let burst = 0; burst < bursts; burst++) {
    // Torn lines and all; two new readers after each burst, one of them on the other process.
    await appendFile(join(dir, 'out'), `line ${burst} a\nline ${burst} b\nline ${burst} c\nli`)
    for (const side of [here, elsewhere]) {
      readers.push(new Reader(side, attempt.runId, burst % 3 === 0 ? '' : 'batch=1'))
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
    await appendFile(join(dir, 'out'), `ne ${burst} d\n`)
  }
  await finish()
  const expected = ascending(1, bursts * 4)
  for (const reader of readers) {
    await eventually(() => reader.seqs.length >= expected.length)
    expect(reader.seqs).toEqual(expected)
  }
  await Promise.all(readers.map((reader) => reader.close()))
})

test('a reader goes on after the seq it names', async () => {
  const attempt = await liveAttempt(here.database)
  await say(here, attempt, ...ascending(1, 2_500).map(String))
  const reader = new Reader(here, attempt.runId, 'after=1234&batch=1')
  await eventually(() => reader.seqs.length === 1_266)
  await say(here, attempt, 'live')
  await eventually(() => reader.seqs.length === 1_267)
  expect(reader.seqs).toEqual(ascending(1_235, 2_501))
  await reader.close()
})

test('without batch=1 each entry is a frame of its own, with all its fields', async () => {
  const attempt = await liveAttempt(here.database)
  await say(here, attempt, 'one', 'two')
  const reader = new Reader(here, attempt.runId)
  await eventually(() => reader.seqs.length === 2)
  await say(elsewhere, attempt, 'three')
  await eventually(() => reader.seqs.length === 3)
  expect(reader.frames).toEqual(['task:log', 'task:log', 'task:log'])
  expect(reader.seen[2]).toMatchObject({
    taskId: attempt.runId,
    seq: 3,
    attempt: 1,
    stream: 'optio',
    logType: 'info',
    content: 'three',
    metadata: null,
  })
  await reader.close()
})

test('changes of state come where they belong: after what was logged before them, before what came later', async () => {
  const attempt = await liveAttempt(here.database)
  const live = new Reader(elsewhere, attempt.runId, 'batch=1')
  await once(live.socket, 'open')
  const steps: Seen[] = []
  for (const [index, state] of ['provisioning', 'running', 'pr_opened'].entries()) {
    await say(here, attempt, `before ${state}`)
    await change(here, attempt, state)
    steps.push(expect.objectContaining({ seq: index + 1 }), { state })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await eventually(() => live.seen.length === 6)
  expect(live.seen).toEqual(steps)
  const late = new Reader(here, attempt.runId)
  const returning = new Reader(here, attempt.runId, 'after=2')
  await eventually(() => late.seen.length === 6 && returning.seen.length === 3)
  expect(late.seen).toEqual(steps)
  expect(returning.seen).toEqual(steps.slice(3))
  await Promise.all([live, late, returning].map((reader) => reader.close()))
})

test('changes of state of a run of a standalone task are told like those of any other', async () => {
  const attempt = await liveAttempt(here.database)
  const definition = await here.database.pool.query<{ id: string }>(
    `insert into blueprints (id, workspace_id, kind, name, prompt, agent_type, agent_command, max_retries, max_concurrent, created_by)
     values (gen_random_uuid(), $1, 'standalone', 'x', 'x', 'command', '["true"]', 1, 2, 'test') returning id`,
    [attempt.workspaceId],
  )
  await here.database.pool.query(
    `update runs set kind = 'standalone', repository_id = null, branch = null, blueprint_id = $2 where id = $1`,
    [attempt.runId, definition.rows[0]?.id],
  )
  const reader = new Reader(elsewhere, attempt.runId)
  await once(reader.socket, 'open')
  await change(here, attempt, 'completed')
  await eventually(() => reader.seen.length === 1)
  expect(reader.seen).toEqual([{ state: 'completed' }])
  await reader.close()
})

test('a reader that does not read is never buffered without bound, holds up nobody, and gets everything later', async () => {
  const attempt = await liveAttempt(here.database)
  const dir = await scratchDirectory()
  await writeFile(join(dir, 'out'), '')
  const finish = follow(here, attempt, dir)
  const slow = new Reader(here, attempt.runId, 'batch=1')
  const quick = new Reader(here, attempt.runId, 'batch=1')
  await Promise.all([once(slow.socket, 'open'), once(quick.socket, 'open')])
  slow.socket.pause()
  const line = `${'x'.repeat(20_000)}\n`
  let most = 0
  for (let i = 0; i < 60; i++) {
    await appendFile(join(dir, 'out'), line.repeat(25))
    await eventually(() => quick.seqs.length === (i + 1) * 25)
    for (const client of here.app.websocketServer.clients) most = Math.max(most, client.bufferedAmount)
  }
  // 30 MB were logged, of which the slow one took what the system's buffers hold.
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(4 * 1024 * 1024)
  slow.socket.resume()
  await finish()
  await eventually(() => slow.seqs.length === 1_500)
  expect(slow.seqs).toEqual(ascending(1, 1_500))
  expect(quick.seqs).toEqual(ascending(1, 1_500))
  await Promise.all([slow, quick].map((reader) => reader.close()))
})

test('a reader is served again after the database was away', async () => {
  const attempt = await liveAttempt(here.database)
  await say(here, attempt, 'one')
  const reader = new Reader(elsewhere, attempt.runId)
  await eventually(() => reader.seqs.length === 1)
  await here.database.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await say(here, attempt, 'two')
  await eventually(() => reader.seqs.length === 2)
  expect(reader.seqs).toEqual([1, 2])
  await reader.close()
})

test('an unknown task closes with 4404, and a malformed id or cursor is refused before the upgrade', async () => {
  const unknown = new Reader(here, '0199aaaa-0000-7000-8000-000000000000')
  expect((await unknown.closed)[0]).toBe(4404)
  for (const path of ['nonsense', '0199aaaa-0000-7000-8000-000000000000?after=-1']) {
    const socket = new WebSocket(`ws://127.0.0.1:${here.port}/ws/logs/${path}`)
    // Ending it is an error for the client: it was never open.
    socket.on('error', () => undefined)
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(400)
    socket.terminate()
  }
})
