import { defineRoutes } from '@optio/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { handle } from '../../src/http/register.ts'
import { startApp, type TestApp } from './support.ts'

const routes = defineRoutes({
  texts: {
    get: {
      method: 'GET',
      path: '/api/texts',
      permission: 'tasks:read',
      tag: 'Tasks',
      summary: 'A text.',
      status: 200,
      query: z.object({ letter: z.string(), times: z.coerce.number() }),
      answer: z.object({ text: z.string() }),
    },
  },
})

let app: TestApp

beforeAll(async () => {
  app = await startApp([
    async (scope) =>
      handle(scope, routes.texts.get, async ({ query: { letter, times } }) => ({
        text: letter.repeat(times),
      })),
  ])
})
afterAll(() => app.close())

test.each(['a', 'ä', '–', '😀', '"'])(
  'an answer of any length arrives whole, also one of %j',
  async (letter) => {
    for (const times of [0, 1, 4_000, 8_181, 8_182, 100_000]) {
      const path = `/api/texts?letter=${encodeURIComponent(letter)}&times=${times}`
      const { headers, text, json } = await app.send({ path })
      expect(json()).toEqual({ text: letter.repeat(times) })
      expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
      expect(headers['content-type']).toBe('application/json; charset=utf-8')
    }
  },
)
