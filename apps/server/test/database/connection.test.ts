import { createServer } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectDatabase, type Database } from '../../src/database/connection.ts'
import { isConnectionError } from '../../src/database/errors.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { asSuperuser, quiet } from '../support/test-server.ts'

let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
})
afterAll(() => scratch.drop())

test('a bigint is a number, by the pool and by drizzle, and one that no number can hold is an error', async () => {
  const text = 'select count(*) as n, 9007199254740991 as most'
  expect((await database.pool.query(text)).rows).toEqual([{ n: 1, most: 9007199254740991 }])
  expect((await database.orm.execute(sql.raw(text))).rows).toEqual([{ n: 1, most: 9007199254740991 }])
  await expect(database.pool.query('select 9007199254740993')).rejects.toThrow(RangeError)
  // The connection is not spoilt by it.
  await Promise.all(Array.from({ length: 10 }, () => database.ping()))
})

test('a DATABASE_URL of a socket works', async () => {
  const byUrl = await connectDatabase({ target: { url: scratch.url }, log: quiet })
  expect((await byUrl.pool.query('select current_database() as name')).rows).toEqual([
    { name: scratch.target.database },
  ])
  await byUrl.close()
})

test('a statement that takes too long is ended by the server; on a dedicated connection it is not', async () => {
  const hasty = await scratch.open({ statementTimeoutMs: 50 })
  await expect(hasty.pool.query('select pg_sleep(5)')).rejects.toMatchObject({ code: '57014' })
  const dedicated = await hasty.dedicated('test')
  await dedicated.query('select pg_sleep(0.1)')
  await dedicated.end()
})

test('the error of a query names none of its values', async () => {
  await database.pool.query('create table vault (id int primary key, value text check (length(value) > 90))')
  const secret = 'sk-do-not-print-me'
  const inserts = [
    database.orm.execute(sql`insert into vault values (1, ${secret})`),
    database.transaction((tx) => tx.execute(sql`insert into vault values (2, ${secret})`)),
  ]
  for (const failed of await Promise.allSettled(inserts)) {
    expect(failed.status).toBe('rejected')
    const { reason } = failed as PromiseRejectedResult
    expect(reason.code).toBe('23514')
    expect(`${reason.message}${reason.stack}`).not.toContain(secret)
  }
})

test('a database that is not there is DATABASE_UNAVAILABLE', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => closed.once('listening', resolve))
  const { port } = closed.address() as { port: number }
  await new Promise((resolve) => closed.close(resolve))
  for (const url of [`postgres://me:secret@127.0.0.1:${port}/x`, 'postgres://me@/x?host=/nowhere']) {
    const error = await connectDatabase({ target: { url }, log: quiet }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'DATABASE_UNAVAILABLE', status: 503 })
    expect(String(error)).not.toContain('secret')
  }
})

test('a DATABASE_URL that cannot be right is CONFIG, and its password is not repeated', async () => {
  const { host, port, database: name } = scratch.target
  const there = `host=${encodeURIComponent(host)}&port=${port}`
  const wrong = {
    'mysql://me:secret@localhost/x': 'postgres://',
    'postgres://me:secret@localhost:port/x': 'postgres://',
    [`postgres://nobody:secret@/${name}?${there}`]: 'role "nobody" does not exist',
    [`postgres://optio:secret@/nothing?${there}`]: 'database "nothing" does not exist',
  }
  for (const [url, words] of Object.entries(wrong)) {
    const error = await connectDatabase({ target: { url }, log: quiet }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'CONFIG', message: expect.stringContaining(words) })
    expect(`${error}${JSON.stringify(error)}`).not.toContain('secret')
  }
})

test('a database in another encoding than UTF8 is refused', async () => {
  const name = `${scratch.target.database}_latin`
  await asSuperuser(scratch.target, (client) =>
    client.query(
      `create database ${name} owner optio template template0 encoding latin1 locale_provider libc locale 'C'`,
    ),
  )
  const target = { ...scratch.target, database: name }
  await expect(connectDatabase({ target, log: quiet })).rejects.toMatchObject({
    code: 'CONFIG',
    message: expect.stringContaining('UTF8'),
  })
  await asSuperuser(scratch.target, (client) => client.query(`drop database ${name} with (force)`))
})

test('a lock of a session is free as soon as its connection breaks', async () => {
  const holder = await database.dedicated('lock')
  await holder.query('select pg_advisory_lock(42)')
  const free = async () =>
    (await database.pool.query('select pg_try_advisory_xact_lock(42) as free')).rows[0].free
  expect(await free()).toBe(false)
  const { rows } = await holder.query('select pg_backend_pid() as pid')
  await database.pool.query('select pg_terminate_backend($1)', [rows[0].pid])
  await expect.poll(free).toBe(true)
})

test('constraints and other errors of queries are no connection errors', async () => {
  const error = await database.pool.query('select 1/0').catch((e: unknown) => e)
  expect(isConnectionError(error)).toBe(false)
  expect(isConnectionError(Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open' }))).toBe(false)
  const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
  expect(isConnectionError(new AggregateError([refused, refused]))).toBe(true)
})
