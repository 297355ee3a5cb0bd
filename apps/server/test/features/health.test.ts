import { createClient } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCommands } from '../../src/engine/create-engine.ts'
import { createApi } from '../../src/features/api.ts'
import { createHealthService } from '../../src/features/health/service.ts'
import { startApp } from '../http/support.ts'
import { testDatabase } from '../support/postgres.ts'
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
      disk: { freeBytes: 5, totalBytes: 9, environmentsBytes: 1 },
    })
    expect(await optio.client.health.live()).toEqual({ live: true })
    expect(await optio.client.health.ready()).toEqual({ ready: true })
  })

  it('is bad, in words, while the runtime or the database is not there, or does not answer', async () => {
    const about = { version: '1', maxConcurrent: 5 }
    const well = {
      database: optio.database,
      startableAgents: async () => new Set(['command']),
      runtimeProblem: async () => null,
      diskUse: async () => ({ freeBytes: 5, totalBytes: 9, environmentsBytes: 1 }),
      ...about,
    }
    const noRuntime = createHealthService({ ...well, runtimeProblem: async () => 'There is no shell.' })
    expect(await noRuntime.health()).toMatchObject({
      healthy: false,
      checks: { database: true, runtime: false },
      problems: ['There is no shell.'],
    })
    expect(await noRuntime.isReady()).toBe(true)
    const silent = createHealthService({ ...well, runtimeProblem: () => new Promise(() => undefined) })
    expect(await silent.health()).toMatchObject({ healthy: false, checks: { runtime: false } })
  })

  it('answers 503 without a database, and the process is still alive', async () => {
    const store = await testDatabase()
    const database = await store.open()
    await database.close()
    const api = createApi({
      database,
      secrets: optio.secrets,
      github: optio.github,
      publicUrl: null,
      commands: createCommands({ ...optio.context, database }),
      forgeFor: optio.context.forge,
      mirrorDir: (id) => id,
      agentTypes: new Set(),
      path: '',
      lastLogSummary: async () => null,
      environments: { hostId: 'test', cloneDir: (id) => id },
      startableAgents: async () => new Set(['command']),
      runtimeProblem: async () => null,
      diskUse: async () => ({ freeBytes: 5, totalBytes: 9, environmentsBytes: 1 }),
      version: '1',
      maxConcurrent: 1,
    })
    const app = await startApp([api])
    for (const [path, status] of [
      ['/api/health', 503],
      ['/api/health/ready', 503],
      ['/api/health/live', 200],
      ['/api/tasks', 503],
    ] as const) {
      expect({ path, status: (await app.send({ path })).status }).toEqual({ path, status })
    }
    const client = createClient({ baseUrl: app.url })
    expect(await client.health.health()).toMatchObject({ healthy: false, checks: { database: false } })
    expect(await client.health.ready()).toEqual({ ready: false })
    await app.close()
    await store.drop()
  })
})
