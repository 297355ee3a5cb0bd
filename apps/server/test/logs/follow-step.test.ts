import { appendFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandAgent } from '@optio/agents'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { attempts } from '../../src/database/schema/index.ts'
import { engineLog } from '../../src/features/logs/engine-log.ts'
import type { LogEntry } from '../../src/features/logs/entry.ts'
import { LogHub } from '../../src/features/logs/hub.ts'
import { type FollowRequest, followStep } from '../../src/features/logs/ingest/follow-step.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'
import { eachPage } from '../../src/features/logs/queries.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'
import { eventually, liveAttempt, scratchDirectories } from './support.ts'

let scratch: TestDatabase
let database: Database
let bus: NotifyBus
let hub: LogHub
const scratchDirectory = scratchDirectories()

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  bus = await openNotifyBus({ database, log: quiet })
  hub = new LogHub(bus)
})
afterAll(async () => {
  hub.close()
  await bus.close()
  await scratch.drop()
})

/** Follows a step whose end the test decides. */
function following(attempt: FollowedAttempt, dir: string, options: Partial<FollowRequest> = {}) {
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const done = followStep(
    { database, hub, log: quiet },
    {
      attempt,
      dir,
      adapter: commandAgent,
      redact: (text) => text,
      ended,
      signal: new AbortController().signal,
      ...options,
    },
  )
  // Looked at by the test later.
  done.catch(() => undefined)
  return {
    done,
    finish: () => {
      end()
      return done
    },
  }
}

async function logOf({ runId, workspaceId }: FollowedAttempt): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  for await (const page of eachPage(database.orm, { id: runId, workspaceId }, 2 ** 24)) entries.push(...page)
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1))
  return entries
}

const rowOf = async ({ id }: FollowedAttempt) => {
  const [row] = await database.orm.select().from(attempts).where(eq(attempts.id, id))
  if (!row) throw new Error('no such attempt')
  return row
}

test('each line is one entry, in order, with its stream, as soon as it is complete; the last partial one at the end', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const follow = following(attempt, dir)
  await writeFile(join(dir, 'out'), 'first\n{"type":"thinking","content":"hm","metadata":{"a":1}}\npart')
  await writeFile(join(dir, 'err'), 'warning\r\n')
  await eventually(async () => (await logOf(attempt)).length === 3)
  await appendFile(join(dir, 'out'), 'ial\n\nno end')
  await eventually(async () => (await logOf(attempt)).length === 5)
  await follow.finish()
  const entries = (await logOf(attempt)).map(({ stream, logType, content, metadata, attempt: number }) => [
    stream,
    logType,
    content,
    metadata,
    number,
  ])
  expect(entries.filter(([stream]) => stream === 'stdout')).toEqual([
    ['stdout', 'text', 'first', null, 1],
    ['stdout', 'thinking', 'hm', { a: 1 }, 1],
    ['stdout', 'text', 'partial', null, 1],
    ['stdout', 'text', '', null, 1],
    ['stdout', 'text', 'no end', null, 1],
  ])
  expect(entries.filter(([stream]) => stream === 'stderr')).toEqual([['stderr', 'text', 'warning', null, 1]])
})

test('usage adds up exactly, and session, model and result are kept', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const usage = { type: 'usage', inputTokens: 3, outputTokens: 2, costUsd: 0.1, model: 'm-1' }
  const lines = [
    { type: 'session', sessionId: 's-1' },
    ...Array.from({ length: 1_000 }, () => usage),
    { type: 'result', summary: 'All\u0000 done' },
  ]
  await writeFile(join(dir, 'out'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  const told: bigint[] = []
  const { totals } = await following(attempt, dir, { onUsage: (total) => told.push(total) }).finish()
  expect(totals).toEqual({ inputTokens: 3_000, outputTokens: 2_000, cost: 100_000_000_000n })
  expect(told.at(-1)).toBe(totals.cost)
  expect(await rowOf(attempt)).toMatchObject({
    sessionId: 's-1',
    modelUsed: 'm-1',
    resultSummary: 'All␀ done',
    costUsd: '100.000000000',
    inputTokens: 3_000,
    costEstimated: false,
  })
  expect(await logOf(attempt)).toEqual([])
})

test('costs and tokens beyond what the columns hold stop there instead of stopping the log', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  await database.orm
    .update(attempts)
    .set({ costUsd: '99999999998.5', inputTokens: Number.MAX_SAFE_INTEGER - 5 })
    .where(eq(attempts.id, attempt.id))
  await writeFile(join(dir, 'out'), '{"type":"usage","inputTokens":10,"costUsd":"5"}\nhello')
  await following(attempt, dir).finish()
  expect(await rowOf(attempt)).toMatchObject({
    costUsd: '99999999999.000000000',
    inputTokens: Number.MAX_SAFE_INTEGER,
  })
  expect(await logOf(attempt)).toHaveLength(1)
})

test('binary output, NUL, broken escapes, deep nesting and endless lines do no harm', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
  const tearing = 'ä€😀'.repeat(200_000) // over 1 MiB, and no multiple of it
  await writeFile(
    join(dir, 'out'),
    Buffer.concat([
      everyByte,
      Buffer.from(
        '\n{"type":"text","content":"half \\ud83d and \\u0000","metadata":{"\\u0000":["\\udc00"]}}\n',
      ),
      Buffer.from(
        `{"type":"text","content":"deep","metadata":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}\n`,
      ),
      Buffer.from(`{"type":"text","content":"wide","metadata":{"a":"${'x'.repeat(300_000)}"}}\n`),
      Buffer.from(`{"type":"tool_result","content":"${'€'.repeat(100_000)}"}\n`),
      Buffer.from(tearing),
      Buffer.from('\nafter\n'),
    ]),
  )
  await following(attempt, dir).finish()
  const entries = await logOf(attempt)
  const byteLine = entries.splice(0, 2)
  expect(byteLine.map(({ content }) => content).join('\n')).toContain('␀')
  expect(entries[0]).toMatchObject({ content: 'half \ufffd and ␀', metadata: { '␀': ['\ufffd'] } })
  expect(entries[1]).toMatchObject({ content: 'deep', metadata: { notStored: expect.any(String) } })
  expect(entries[2]).toMatchObject({ content: 'wide', metadata: { notStored: expect.any(String) } })
  expect(entries[3]?.content).toMatch(/^€+\n\[cut by Optio: 37857 more bytes\]$/)
  const pieces = entries.slice(4, -1)
  expect(pieces.map(({ metadata }) => metadata?.longLine)).toEqual(['start', 'end'])
  expect(pieces.map(({ content }) => content).join('')).toBe(tearing)
  expect(entries.at(-1)).toMatchObject({ content: 'after', metadata: null })
})

test('a line longer than the limit is no message, however it is cut', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const start = 'x'.repeat(1024 * 1024)
  const follow = following(attempt, dir)
  await writeFile(join(dir, 'out'), `${start}{"type":"usage","costUsd":"5"}`)
  await eventually(async () => (await logOf(attempt)).length === 1)
  await appendFile(join(dir, 'out'), '\n{"type":"usage","costUsd":"0.5"}\n')
  const { totals } = await follow.finish()
  expect(totals.cost).toBe(500_000_000n)
  expect(await logOf(attempt)).toHaveLength(2)
})

test('characters that are torn between two writes come whole', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const text = 'grüße 😀 €\nzweite Zeile 漢字\n'
  await writeFile(join(dir, 'out'), '')
  const follow = following(attempt, dir)
  for (const byte of Buffer.from(text)) {
    await appendFile(join(dir, 'out'), Buffer.from([byte]))
    if (byte > 0x7f) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await follow.finish()
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(text.trimEnd().split('\n'))
})

test('a holder of an older generation stores nothing and is told so', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  await writeFile(join(dir, 'out'), 'one\n')
  const stale = following(attempt, dir)
  await eventually(async () => (await logOf(attempt)).length === 1)
  await database.orm.update(attempts).set({ generation: 2 }).where(eq(attempts.id, attempt.id))
  await appendFile(join(dir, 'out'), '{"type":"usage","costUsd":"1"}\ntwo\n')
  await expect(stale.done).rejects.toMatchObject({ code: 'FENCED' })
  expect(await logOf(attempt)).toHaveLength(1)
  expect((await rowOf(attempt)).costUsd).toBe('0.000000000')
  await following({ ...attempt, generation: 2 }, dir).finish()
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(['one', 'two'])
  expect((await rowOf(attempt)).costUsd).toBe('1.000000000')
})

test('an attempt that has ended takes no entries', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  await writeFile(join(dir, 'out'), 'late\n')
  await database.orm
    .update(attempts)
    .set({ state: 'succeeded', endedAt: new Date() })
    .where(eq(attempts.id, attempt.id))
  await expect(following(attempt, dir).finish()).rejects.toMatchObject({ code: 'FENCED' })
  expect(await logOf(attempt)).toEqual([])
})

test('two followers with the same generation neither lose nor double a line', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const follows = [following(attempt, dir), following(attempt, dir)]
  for (let i = 0; i < 40; i++) {
    await appendFile(join(dir, 'out'), `line ${i}\n`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await Promise.all(follows.map(({ finish }) => finish()))
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(
    Array.from({ length: 40 }, (_, i) => `line ${i}`),
  )
})

test('letting go leaves the rest to the next holder', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const letGo = new AbortController()
  await writeFile(join(dir, 'out'), 'one\ntwo')
  const first = following(attempt, dir, { signal: letGo.signal })
  await eventually(async () => (await logOf(attempt)).length === 1)
  letGo.abort(new Error('shutting down'))
  await expect(first.done).rejects.toThrow('shutting down')
  await appendFile(join(dir, 'out'), ' and a half\n')
  await following(attempt, dir).finish()
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(['one', 'two and a half'])
})

test('a file that a power cut made shorter is followed from its new end, and the log says so', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  await writeFile(join(dir, 'out'), 'one\ntwo\nthree\n')
  const first = following(attempt, dir)
  await eventually(async () => (await logOf(attempt)).length === 3)
  await truncate(join(dir, 'out'), 5)
  await eventually(async () => (await logOf(attempt)).length === 4)
  await appendFile(join(dir, 'out'), 'four\n')
  await first.finish()
  const entries = await logOf(attempt)
  expect(entries[3]).toMatchObject({
    stream: 'optio',
    logType: 'info',
    content: expect.stringContaining('9 bytes'),
  })
  expect(entries[4]?.content).toBe('four')
})

test('a database that goes away in between costs nothing but time', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const follow = following(attempt, dir)
  const lines = 200
  const cutter = (async () => {
    for (let i = 0; i < 8; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      await database.orm
        .execute(
          sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        )
        .catch(() => undefined)
    }
  })()
  for (let i = 0; i < lines; i++) {
    await appendFile(
      join(dir, 'out'),
      `{"type":"text","content":"${i}"}\n{"type":"usage","costUsd":"0.01"}\n`,
    )
    await new Promise((resolve) => setTimeout(resolve, 4))
  }
  await cutter
  const { totals } = await follow.finish()
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(
    Array.from({ length: lines }, (_, i) => String(i)),
  )
  expect(totals.cost).toBe(2_000_000_000n)
})

test('a full disk of the database stops nothing for good: all is stored when there is room', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  await database.pool.query(`
    create function no_room() returns trigger language plpgsql as $$
      begin raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$;
    create trigger no_room before insert on log_entries for each statement execute function no_room()`)
  await writeFile(join(dir, 'out'), '{"type":"usage","costUsd":"1"}\none\n')
  const follow = following(attempt, dir)
  await new Promise((resolve) => setTimeout(resolve, 250))
  await appendFile(join(dir, 'out'), 'two\n')
  expect((await rowOf(attempt)).stdoutOffset).toBe(0)
  await database.pool.query('drop trigger no_room on log_entries; drop function no_room')
  const { totals } = await follow.finish()
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(['one', 'two'])
  expect(totals.cost).toBe(1_000_000_000n)
})

test('what the engine says at the same time gets its own place among the agent’s lines', async () => {
  const attempt = await liveAttempt(database)
  const dir = await scratchDirectory()
  const run = { id: attempt.runId, workspaceId: attempt.workspaceId }
  const follow = following(attempt, dir)
  const engine = (async () => {
    for (let i = 0; i < 100; i++) {
      await database.transaction((tx) =>
        engineLog.append(tx, run, 1, [
          { logType: 'system', content: `a ${i}` },
          { logType: 'info', content: `b ${i}`, metadata: { i } },
        ]),
      )
    }
  })()
  for (let i = 0; i < 60; i++) {
    await appendFile(join(dir, 'out'), `line ${i}\n`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  await Promise.all([engine, follow.finish()])
  const entries = await logOf(attempt)
  expect(entries).toHaveLength(260)
  expect(entries.filter(({ stream }) => stream === 'stdout').map(({ content }) => content)).toEqual(
    Array.from({ length: 60 }, (_, i) => `line ${i}`),
  )
  expect(entries.filter(({ stream }) => stream === 'optio').map(({ content }) => content)).toEqual(
    Array.from({ length: 100 }, (_, i) => [`a ${i}`, `b ${i}`]).flat(),
  )
})

test('an engine transaction that is rolled back leaves no hole', async () => {
  const attempt = await liveAttempt(database)
  const run = { id: attempt.runId, workspaceId: attempt.workspaceId }
  const say = (content: string, fail: boolean) =>
    database.transaction(async (tx) => {
      await engineLog.append(tx, run, 0, [{ logType: 'info', content }])
      if (fail) throw new Error('changed my mind')
    })
  await say('one', false)
  await expect(say('never', true)).rejects.toThrow('changed my mind')
  await say('two', false)
  expect((await logOf(attempt)).map(({ content }) => content)).toEqual(['one', 'two'])
})
