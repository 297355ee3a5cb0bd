import { OptioError, type Route } from '@optio/contract'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Database } from '../../src/database/connection.ts'
import { KeyStore } from '../../src/http/idempotency/key-store.ts'
import { handle } from '../../src/http/register.ts'
import { testDatabase } from '../support/postgres.ts'
import { startApp, type TestApp } from './support.ts'

const route = {
  method: 'POST',
  path: '/api/things',
  permission: 'tasks:write',
  tag: 'things',
  summary: 'Create a thing',
  body: z.object({ name: z.string() }),
  status: 201,
  answer: z.object({ thing: z.object({ id: z.string(), name: z.string(), made: z.int() }) }),
  creates: true,
} as const satisfies Route

/** What was created, by id; a second with the same id is refused as the database would. */
const things = new Map<string, { id: string; name: string; made: number }>()
/** What happens in the handler besides creating. */
let before = async (_name: string): Promise<void> => undefined
let after = async (_name: string): Promise<void> => undefined

let store: Awaited<ReturnType<typeof testDatabase>>
let database: Database
let app: TestApp

beforeAll(async () => {
  store = await testDatabase()
  database = await store.open()
  const plugin = async (scope: Parameters<typeof handle>[0]) => {
    handle(
      scope,
      route,
      async ({ newId, body }) => {
        await before(body.name)
        if (things.has(newId)) throw Object.assign(new Error('duplicate key'), { code: '23505' })
        const thing = { id: newId, name: body.name, made: things.size + 1 }
        things.set(newId, thing)
        await after(body.name)
        return { thing }
      },
      {
        created: async ({ newId }) => {
          const thing = things.get(newId)
          if (thing === undefined) throw new OptioError('NOT_FOUND', 'There is no such thing.')
          return { thing }
        },
      },
    )
  }
  app = await startApp([plugin], {}, new KeyStore(database))
})

afterAll(async () => {
  await app.close()
  await store.drop()
})

beforeEach(() => {
  things.clear()
  before = async () => undefined
  after = async () => undefined
})

const post = (key: string | null, body: unknown) =>
  app.send({
    path: '/api/things',
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify(body),
  })

describe('a request that creates something', () => {
  it('creates a thing each time without a key', async () => {
    await post(null, { name: 'a' })
    await post(null, { name: 'a' })
    expect(things.size).toBe(2)
  })

  it('creates once for a key and repeats the first answer, byte for byte', async () => {
    const first = await post('k-1', { name: 'a' })
    const second = await post('k-1', { name: 'a' })
    expect(first.status).toBe(201)
    expect([second.status, second.text]).toEqual([201, first.text])
    expect(things.size).toBe(1)
  })

  it('takes a body for the same when it differs only in what is ignored', async () => {
    const first = await post('k-2', { name: 'a', other: 1 })
    const second = await post('k-2', { other: 2, name: 'a' })
    expect(second.text).toBe(first.text)
  })

  it('refuses a key with another body, and creates nothing', async () => {
    await post('k-3', { name: 'a' })
    const second = await post('k-3', { name: 'b' })
    expect([second.status, second.json().code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED'])
    expect(things.size).toBe(1)
  })

  it('creates once when it is sent ten times at once', async () => {
    before = () => new Promise((resolve) => setTimeout(resolve, 30))
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('k-4', { name: 'a' })))
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(things.size).toBe(1)
  })

  it('forgets the key of a request that was refused', async () => {
    before = async () => {
      throw new OptioError('CONFLICT', 'Not now.')
    }
    expect((await post('k-5', { name: 'a' })).status).toBe(409)
    before = async () => undefined
    expect((await post('k-5', { name: 'b' })).status).toBe(201)
  })

  it('creates no second when the process failed between creating and answering', async () => {
    after = async () => {
      throw new Error('killed')
    }
    expect((await post('k-6', { name: 'a' })).status).toBe(500)
    after = async () => undefined
    const again = await post('k-6', { name: 'a' })
    expect([again.status, things.size]).toEqual([201, 1])
    expect((await post('k-6', { name: 'a' })).text).toBe(again.text)
  })

  it('creates no second when one that was taken for dead goes on after all', async () => {
    const names: string[] = []
    let letGo = (): void => undefined
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    before = async (name) => {
      names.push(name)
      if (names.length === 1) await held
    }
    const slow = post('k-7', { name: 'a' })
    while (names.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await database.orm.execute(sql`update idempotency_keys set leased_until = now() - interval '1 second'`)
    const quick = await post('k-7', { name: 'a' })
    letGo()
    expect((await slow).text).toBe(quick.text)
    expect(things.size).toBe(1)
  })

  it('remembers a key for a day', async () => {
    const first = await post('k-8', { name: 'a' })
    await database.orm.execute(
      sql`update idempotency_keys set created_at = now() - interval '23 hours 59 minutes'`,
    )
    expect((await post('k-8', { name: 'a' })).text).toBe(first.text)
    await database.orm.execute(
      sql`update idempotency_keys set created_at = now() - interval '24 hours 1 minute'`,
    )
    expect((await post('k-8', { name: 'b' })).status).toBe(201)
    expect(things.size).toBe(2)
  })

  it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('refuses %j as a key', async (key) => {
    const { status, json } = await post(Buffer.from(key).toString('latin1'), { name: 'a' })
    expect([status, json().code]).toEqual([400, 'VALIDATION'])
    expect(things.size).toBe(0)
  })
})
