import type { FastifyPluginAsync } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { buildApp } from '../../src/http/app.ts'
import { foreignOrigin } from '../../src/http/origin.ts'
import { startApp, type TestApp } from './support.ts'

const plugin: FastifyPluginAsync = async (app) => {
  const config = { permission: 'tasks:read' } as const
  app.get('/api/thing', { config }, async ({ identity }) => identity)
  app.post('/api/thing', { config }, async () => ({ done: true }))
  app.get('/ws/thing', { config, websocket: true }, (socket) => {
    socket.send('hello')
  })
}

let app: TestApp
beforeAll(async () => {
  app = await startApp([plugin], { hosts: ['optio.example'], origins: ['http://pages.example:5173'] })
})
afterAll(() => app.close())

/** What opening a WebSocket comes to: its first message, or the status it is refused with. */
function open(path: string, headers: Record<string, string> = {}): Promise<string | number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${app.port}${path}`, { headers })
    socket.on('message', (data) => {
      resolve(String(data))
      socket.close()
    })
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
    socket.on('error', () => undefined)
  })
}

describe('a route', () => {
  it('without a permission cannot be registered', async () => {
    const build = (extra: FastifyPluginAsync) =>
      buildApp({ logger: pino({ level: 'silent' }), version: '1', plugins: [extra] })
    const open = build(async (instance) => {
      instance.get('/api/open', async () => 'open')
    })
    await expect(open.ready()).rejects.toThrow('/api/open declares no permission')
    const socket = build(async (instance) => {
      instance.get('/ws/open', { websocket: true }, () => undefined)
    })
    await expect(socket.ready()).rejects.toThrow('/ws/open declares no permission')
  })

  it('knows who asks: the local administrator in the default workspace', async () => {
    const answer = await app.send({ path: '/api/thing' })
    expect(answer.json()).toEqual({
      userId: 'local',
      role: 'admin',
      workspaceId: '00000000-0000-7000-8000-000000000001',
    })
  })

  it('is in no workspace but the default one', async () => {
    const ask = async (id: string) =>
      (await app.send({ path: '/api/thing', headers: { 'x-workspace-id': id } })).status
    expect(await ask('default')).toBe(200)
    expect(await ask('00000000-0000-7000-8000-000000000001')).toBe(200)
    expect(await ask('other')).toBe(404)
  })
})

it('a request that does not arrive in time is hung up on', async () => {
  const slow = buildApp({ logger: pino({ level: 'silent' }), version: '1', plugins: [plugin] })
  await slow.ready()
  expect(slow.server.requestTimeout).toBe(60_000)
  await slow.close()
})

describe('a foreign host or origin', () => {
  it('is refused, at every address, also unknown ones', async () => {
    const refused: Record<string, string>[] = [
      { host: 'evil.example' },
      { host: `evil.example:${app.port}` },
      { host: 'localhost.evil.example' },
      { host: '127.0.0.1.evil.example' },
      { host: '10.0.0.1' },
      { host: 'a b' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'file://' },
      { origin: `http://localhost:${app.port + 1}` },
      { origin: 'http://127.0.0.1' },
      { origin: `http://user@localhost:${app.port}` },
      { origin: 'http://pages.example' },
    ]
    for (const headers of refused) {
      for (const path of ['/api/thing', '/docs/json', '/nothing']) {
        const answer = await app.send({ path, headers })
        expect({ headers, path, status: answer.status }).toEqual({ headers, path, status: 403 })
        expect(answer.json()).toMatchObject({ code: 'FORBIDDEN_ORIGIN' })
      }
      const post = await app.send({ path: '/api/thing', method: 'POST', headers })
      expect(post.status).toBe(403)
      expect(await open('/ws/thing', headers)).toBe(403)
    }
  })

  it('is none of the names of this machine, and none that is configured', async () => {
    const { port } = app
    const allowed: Record<string, string>[] = [
      {},
      { host: 'localhost' },
      { host: `LOCALHOST:${port}` },
      { host: `[::1]:${port}` },
      { host: 'optio.localhost:1234' },
      { host: 'optio.example' },
      { origin: `http://127.0.0.1:${port}` },
      { origin: `http://localhost:${port}` },
      { host: 'optio.example', origin: 'http://optio.example' },
      { origin: 'http://pages.example:5173' },
    ]
    for (const headers of allowed) {
      const answer = await app.send({ path: '/api/thing', headers })
      expect({ headers, status: answer.status }).toEqual({ headers, status: 200 })
    }
    expect(await open('/ws/thing', { origin: `http://localhost:${port}` })).toBe('hello')
  })

  it('without a Host is refused', () => {
    const rules = { hosts: [], origins: [] }
    expect(foreignOrigin({}, rules)).not.toBeNull()
    expect(foreignOrigin({ host: '' }, rules)).not.toBeNull()
    expect(foreignOrigin({ host: 'localhost' }, rules)).toBeNull()
  })
})

describe('a WebSocket', () => {
  it('opens where there is one, and nowhere else', async () => {
    expect(await open('/ws/thing')).toBe('hello')
    expect(await open('/api/thing?token=optio_pat_secret')).toBe(404)
    expect(await open('/ws/nothing?token=optio_pat_secret')).toBe(404)
    expect((await app.send({ path: '/ws/thing' })).status).toBe(400)
    expect(await open('/ws/thing', { 'x-workspace-id': 'other' })).toBe(404)
  })

  it('that is refused leaves no connection behind', async () => {
    const closing = await startApp([plugin])
    const socket = new WebSocket(`ws://127.0.0.1:${closing.port}/ws/thing`, { origin: 'http://evil.example' })
    // Somebody who never hangs up.
    await new Promise((resolve) => socket.on('unexpected-response', resolve))
    const started = performance.now()
    await closing.close()
    expect(performance.now() - started).toBeLessThan(20_000)
  })
})

describe('answers', () => {
  it('carry headers that keep browsers from doing anything with them', async () => {
    const { headers } = await app.send({ path: '/api/thing' })
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('leave no token of an address in the log', async () => {
    app.logged.length = 0
    const secret = 'optio_pat_4711'
    for (const path of ['/api/thing', '/nothing', '/docs/json', '/ws/thing']) {
      for (const query of [`token=${secret}`, `a=1&to%6ben=${secret}`, `TOKEN=${secret}&b`]) {
        await app.send({ path: `${path}?${query}` })
        await open(`${path}?${query}`).catch(() => undefined)
      }
    }
    await app.send({ path: `/%zz?token=${secret}` })
    expect(app.logged.length).toBeGreaterThan(10)
    expect(app.logged.join('\n')).not.toContain(secret)
  })
})
