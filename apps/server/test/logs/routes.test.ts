import { LOG_TYPES, logList } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { engineLog, type OwnWords } from '../../src/features/logs/engine-log.ts'
import { exportLog } from '../../src/features/logs/export.ts'
import type { FollowedAttempt } from '../../src/features/logs/ingest/progress.ts'
import { lastLogSummary } from '../../src/features/logs/last-entry.ts'
import { readLog } from '../../src/features/logs/queries.ts'
import { registerLogRoutes } from '../../src/features/logs/routes.ts'
import { LogIndex } from '../../src/features/logs/search/log-index.ts'
import { buildApp } from '../../src/http/app.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { liveAttempt } from './support.ts'

let scratch: TestDatabase
let database: Database
let app: FastifyInstance
let index: LogIndex
let attempt: FollowedAttempt

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  index = new LogIndex({ database, log: pino({ level: 'silent' }) })
  app = buildApp({
    logger: pino({ level: 'silent' }),
    version: 'test',
    plugins: [async (scope) => registerLogRoutes(scope, { database, index })],
  })
  attempt = await liveAttempt(database)
  const words: OwnWords[] = Array.from({ length: 1_200 }, (_, index) => ({
    logType: index % 10 === 9 ? 'error' : 'info',
    content: `Entry ${index + 1} ${index === 499 ? '100%_\\ odd' : ''}`,
  }))
  await say(attempt, words)
})
afterAll(async () => {
  await app.close()
  await index.close()
  await scratch.drop()
})

const say = ({ runId: id, workspaceId }: FollowedAttempt, words: readonly OwnWords[]) =>
  database.transaction((tx) => engineLog.append(tx, { id, workspaceId }, 1, words))

async function get(query: string, id = attempt.runId) {
  const response = await app.inject({ url: `/api/tasks/${id}/logs${query}`, headers: { host: 'localhost' } })
  return { status: response.statusCode, headers: response.headers, text: response.body }
}

async function list(query: string, id = attempt.runId) {
  const { status, text } = await get(query, id)
  expect(status).toBe(200)
  const answer = logList.parse(JSON.parse(text))
  return { ...answer, seqs: answer.logs.map(({ seq }) => seq) }
}

/** Rows of the log that Postgres reads for a query, by its own count. `single` has one connection, since each counts for itself. */
async function rowsLookedAt(single: Database, query: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    await single.pool.query('select pg_stat_force_next_flush()')
    const { rows } = await single.pool.query(
      `select (seq_tup_read + idx_tup_fetch)::int as n from pg_stat_user_tables where relname = 'log_entries'`,
    )
    return rows[0].n as number
  }
  const before = await count()
  await query()
  return (await count()) - before
}

const ascending = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('reading a log', () => {
  test.each([
    ['', ascending(1, 200), '200'],
    ['?limit=3', [1, 2, 3], '3'],
    ['?limit=3&after=10', [11, 12, 13], '13'],
    ['?limit=3&before=10', [7, 8, 9], '7'],
    ['?limit=3&after=10&offset=5', [16, 17, 18], '18'],
    ['?limit=3&before=10&offset=5', [2, 3, 4], '2'],
    ['?limit=10000', ascending(1, 1_200), null],
    ['?after=1198', [1_199, 1_200], null],
    ['?before=3', [1, 2], null],
    ['?before=1', [], null],
    ['?limit=2&before=999999', [1_199, 1_200], '1199'],
    ['?limit=2&logType=error&before=999999', [1_190, 1_200], '1190'],
    ['?limit=2&logType=error&offset=3', [40, 50], '50'],
    ['?logType=thinking', [], null],
    ['?after=5000', [], null],
    ['?limit=2&logType=error', [10, 20], '20'],
    ['?limit=2&type=error&after=20', [30, 40], '40'],
    ['?search=entry%20120', [120, 1_200], null],
    ['?search=100%25_%5C%20ODD', [500], null],
    ['?search=%25', [500], null],
    ['?search=_', [500], null],
  ])('%s is ascending and says how to go on', async (query, seqs, nextCursor) => {
    expect(await list(query)).toMatchObject({ seqs, nextCursor, hasMore: nextCursor !== null })
  })

  test('every page says how long the whole log is', async () => {
    expect(await list('?limit=3&before=10')).toMatchObject({ lastSeq: 1_200 })
    expect(await list('?search=nowhere')).toMatchObject({ logs: [], hasMore: false, lastSeq: 1_200 })
    expect(await list('', (await liveAttempt(database)).runId)).toMatchObject({ logs: [], lastSeq: 0 })
  })

  test('a page of one type is found however rare the type is, in steps that grow', async () => {
    const long = await liveAttempt(database)
    const rare = [1, 9_000, 30_000, 30_001]
    await say(
      long,
      Array.from({ length: 30_001 }, (_, index) => ({
        logType: rare.includes(index + 1) ? 'error' : 'info',
        content: String(index),
      })),
    )
    expect((await list('?logType=error', long.runId)).seqs).toEqual(rare)
    expect(await list('?logType=error&limit=2', long.runId)).toMatchObject({
      seqs: rare.slice(0, 2),
      hasMore: true,
    })
    expect((await list('?logType=error&before=30001&limit=3', long.runId)).seqs).toEqual(rare.slice(0, 3))
  })

  test('a page of a long log costs the same wherever it is', async () => {
    const long = await liveAttempt(database)
    await say(
      long,
      Array.from({ length: 20_000 }, (_, index) => ({ logType: 'info', content: String(index) })),
    )
    const run = { id: long.runId, workspaceId: long.workspaceId }
    const single = await scratch.open({ poolSize: 1 })
    for (const query of [{ after: 100 }, { after: 100, offset: 15_000 }, { before: 19_900 }]) {
      const rows = await rowsLookedAt(single, () =>
        readLog(single.orm, run, { limit: 100, maxBytes: 10_000, ...query }),
      )
      expect(rows).toBeGreaterThanOrEqual(100)
      expect(rows).toBeLessThan(250)
    }
  })

  test('the last entry is known, on one short line', async () => {
    const talking = await liveAttempt(database)
    expect(await lastLogSummary(database.orm, talking.runId)).toBeNull()
    await say(talking, [
      { logType: 'info', content: 'first' },
      { logType: 'info', content: ` the\n last ${'x'.repeat(2_000)}` },
    ])
    expect(await lastLogSummary(database.orm, talking.runId)).toBe(`the last ${'x'.repeat(191)}`)
  })

  test('an entry has all its fields', async () => {
    const { logs } = await list('?limit=1')
    expect(logs).toEqual([
      {
        id: `${attempt.runId}:1`,
        taskId: attempt.runId,
        seq: 1,
        attempt: 1,
        stream: 'optio',
        logType: 'info',
        content: 'Entry 1 ',
        metadata: null,
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ])
  })

  test('an answer is bounded in bytes, too, and the rest follows with nextCursor', async () => {
    const large = await liveAttempt(database)
    for (let i = 0; i < 12; i++)
      await say(large, [{ logType: 'info', content: String(i).padEnd(1_000_000, 'x') }])
    const seqs: number[] = []
    let after: string | null = '0'
    let answers = 0
    while (after !== null) {
      const answer = await list(`?limit=10000&after=${after}`, large.runId)
      answers += 1
      seqs.push(...answer.seqs)
      after = answer.nextCursor
    }
    expect(seqs).toEqual(ascending(1, 12))
    expect(answers).toBe(2)
  })

  test.each([
    ['?limit=0'],
    ['?limit=10001'],
    ['?limit=ten'],
    ['?after=-1'],
    ['?after=1&before=5'],
    ['?after=99999999999999999999'],
    ['?offset=-1'],
    ['?search=%00'],
    ['?search='],
    ['?logType=nonsense'],
  ])('%s is a 400 that says why', async (query) => {
    const { status, text } = await get(query)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ code: 'VALIDATION', error: expect.any(String) })
  })

  test('another’s or nobody’s task is 404, and a malformed id 400', async () => {
    expect((await get('', '0199aaaa-0000-7000-8000-000000000000')).status).toBe(404)
    expect((await get('', 'nonsense')).status).toBe(400)
    expect((await get('/export', '0199aaaa-0000-7000-8000-000000000000')).status).toBe(404)
  })

  test('every type an agent may use is a type of the wire', async () => {
    const agents = await import('@optio/agents')
    expect([...agents.LOG_TYPES].sort()).toEqual([...LOG_TYPES].sort())
  })
})

describe('exporting a log', () => {
  test('as JSON it is one document with every entry', async () => {
    const { status, headers, text } = await get('/export')
    expect(status).toBe(200)
    expect(headers['content-disposition']).toBe(`attachment; filename="optio-log-${attempt.runId}.json"`)
    const document = JSON.parse(text)
    expect(document.taskId).toBe(attempt.runId)
    expect(document.logs.map(({ seq }: { seq: number }) => seq)).toEqual(ascending(1, 1_200))
  })

  test('an empty log is a document, too', async () => {
    const empty = await liveAttempt(database)
    expect(JSON.parse((await get('/export', empty.runId)).text)).toEqual({ taskId: empty.runId, logs: [] })
  })

  test('as plain text it is a line for each entry', async () => {
    const { headers, text } = await get('/export?format=plaintext')
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(1_200)
    expect(lines[11]).toMatch(/^\S+Z \[1 optio info\] Entry 12 $/)
  })

  test('as markdown no content can leave its block', async () => {
    const hostile = await liveAttempt(database)
    await say(hostile, [{ logType: 'info', content: 'x\n````\n# Not a heading\n<script>' }])
    const { text } = await get('/export?format=markdown', hostile.runId)
    expect(text).toContain('\n`````\nx\n````\n# Not a heading\n<script>\n`````\n')
    expect(text).toContain('\n## Attempt 1\n')
  })

  test('another format is a 400', async () => {
    expect((await get('/export?format=html')).status).toBe(400)
  })

  test('it is read as fast as it is taken: a reader that stops holds no more than a page', async () => {
    const large = await liveAttempt(database)
    for (let i = 0; i < 12; i++)
      await say(large, [{ logType: 'info', content: String(i).padEnd(900_000, 'x') }])
    let queries = 0
    const counting = new Proxy(database.orm, {
      get(target, property) {
        if (property === 'execute') queries += 1
        const value = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const { body } = exportLog(counting, { id: large.runId, workspaceId: large.workspaceId }, 'json')
    const chunks = body[Symbol.asyncIterator]()
    await chunks.next()
    await chunks.next()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(queries).toBeLessThanOrEqual(4)
    let bytes = 0
    for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) bytes += chunk.length
    expect(bytes).toBeGreaterThan(9_000_000)
    expect(queries).toBeGreaterThanOrEqual(6)
  })
})
