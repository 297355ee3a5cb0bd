import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import type { FastifyPluginAsync } from 'fastify'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { buildApp } from '../../src/http/app.ts'
import { assertLoopback, listen } from '../../src/http/listen.ts'

const config = { permission: 'tasks:read' } as const

function app(...plugins: FastifyPluginAsync[]) {
  return buildApp({ logger: pino({ level: 'silent' }), version: '1', plugins })
}

describe('listening', () => {
  it('is refused on anything but loopback', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'LOCALHOST']) {
      expect(() => assertLoopback(host)).not.toThrow()
    }
    for (const host of ['0.0.0.0', '::', '', '10.0.0.1', 'optio.example', '127.evil.example', '1127.0.0.1']) {
      expect(() => assertLoopback(host)).toThrow(
        expect.objectContaining({ code: 'CONFIG', message: expect.stringContaining('OPTIO_HOST') }),
      )
    }
  })

  it('on a taken port says who has it and what to do', async () => {
    // Takes connections and says nothing.
    const holder = createServer((socket) => socket.resume())
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const taken = app()
    const error = await listen(taken, { host: '127.0.0.1', port }).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'PORT_IN_USE' })
    expect((error as Error).message).toContain(String(port))
    expect((error as Error).message).toContain('OPTIO_PORT')
    if (process.platform === 'linux') expect((error as Error).message).toContain(`process ${process.pid}`)
    await taken.close()
    await new Promise((resolve) => holder.close(resolve))
  })

  it('answers an address that can be opened', async () => {
    const listening = app()
    const url = await listen(listening, { host: '127.0.0.1', port: 0 })
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/docs/json`)).status).toBe(200)
    await listening.close()
  })
})

describe('closing', () => {
  it('lets a request finish, and is held neither by idle connections nor by WebSockets', async () => {
    let finish: () => void = () => undefined
    let started: () => void = () => undefined
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve
    })
    const closing = app(async (instance) => {
      instance.get('/api/quick', { config }, async () => ({}))
      instance.get('/api/slow', { config }, async () => {
        started()
        await new Promise<void>((resolve) => {
          finish = resolve
        })
        return { done: true }
      })
      instance.get('/ws/open', { config, websocket: true }, () => undefined)
    })
    const url = await listen(closing, { host: '127.0.0.1', port: 0 })
    const agent = new Agent({ keepAlive: true })
    await new Promise((resolve) =>
      request(`${url}/api/quick`, { agent }, (res) => res.resume().on('end', resolve)).end(),
    )
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/open`)
    const gone = new Promise((resolve) => socket.on('close', resolve))
    await new Promise((resolve) => socket.on('open', resolve))
    const slow = fetch(`${url}/api/slow`)
    await hasStarted
    const closed = closing.close()
    finish()
    expect(await (await slow).json()).toEqual({ done: true })
    await closed
    await gone
    await expect(fetch(`${url}/api/quick`)).rejects.toThrow()
    agent.destroy()
  })

  it('hangs up after the grace period on what does not end', async () => {
    const closing = app(async (instance) => {
      instance.get('/api/never', { config }, () => new Promise(() => undefined))
    })
    const url = await listen(closing, { host: '127.0.0.1', port: 0 })
    const never = fetch(`${url}/api/never`).catch(() => 'hung up')
    await expect
      .poll(() => new Promise((resolve) => closing.server.getConnections((_error, count) => resolve(count))))
      .toBeGreaterThan(0)
    const started = performance.now()
    await closing.close()
    expect(performance.now() - started).toBeLessThan(10_000)
    expect(await never).toBe('hung up')
  })
})
