import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/connection.ts'
import { type Notice, type NotifyBus, openNotifyBus } from '../../src/database/notify.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'

let scratch: TestDatabase
let database: Database
const buses: NotifyBus[] = []

beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
})
afterEach(() => Promise.all(buses.splice(0).map((bus) => bus.close())))
afterAll(() => scratch.drop())

interface Listener {
  readonly bus: NotifyBus
  readonly notices: Notice[]
  readAgain: number
}

async function listen(
  of: Database = database,
  options: { echoMs?: number; pollMs?: number } = {},
): Promise<Listener> {
  const bus = await openNotifyBus({ database: of, log: quiet, ...options })
  buses.push(bus)
  const listener: Listener = { bus, notices: [], readAgain: 0 }
  bus.subscribe({
    notice: (notice) => listener.notices.push(notice),
    readAgain: () => {
      listener.readAgain += 1
    },
  })
  return listener
}

/** Ends the listening connections of this database. */
async function breakListeners(): Promise<void> {
  await database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'optio notices' and datname = current_database()`,
  )
}

test('a notice reaches every process when its transaction commits, and not when it is rolled back', async () => {
  const [here, there] = [await listen(), await listen()]
  expect([here.bus.mode, there.bus.mode]).toEqual(['listening', 'listening'])
  const lost = database.transaction(async (tx) => {
    await here.bus.publish(tx, { k: 'run', id: 'rolled back' })
    throw new Error('no')
  })
  await expect(lost).rejects.toThrow('no')
  await database.transaction((tx) => here.bus.publish(tx, { k: 'run', id: 'a' }))
  await here.bus.publish(database.orm, { k: 'run', id: 'b' })
  for (const listener of [here, there]) {
    await expect
      .poll(() => listener.notices)
      .toEqual([
        { k: 'run', id: 'a' },
        { k: 'run', id: 'b' },
      ])
  }
})

test('after its connection broke, a listener is told to read again, and hears again', async () => {
  const listener = await listen()
  const before = listener.readAgain
  await breakListeners()
  await expect.poll(() => listener.bus.mode).toBe('polling')
  await expect.poll(() => listener.bus.mode, { timeout: 30_000 }).toBe('listening')
  expect(listener.readAgain).toBeGreaterThan(before)
  await listener.bus.publish(database.orm, { k: 'run', id: 'c' })
  await expect.poll(() => listener.notices).toContainEqual({ k: 'run', id: 'c' })
})

test('where LISTEN is swallowed, subscribers are told to read again at intervals', async () => {
  // A pooler hands each statement to another session; the one that listens is not the one that is read from.
  const other = await testDatabase({ empty: true })
  const elsewhere = await other.open()
  const pooled: Database = { ...database, dedicated: (purpose) => elsewhere.dedicated(purpose) }
  const listener = await listen(pooled, { echoMs: 100, pollMs: 20 })
  expect(listener.bus.mode).toBe('polling')
  await expect.poll(() => listener.readAgain).toBeGreaterThan(3)
  await listener.bus.close()
  await other.drop()
})

test('a subscriber that throws does not keep others from hearing', async () => {
  const listener = await listen()
  const end = listener.bus.subscribe({
    notice: () => {
      throw new Error('broken')
    },
    readAgain: () => undefined,
  })
  const heard: Notice[] = []
  listener.bus.subscribe({ notice: (notice) => heard.push(notice), readAgain: () => undefined })
  await listener.bus.publish(database.orm, { k: 'run', id: 'd' })
  await expect.poll(() => heard).toEqual([{ k: 'run', id: 'd' }])
  end()
})

test('what is not a notice does no harm', async () => {
  const listener = await listen()
  await database.orm.execute(
    sql`select pg_notify('optio', 'no json'), pg_notify('optio', 'null'), pg_notify('optio', '[1]')`,
  )
  await listener.bus.publish(database.orm, { k: 'run', id: 'e' })
  await expect.poll(() => listener.notices).toEqual([{ k: 'run', id: 'e' }])
})

test('a notice that is too long is refused where it is sent', async () => {
  const { bus } = await listen()
  await bus.publish(database.orm, { k: 'x', s: 'a'.repeat(7_900) })
  await expect(bus.publish(database.orm, { k: 'x', s: 'ä'.repeat(4_000) })).rejects.toThrow(RangeError)
})

test('gathered notices arrive complete, with the last value of each key, in few messages', async () => {
  const listener = await listen()
  const log = listener.bus.coalesce('log', 50)
  for (let seq = 1; seq <= 20; seq += 1) {
    for (let run = 0; run < 500; run += 1) log.add(`run-${run}-${'x'.repeat(30)}`, seq)
  }
  const seen = () => new Map(listener.notices.flatMap((notice) => notice.items as [string, number][]))
  await expect
    .poll(() => [...seen().values()].filter((seq) => seq === 20).length, { timeout: 30_000 })
    .toBe(500)
  // 500 items of some 45 bytes are 3 messages; sent once at once and once after the interval.
  expect(listener.notices.length).toBeLessThanOrEqual(8)
  expect(listener.notices.every((notice) => notice.k === 'log')).toBe(true)
})

test('gathered notices survive a time without database, and closing sends the last', async () => {
  const listener = await listen()
  let down = true
  const flaky = new Proxy(database.pool, {
    get(pool, name) {
      const value = Reflect.get(pool, name)
      if (name !== 'query') return typeof value === 'function' ? value.bind(pool) : value
      return (...args: Parameters<typeof pool.query>) => {
        if (down && String(args[0]).includes('unnest')) return Promise.reject(new Error('down'))
        return pool.query(...args)
      }
    },
  })
  const sender = await openNotifyBus({ database: { ...database, pool: flaky }, log: quiet })
  buses.push(sender)
  const log = sender.coalesce('log', 10)
  log.add('run', 1)
  await new Promise((resolve) => setTimeout(resolve, 30))
  down = false
  log.add('run', 2)
  await sender.close()
  await expect.poll(() => listener.notices).toEqual([{ k: 'log', items: [['run', 2]] }])
})
