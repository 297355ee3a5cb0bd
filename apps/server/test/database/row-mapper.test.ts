import { asc, eq, getTableColumns, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { alias, bigint, integer, jsonb, numeric, pgTable, text, timestamp } from 'drizzle-orm/pg-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database, Queries } from '../../src/database/connection.ts'
import { drizzleOn } from '../../src/database/row-mapper.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

const things = pgTable('things', {
  id: integer('id').primaryKey(),
  name: text('name'),
  many: bigint('many', { mode: 'number' }),
  price: numeric('price'),
  data: jsonb('data').$type<unknown>(),
  at: timestamp('at', { withTimezone: true, mode: 'date' }),
  parentId: integer('parent_id'),
})

let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
  await database.pool.query(`
    create table things (id int primary key, name text, many bigint, price numeric, data jsonb, at timestamptz, parent_id int);
    insert into things values
      (1, 'one', 9007199254740991, 1.50, '{"a": [1, null]}', '2026-11-22 08:15:00.123456+00', null),
      (2, null, null, null, null, null, 1),
      (3, '', 0, 0, '"text"', '1970-01-01 00:00:00+00', 7)`)
})
afterAll(() => scratch.drop())

const parents = (db: Queries) =>
  db
    .select({ id: sql<number>`id`.as('parent'), upper: sql<string>`upper(name)`.as('upper') })
    .from(things)
    .as('parents')

const QUERIES = {
  'all columns': (db: Queries) => db.select().from(things).orderBy(asc(things.id)),
  'columns and SQL': (db: Queries) =>
    db
      .select({
        ...getTableColumns(things),
        year: sql<number>`extract(year from at)::int`,
        last: sql`max(at) over ()`.mapWith(things.at),
      })
      .from(things)
      .orderBy(asc(things.id)),
  'a group of a subquery': (db: Queries) => {
    const parent = parents(db)
    return db
      .select({ id: things.id, parent: { id: parent.id, upper: parent.upper } })
      .from(things)
      .leftJoin(parent, eq(parent.id, things.parentId))
      .orderBy(asc(things.id))
  },
  'a group of columns of a joined table': (db: Queries) => {
    const parent = alias(things, 'parent')
    return db
      .select({ id: things.id, parent: getTableColumns(parent) })
      .from(things)
      .leftJoin(parent, eq(parent.id, things.parentId))
      .orderBy(asc(things.id))
  },
  'no row': (db: Queries) => db.select().from(things).where(eq(things.id, 0)),
}

test.each(Object.entries(QUERIES))('rows of %s are those that drizzle makes', async (_, query) => {
  const rows = await query(drizzleOn(database.pool))
  expect(rows).toStrictEqual(await query(drizzle(database.pool)))
})

test('rows of a prepared query and of a change are those that drizzle makes', async () => {
  const answers = async (db: ReturnType<typeof drizzleOn>, name: string) => {
    const prepared = db
      .select()
      .from(things)
      .where(eq(things.id, sql.placeholder('id')))
      .prepare(name)
    const changed = await db
      .update(things)
      .set({ name: 'two' })
      .where(eq(things.id, 2))
      .returning({ id: things.id, at: things.at })
    return [await prepared.execute({ id: 1 }), await prepared.execute({ id: 2 }), changed]
  }
  expect(await answers(drizzleOn(database.pool), 'mine')).toStrictEqual(
    await answers(drizzle(database.pool), 'its'),
  )
})
