import { OptioError } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
  await database.pool.query('create table counters (id int primary key, value bigint not null)')
})
afterAll(() => scratch.drop())

async function counterAt(id: number): Promise<unknown> {
  const { rows } = await database.pool.query('select value from counters where id = $1', [id])
  return rows[0]?.value
}

test('a transaction that loses against concurrent ones is run again until it wins', async () => {
  await database.pool.query('insert into counters values (1, 0)')
  let runs = 0
  const increment = () =>
    database.transaction(
      async (tx, client) => {
        runs += 1
        const { rows } = await client.query<{ value: number }>('select value from counters where id = 1')
        await tx.execute(sql`update counters set value = ${(rows[0]?.value ?? 0) + 1} where id = 1`)
      },
      { isolation: 'serializable', retries: 30 },
    )
  await Promise.all(Array.from({ length: 8 }, increment))
  expect(await counterAt(1)).toBe(8)
  expect(runs).toBeGreaterThan(8)
})

test('a deadlock is resolved by running the loser again', async () => {
  await database.pool.query('insert into counters values (2, 0), (3, 0)')
  let waiting = 0
  const both = (first: number, second: number) => {
    let held = false
    return database.transaction(async (tx) => {
      await tx.execute(sql`update counters set value = value + 1 where id = ${first}`)
      if (!held) {
        held = true
        waiting += 1
        await expect.poll(() => waiting, { timeout: 30_000 }).toBe(2)
      }
      await tx.execute(sql`update counters set value = value + 1 where id = ${second}`)
    })
  }
  await Promise.all([both(2, 3), both(3, 2)])
  expect([await counterAt(2), await counterAt(3)]).toEqual([2, 2])
})

test('a transaction that always loses ends as a CONFLICT', async () => {
  let runs = 0
  const losing = database.transaction(
    async (tx) => {
      runs += 1
      await tx.execute(sql`do $$ begin raise exception 'lost' using errcode = '40001'; end $$`)
    },
    { retries: 2 },
  )
  await expect(losing).rejects.toMatchObject({ name: 'OptioError', code: 'CONFLICT' })
  expect(runs).toBe(3)
})

test('what the work throws is what the caller gets, and nothing is written', async () => {
  const failing = database.transaction(async (tx) => {
    await tx.execute(sql`insert into counters values (4, 1)`)
    throw new OptioError('VALIDATION', 'No.')
  })
  await expect(failing).rejects.toMatchObject({ code: 'VALIDATION' })
  expect(await counterAt(4)).toBeUndefined()
})

test('a connection that breaks in a transaction is DATABASE_UNAVAILABLE, and the pool goes on', async () => {
  const broken = database.transaction(async (_tx, client) => {
    await client.query('insert into counters values (5, 1)')
    await client.query('select pg_terminate_backend(pg_backend_pid())')
  })
  await expect(broken).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 })
  expect(await counterAt(5)).toBeUndefined()
  await database.ping()
})
