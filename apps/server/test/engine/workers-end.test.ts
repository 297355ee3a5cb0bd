import { afterAll, beforeAll, expect, test } from 'vitest'
import { EnginePlace } from './support/engine-place.ts'

let place: EnginePlace

beforeAll(async () => {
  place = await EnginePlace.make()
})
afterAll(() => place.close())

test('an engine whose workers have ended says that it is lost, and leaves so that another takes its place', async () => {
  const exitCode = process.exitCode
  const { engine } = await place.start()
  try {
    // What a newer version tells the workers of older ones before it changes their tables.
    await place.rows(`select pg_notify('worker:migrate', '{"breaking":true,"migrationNumber":999}')`)
    expect(await engine.lost).toMatch(/workers/)
  } finally {
    await engine.stop()
    process.exitCode = exitCode
  }
  expect(await place.rows('select from processes')).toEqual([])
})
