import { defineRoutes } from '@optio/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { handle } from '../../src/http/register.ts'
import { startApp, type TestApp } from './support.ts'

const routes = defineRoutes({
  things: {
    list: {
      method: 'GET',
      path: '/api/things',
      permission: 'tasks:read',
      tag: 'Tasks',
      summary: 'Things.',
      status: 200,
      query: z.object({ page: z.string().optional() }),
      answer: z.object({ reading: z.int(), page: z.string().nullable() }),
    },
  },
})

let app: TestApp
let readings = 0
let finish: (() => void)[] = []

beforeAll(async () => {
  app = await startApp([
    async (scope) =>
      handle(
        scope,
        routes.things.list,
        async ({ query }) => {
          readings += 1
          const reading = readings
          await new Promise<void>((resolve) => finish.push(resolve))
          if (query.page === 'broken') throw new Error('it broke')
          return { reading, page: query.page ?? null, secret: 'not declared' }
        },
        { shared: true },
      ),
  ])
})
afterAll(() => app.close())

const get = (query = '') => app.send({ path: `/api/things${query}` })
const finishAll = () => {
  for (const resolve of finish) resolve()
  finish = []
}

test('requests that come while one is read share one reading that begins after they came', async () => {
  const first = get()
  await expect.poll(() => readings).toBe(1)
  const later = [get(), get(), get()]
  const other = get('?page=2')
  await expect.poll(() => readings).toBe(2)
  finishAll()
  expect((await first).json()).toEqual({ reading: 1, page: null })
  expect((await other).json()).toEqual({ reading: 2, page: '2' })
  await expect.poll(() => finish.length).toBe(1)
  finishAll()
  for (const answer of await Promise.all(later)) {
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.json()).toEqual({ reading: 3, page: null })
  }
  expect(readings).toBe(3)
})

test('an error is everybody’s who shares the reading, and the next request reads again', async () => {
  const broken = get('?page=broken')
  await expect.poll(() => finish.length).toBe(1)
  finishAll()
  expect((await broken).status).toBe(500)
  const again = get('?page=broken')
  await expect.poll(() => finish.length).toBe(1)
  finishAll()
  expect((await again).status).toBe(500)
})
