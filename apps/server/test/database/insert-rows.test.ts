import { sql } from 'drizzle-orm'
import { boolean, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { insertRows } from '../../src/database/insert-rows.ts'
import { moment, usd } from '../../src/database/schema/columns.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

const things = pgTable('things', {
  id: uuid('id').primaryKey(),
  title: text('some_title').notNull(),
  count: integer('count').notNull().default(7),
  isNew: boolean('is_new'),
  price: usd('price'),
  at: moment('at'),
  names: text('names').array(),
  data: jsonb('data').$type<unknown>(),
})

let scratch: TestDatabase
let database: Database
beforeAll(async () => {
  scratch = await testDatabase()
  database = await scratch.open()
  await database.orm.execute(sql`
    create table things (id uuid primary key, some_title text not null, count int not null default 7, is_new boolean,
                         price numeric(20, 9), at timestamptz, names text[], data jsonb)`)
})
afterAll(() => scratch.drop())

const id = (n: number) => `0199f000-2000-7000-8000-00000000000${n}`

const FULL: (typeof things.$inferInsert)[] = [
  {
    ...{ id: id(1), title: `it's "quoted" \\u0041 \\ {a,b} 🙂\n`, count: 1, isNew: true },
    ...{ price: '12345678901.123456789', at: new Date('2026-11-22T10:11:12.345Z') },
    ...{ names: ['a', 'b "c", {d}', 'null', ''], data: { a: null, b: [1, 'x', { c: 1e21 }], 'd e': 'null' } },
  },
  {
    ...{ id: id(2), title: 'null', count: 0, isNew: false, price: null, at: null, names: [] },
    data: ['"', null, true],
  },
  { id: id(3), title: '', count: -1, isNew: null, price: '0', at: null, names: null, data: 'a text' },
]

test('rows of one parameter are those that rows of many parameters are', async () => {
  const { orm } = database
  const stored = async (insert: () => Promise<unknown>) => {
    await insert()
    const rows = await orm.select().from(things).orderBy(things.id)
    await orm.delete(things)
    return rows
  }
  const expected = await stored(() => orm.insert(things).values(FULL))
  expect(expected).toHaveLength(3)
  expect(await stored(() => insertRows(orm, things, FULL))).toEqual(expected)
})

test('what no row names has its default, and no rows are nothing to do', async () => {
  await insertRows(database.orm, things, [])
  await insertRows(database.orm, things, [{ title: 'one', id: id(1) }])
  const [row] = await database.orm.select().from(things)
  expect(row).toMatchObject({ title: 'one', count: 7, isNew: null, data: null })
  await database.orm.delete(things)
})

test('rows that name other columns, and values that are SQL, are refused before anything is written', async () => {
  const one = { id: id(1), title: 'one' }
  const bad: object[][] = [
    [one, { ...one, count: 1 }],
    [{ ...one, count: 1 }, one],
    [
      { ...one, count: 1 },
      { ...one, isNew: true },
    ],
    [{ ...one, title: undefined }],
    [{ ...one, title: sql`'one'` }],
  ]
  for (const rows of bad) {
    await expect(insertRows(database.orm, things, rows as (typeof FULL)[number][])).rejects.toThrow()
  }
  expect(await database.orm.select().from(things)).toEqual([])
})
