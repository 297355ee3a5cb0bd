import { createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Place } from './support/place.ts'
import { processesAbout } from './support/processes.ts'

let place: Place
let taken: Server | null = null

afterEach(async () => {
  taken?.close()
  taken = null
  await place?.close()
})

test('a port that is taken is refused in words that say by whom, and nothing is left running', async () => {
  place = await Place.make()
  const holder = createServer()
  taken = holder
  const port = await new Promise<number>((resolve) => {
    holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port))
  })
  const { code, errors } = await place.run([], { OPTIO_PORT: String(port) })
  expect(code).toBe(1)
  expect(errors).toContain(`Port ${port}`)
  expect(errors).toContain(`process ${process.pid}`)
  expect(errors).toContain('OPTIO_PORT')
  expect(errors).not.toMatch(/^\s+at /m)
  expect(processesAbout(place.root)).toEqual([])
})

test('a data directory that another Optio uses is refused, and the other goes on', async () => {
  place = await Place.make()
  const first = await place.start()
  const { code, errors } = await place.run([])
  expect(code).toBe(1)
  expect(errors).toContain(`process ${first.pid}`)
  expect(errors).toContain('OPTIO_DATA_DIR')
  expect(errors).not.toMatch(/^\s+at /m)
  expect((await first.client.health.health()).healthy).toBe(true)
})

test('an address that other machines can reach is refused', async () => {
  place = await Place.make()
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
    const { code, errors } = await place.run([], { OPTIO_HOST: host })
    expect(code).toBe(1)
    expect(errors).toContain(`OPTIO_HOST=${host}`)
    expect(errors).not.toMatch(/^\s+at /m)
  }
})

test('a setting that cannot be understood is refused by its name', async () => {
  place = await Place.make()
  for (const [name, value] of [
    ['OPTIO_PORT', 'eighty'],
    ['OPTIO_PORT', '65536'],
    ['OPTIO_MAX_CONCURRENT', '-1'],
    ['OPTIO_STOP_GRACE_MS', '1e3'],
    ['OPTIO_LOG_LEVEL', 'loud'],
  ] as const) {
    const { code, errors } = await place.run([], { [name]: value })
    expect(code).toBe(1)
    expect(errors).toContain(name)
    expect(errors).toContain(value)
    expect(errors).not.toMatch(/^\s+at /m)
  }
})

test('a DATABASE_URL that nobody answers at is refused in words', async () => {
  place = await Place.make()
  const { code, errors } = await place.run([], { DATABASE_URL: 'postgres://optio:hunter2@127.0.0.1:1/optio' })
  expect(code).toBe(1)
  expect(errors).toContain('DATABASE_URL')
  expect(errors).not.toContain('hunter2')
  expect(errors).not.toMatch(/^\s+at /m)
})

test('stop where nothing runs says so', async () => {
  place = await Place.make()
  const { code, errors } = await place.run(['stop'])
  expect(code).toBe(1)
  expect(errors).toContain(place.dataDir)
})
