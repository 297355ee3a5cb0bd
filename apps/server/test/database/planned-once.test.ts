import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { plannedOnce } from '../../src/database/planned-once.ts'
import { runs } from '../../src/database/schema/index.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

let scratch: TestDatabase
let database: Database
beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open({ poolSize: 1 })
})
afterAll(() => scratch.drop())

test('a statement that is marked is kept by the connection under one name for each text, and answers anew each time', async () => {
  const { orm } = database
  const kept = async () => (await orm.execute(sql`select from pg_prepared_statements`)).rowCount
  const next = async (n: number) =>
    (await orm.execute<{ next: number }>(sql`select ${n}::int + 1 as next ${plannedOnce}`)).rows
  for (let n = 0; n < 10; n += 1) expect(await next(n)).toEqual([{ next: n + 1 }])
  expect(await kept()).toBe(1)
  for (const _ of [1, 2]) {
    expect(await orm.select({ id: sql`id`.as('id') }).from(sql`${runs} ${plannedOnce}`)).toEqual([])
  }
  expect(await kept()).toBe(2)
  await orm.execute(sql`select 1`)
  expect(await kept()).toBe(2)
})
