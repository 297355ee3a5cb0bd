import { sql } from 'drizzle-orm'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { engineLog, type OwnWords } from '../../src/features/logs/engine-log.ts'
import { BLOCK, countSigned, findBlocks } from '../../src/features/logs/search/blocks.ts'
import { LogIndex } from '../../src/features/logs/search/log-index.ts'
import { type LogSearch, searchLog } from '../../src/features/logs/search/search-log.ts'
import { placesOf, Signature } from '../../src/features/logs/search/signature.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { liveAttempt, seeded } from './support.ts'

const WHOLE_BLOCKS = 9
const ENTRIES = WHOLE_BLOCKS * BLOCK + 300
const SEED = Number(process.env.OPTIO_TEST_SEED ?? Math.floor(Math.random() * 1e9))
const WORDS = [
  'error',
  'Zebra',
  'naïve',
  'timeout',
  '日本語テキスト',
  'a_b',
  '100%',
  'back\\slash',
  'ÜBER',
  '\u212Aelvin',
  '🦓🦓',
]

let scratch: TestDatabase
let database: Database
let index: LogIndex
let run: { id: string; workspaceId: string }
let contents: string[]

beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  index = new LogIndex({ database, log: pino({ level: 'silent' }) })
  const { runId, workspaceId } = await liveAttempt(database)
  run = { id: runId, workspaceId }
  const random = seeded(SEED)
  contents = Array.from({ length: ENTRIES }, (_, n) => {
    const word = random() < 0.01 ? WORDS[Math.floor(random() * WORDS.length)] : 'plain'
    return `entry ${n + 1} ${Math.floor(random() * 1e6).toString(36)} ${word}`
  })
  const words: OwnWords[] = contents.map((content, n) => ({
    logType: n % 7 === 0 ? 'error' : 'info',
    content,
  }))
  await database.transaction((tx) => engineLog.append(tx, run, 1, words))
})
afterAll(async () => {
  await index.close()
  await scratch.drop()
})

/** Every page of a search, one after the other. */
async function searchAll(search: Omit<LogSearch, 'lastSeq' | 'maxBytes' | 'limit'> & { limit?: number }) {
  const seqs: number[] = []
  let pages = 0
  let from: { after?: number; before?: number } = { after: search.after, before: search.before } as object
  for (;;) {
    const found = await searchLog(database.orm, run, {
      limit: 50,
      maxBytes: 1e9,
      lastSeq: ENTRIES,
      ...search,
      ...from,
    })
    const page = found.entries.map(({ seq }) => seq)
    expect(page).toEqual([...page].sort((a, b) => a - b))
    seqs.push(...page)
    pages += 1
    if (!found.more) return { seqs: seqs.sort((a, b) => a - b), pages }
    from = search.before === undefined ? { after: found.cursor } : { before: found.cursor }
  }
}

/** What Postgres itself finds, without any help. */
async function expected(words: string, logType?: string): Promise<number[]> {
  const { rows } = await database.orm.execute<{ seq: number }>(sql`
    select seq from log_entries where run_id = ${run.id}
      and content ilike ${`%${words.replace(/[\\%_]/g, '\\$&')}%`} and (${logType ?? null}::text is null or log_type = ${logType ?? null})
    order by seq`)
  return rows.map(({ seq }) => seq)
}

const SEARCHES = [
  ...WORDS,
  'ERROR',
  'zebr',
  'kelvin',
  'über',
  'entry 77',
  'e',
  'zz',
  'nowhere at all',
  'plain',
  '語テ',
]

describe(`a search finds what is there, whatever stands in between (seed ${SEED})`, () => {
  test.each(['before it has signatures', 'with signatures', 'with some'])(
    '%s',
    async (when) => {
      if (when !== 'before it has signatures') {
        index.grown(run.id, ENTRIES)
        await index.settled()
        expect(await countSigned(database.orm, run.id)).toBe(WHOLE_BLOCKS)
      }
      if (when === 'with some') {
        await database.orm.execute(sql`delete from log_signatures where run_id = ${run.id} and block >= 4`)
      }
      for (const words of SEARCHES) {
        const all = await expected(words)
        expect((await searchAll({ words })).seqs, words).toEqual(all)
        expect((await searchAll({ words, before: ENTRIES + 1 })).seqs, words).toEqual(all)
        expect((await searchAll({ words, limit: 3, after: 5_000 })).seqs, words).toEqual(
          all.filter((seq) => seq > 5_000),
        )
        expect((await searchAll({ words, before: 5_000, logType: 'error' })).seqs, words).toEqual(
          (await expected(words, 'error')).filter((seq) => seq < 5_000),
        )
      }
    },
    60_000,
  )

  test('an offset passes over what would be found first', async () => {
    const all = await expected('zebra')
    const found = await searchLog(database.orm, run, {
      words: 'zebra',
      offset: 2,
      limit: 2,
      maxBytes: 1e9,
      lastSeq: ENTRIES,
    })
    expect(found.entries.map(({ seq }) => seq)).toEqual(all.slice(2, 4))
  })
})

test('a search that has looked at enough answers with a cursor, and goes on there', async () => {
  const once = await searchLog(database.orm, run, {
    words: 'zz',
    limit: 50,
    maxBytes: 1e9,
    lastSeq: ENTRIES,
    budgetMs: 0,
  })
  expect(once).toMatchObject({ more: true, cursor: 4 * BLOCK })
  const { seqs, pages } = await searchAll({ words: 'zz', budgetMs: 0 })
  expect(seqs).toEqual(await expected('zz'))
  expect(pages).toBeGreaterThanOrEqual(3)
})

test('entries of a megabyte are looked at a few at a time', async () => {
  const large = await liveAttempt(database)
  const owner = { id: large.runId, workspaceId: large.workspaceId }
  const content = `${'x'.repeat(1024 * 1024)} end`
  await database.transaction((tx) =>
    engineLog.append(
      tx,
      owner,
      1,
      Array.from({ length: 12 }, () => ({ logType: 'info' as const, content })),
    ),
  )
  const options = { words: 'nothing', limit: 50, maxBytes: 1e9, lastSeq: 12, budgetMs: 0 }
  expect(await searchLog(database.orm, owner, options)).toMatchObject({ entries: [], more: true, cursor: 4 })
  expect(await searchLog(database.orm, owner, { ...options, before: 13 })).toMatchObject({
    more: true,
    cursor: 9,
  })
  // Of what is found, no more is answered than was asked for.
  const found = await searchLog(database.orm, owner, { ...options, words: 'END', maxBytes: 1, budgetMs: 1e9 })
  expect(found).toMatchObject({ more: true, cursor: 1 })
  expect(found.entries).toHaveLength(1)
})

test('only a block that may hold the words is looked at', async () => {
  const sparse = await liveAttempt(database)
  const owner = { id: sparse.runId, workspaceId: sparse.workspaceId }
  const content = (n: number) => (n === 3 * BLOCK + 7 ? 'a needle' : `hay ${n}`)
  const words = Array.from({ length: 8 * BLOCK }, (_, n) => ({
    logType: 'info' as const,
    content: content(n),
  }))
  await database.transaction((tx) => engineLog.append(tx, owner, 1, words))
  index.grown(owner.id, 8 * BLOCK)
  await index.settled()
  const range = { from: 0, to: 7, backwards: false, limit: 16 }
  expect(await findBlocks(database.orm, owner.id, placesOf('NEEDLE'), range)).toEqual([3])
  expect(await findBlocks(database.orm, owner.id, placesOf('hay'), range)).toHaveLength(8)
  expect(
    await findBlocks(database.orm, owner.id, placesOf('hay'), { ...range, backwards: true, limit: 2 }),
  ).toEqual([7, 6])
})

test('a signature has every piece of what was added to it', () => {
  const random = seeded(SEED)
  for (let round = 0; round < 50; round++) {
    const text = Array.from({ length: 200 }, () =>
      String.fromCharCode(32 + Math.floor(random() * 0x600)),
    ).join('')
    const signature = Signature.empty()
    signature.add(text)
    const shards = signature.shards()
    const at = Math.floor(random() * 150)
    const part = text.slice(at, at + 3 + Math.floor(random() * 20))
    for (const { shard, bit } of placesOf(part.replace(/[a-z]/g, (letter) => letter.toUpperCase()))) {
      expect(((shards[shard]?.[bit >> 3] ?? 0) >> (bit & 7)) & 1, JSON.stringify(text)).toBe(1)
    }
  }
})

test('the signatures of a log go with its run', async () => {
  await database.orm.execute(sql`delete from runs where id = ${run.id}`)
  expect(await countSigned(database.orm, run.id)).toBe(0)
})
