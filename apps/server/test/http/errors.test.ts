import { OptioError } from '@optio/contract'
import type { FastifyPluginAsync } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { connectDatabase } from '../../src/database/connection.ts'
import { testDatabase } from '../support/postgres.ts'
import { quiet } from '../support/test-server.ts'
import { startApp, type TestApp } from './support.ts'

const config = { permission: 'tasks:read' } as const
const plugin: FastifyPluginAsync = async (app) => {
  app.get('/api/secret', { config }, async () => {
    throw new Error('password=hunter2')
  })
  app.get('/api/coded', { config }, async () => {
    throw new OptioError('INVALID_TRANSITION', 'Not from here.', { details: { legal: ['queued'] } })
  })
  app.get('/api/git', { config }, async () => {
    throw new OptioError('GIT', 'git failed in /somewhere/private')
  })
  const schema = { response: { 200: z.object({ n: z.number() }) } }
  app.get('/api/wrong-answer', { config, schema }, async () => ({ n: 'not a number' }) as never)
  app.get('/api/extra', { config, schema }, async () => ({ n: 1, secret: 2 }))
  app.post('/api/echo', { config }, async ({ body }) => ({ body: body ?? 'absent' }))
  app.get('/api/items/:id/parts', { config }, async () => ({}))
}

let app: TestApp
beforeAll(async () => {
  app = await startApp([plugin])
})
afterAll(() => app.close())

const json = { 'content-type': 'application/json' }
const post = (body: string | Buffer, headers: Record<string, string> = json) =>
  app.send({ path: '/api/echo', method: 'POST', headers, body })

describe('an error', () => {
  it('of ours is answered with its status, code, words and details', async () => {
    const answer = await app.send({ path: '/api/coded' })
    expect(answer.status).toBe(409)
    expect(answer.json()).toEqual({
      error: 'Not from here.',
      code: 'INVALID_TRANSITION',
      details: { legal: ['queued'] },
    })
  })

  it('nobody thought of is in the log, and none of it in the answer', async () => {
    for (const [path, internal] of [
      ['/api/secret', 'hunter2'],
      ['/api/git', 'private'],
      ['/api/wrong-answer', 'schema'],
    ] as const) {
      app.logged.length = 0
      const answer = await app.send({ path })
      expect(answer.status).toBe(500)
      expect(answer.text).not.toContain(internal)
      expect(answer.json()).toMatchObject({ code: 'INTERNAL' })
      const { requestId } = answer.json().details as { requestId: string }
      const line = app.logged.find((each) => each.includes('failed inside'))
      expect(line).toContain(requestId)
      expect(line).toContain(internal)
    }
  })

  it('of the database being away is 503', async () => {
    const store = await testDatabase()
    const database = await connectDatabase({ target: store.target, log: quiet })
    const asking = await startApp([
      async (instance) => {
        instance.get('/api/db', { config }, async () => (await database.pool.query('select 1')).rows)
      },
    ])
    expect((await asking.send({ path: '/api/db' })).status).toBe(200)
    await store.drop()
    // The connection is cut, and no other can be made: the database does not exist any more.
    await expect.poll(async () => (await asking.send({ path: '/api/db' })).status).not.toBe(200)
    await database.close()
    const answer = await asking.send({ path: '/api/db' })
    expect(answer.status).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    await asking.close()
  })

  it('tells an unknown address from a wrong method', async () => {
    const unknown = await app.send({ path: '/api/nothing' })
    expect([unknown.status, unknown.json().code]).toEqual([404, 'NOT_FOUND'])
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PROPFIND', 'POST']) {
      const wrong = await app.send({ path: '/api/items/1/parts', method })
      expect([method, wrong.status, wrong.json().code]).toEqual([method, 405, 'METHOD_NOT_ALLOWED'])
      expect(wrong.headers.allow).toBe('GET, HEAD')
    }
    expect((await app.send({ path: '/api/items/1/other' })).status).toBe(404)
    expect((await app.send({ path: '/api/items/%zz/parts' })).status).toBe(400)
    expect((await app.send({ path: '/api/extra/' })).status).toBe(404)
  })

  it('answers only what is declared', async () => {
    expect((await app.send({ path: '/api/extra' })).json()).toEqual({ n: 1 })
  })
})

describe('a body', () => {
  it('is JSON in UTF-8, or absent', async () => {
    const cases: [string | Buffer, Record<string, string>, number, string?][] = [
      ['{"a":1}', json, 200],
      ['{"a":1}', { 'content-type': 'application/json; charset=utf-8' }, 200],
      ['', json, 200],
      ['', { 'content-type': 'application/x-www-form-urlencoded' }, 200],
      ['', {}, 200],
      ['{"a":', json, 400, 'VALIDATION'],
      ['{"a":"\\ud8"}', json, 400, 'VALIDATION'],
      ['{"a":"\\x"}', json, 400, 'VALIDATION'],
      ['{"__proto__":{"x":1}}', json, 400, 'VALIDATION'],
      [Buffer.from([0x22, 0xff, 0xfe, 0x22]), json, 400, 'VALIDATION'],
      [Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), json, 400, 'VALIDATION'],
      ['a=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['{"a":1}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['{"a":1}', { 'content-type': 'nonsense' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
      ['{"a":1}', {}, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ]
    for (const [body, headers, status, code] of cases) {
      const answer = await post(body, headers)
      expect({ body, headers, status: answer.status }).toEqual({ body, headers, status })
      if (code) expect(answer.json()).toMatchObject({ code })
    }
  })

  it('of four mebibytes is read, and one byte more is 413', async () => {
    const limit = 4 * 1024 * 1024
    expect((await post(JSON.stringify('x'.repeat(limit - 2)))).status).toBe(200)
    const over = await post(JSON.stringify('x'.repeat(limit - 1)))
    expect(over.status).toBe(413)
    expect(over.json()).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  })

  it('nested without end is read without harm', async () => {
    const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000)
    expect((await app.send({ path: '/api/coded', method: 'GET' })).status).toBe(409)
    expect((await post(deep)).status).toBeLessThan(600)
    expect((await app.send({ path: '/api/extra' })).status).toBe(200)
  })
})
