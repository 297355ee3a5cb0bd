import { stat } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { isRunning } from '../../src/platform/process-identity.ts'
import {
  cleanUp,
  clusterOf,
  crash,
  type Held,
  hold,
  membersOf,
  newDirectory,
  query,
  type Refused,
  start,
} from '../support/embedded.ts'

afterEach(cleanUp)

test('a first start makes the database, a stop leaves no process, and a second start finds the data', async () => {
  const dataDir = await newDirectory()
  const first = await start(dataDir, { settings: { fsync: 'on' } })
  expect(first.adopted).toBe(false)
  await query(first.connection, 'create table kept as select 42 as answer')
  const [server] = await query<Record<string, string>>(
    first.connection,
    `select current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
            current_setting('listen_addresses') as addresses, usesuper::text as superuser,
            (select concat(datlocprovider, ' ', datlocale) from pg_database where datname = current_database()) as locale
     from pg_user where usename = current_user`,
  )
  expect(server).toEqual({
    encoding: 'UTF8',
    fsync: 'on',
    addresses: '',
    superuser: 'false',
    locale: 'b C.UTF-8',
  })
  expect((await stat(first.connection.host)).mode & 0o777).toBe(0o700)

  await first.stop()
  expect(await membersOf(clusterOf(dataDir))).toEqual([])
  const second = await start(dataDir)
  expect(second.adopted).toBe(false)
  expect(await query(second.connection, 'select answer from kept')).toEqual([{ answer: 42 }])
})

test('a stop ends the sessions of clients that are still connected', async () => {
  const server = await start(await newDirectory())
  const client = new pg.Client({ ...server.connection, ssl: false })
  client.on('error', () => undefined)
  await client.connect()
  const sleeping = client.query('select pg_sleep(60)').catch((error: pg.DatabaseError) => error.code)
  await server.stop()
  expect(await sleeping).toBe('57P01')
  expect(isRunning(server.pid)).toBe(false)
})

test('a server that a killed Optio left running is adopted', async () => {
  const dataDir = await newDirectory()
  const holder = hold(dataDir)
  const held = await holder.next<Held>()
  await holder.kill()
  expect(isRunning(held.pid)).toBe(true)

  const server = await start(dataDir)
  expect(server).toMatchObject({ adopted: true, pid: held.pid, connection: held.connection })
  await server.stop()
  expect(isRunning(held.pid)).toBe(false)
})

test('a left-over server with other settings is replaced, not adopted', async () => {
  const dataDir = await newDirectory()
  const holder = hold(dataDir)
  const held = await holder.next<Held>()
  await holder.kill()
  const server = await start(dataDir, { settings: { work_mem: '8MB' } })
  expect(server.adopted).toBe(false)
  expect(isRunning(held.pid)).toBe(false)
})

test('a second Optio on the same data directory is refused, with the process to end and what else to do', async () => {
  const dataDir = await newDirectory()
  const server = await start(dataDir)
  const refused = await hold(dataDir).next<Refused>()
  expect(refused.code).toBe('DATA_DIR_IN_USE')
  for (const words of [dataDir, `process ${process.pid}`, 'OPTIO_DATA_DIR', 'DATABASE_URL']) {
    expect(refused.message).toContain(words)
  }
  await expect(start(dataDir)).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' })
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
})

test('of four Optios that start at once, on nothing and on a left-over server, one gets the database', async () => {
  const dataDir = await newDirectory()
  for (const expected of [false, true]) {
    const racing = Array.from({ length: 4 }, () => hold(dataDir))
    const answers = await Promise.all(racing.map((holder) => holder.next<Held | Refused>()))
    expect(answers.filter((answer) => 'code' in answer && answer.code === 'DATA_DIR_IN_USE')).toHaveLength(3)
    expect(answers.filter((answer) => 'adopted' in answer)).toMatchObject([{ adopted: expected }])
    await Promise.all(racing.map((holder) => holder.kill()))
  }
})

test('a server that dies is started again, with its data, while Optio runs', async () => {
  const dataDir = await newDirectory()
  const server = await start(dataDir)
  const { pid } = server
  await query(server.connection, 'create table kept as select 1 as n')
  await crash(clusterOf(dataDir))
  await expect.poll(() => server.pid, { timeout: 30_000 }).not.toBe(pid)
  expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
})

test('a server that something asks to end while it has sessions is ended and started again', async () => {
  const server = await start(await newDirectory())
  const { pid } = server
  const client = new pg.Client({ ...server.connection, ssl: false })
  client.on('error', () => undefined)
  await client.connect()
  await client.query('create table kept as select 1 as n')
  process.kill(pid, 'SIGTERM')
  await expect.poll(() => server.pid, { timeout: 30_000 }).not.toBe(pid)
  expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
  await client.end()
})
