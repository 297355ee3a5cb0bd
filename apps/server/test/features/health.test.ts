import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

describe('health', () => {
  it('is good while database and runtime work', async () => {
    expect(await optio.client.health.health()).toEqual({
      healthy: true,
      checks: { database: true, runtime: true },
      problems: [],
      version: '9.9.9',
      maxConcurrent: 0,
    })
    expect(await optio.client.health.live()).toEqual({ live: true })
    expect(await optio.client.health.ready()).toEqual({ ready: true })
  })
})
