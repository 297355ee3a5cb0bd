import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiError, type Client, createClient } from '../src/index.ts'

let client: Client
let last: {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}
let answer = { status: 200, body: '{}' }
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  last = { method: request.method, url: request.url, headers: request.headers, body }
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  client = createClient({ baseUrl: `http://127.0.0.1:${port}/`, headers: { 'x-test': 'yes' } })
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

describe('the client', () => {
  it('puts parameters, queries and bodies where they belong', async () => {
    answer = { status: 200, body: '{"tasks":[]}' }
    expect(
      await client.tasks.list({ query: { state: ['queued', 'running'], limit: 5, q: 'a&b=ü' } }),
    ).toEqual({ tasks: [] })
    expect(last).toMatchObject({
      method: 'GET',
      url: '/api/tasks?state=queued&state=running&limit=5&q=a%26b%3D%C3%BC',
    })
    await client.tasks.get({ params: { id: '../a b' } })
    expect(last.url).toBe('/api/tasks/..%2Fa%20b')
    await client.tasks.create({ body: { prompt: 'p' } })
    expect(last).toMatchObject({ method: 'POST', body: '{"prompt":"p"}' })
    expect(last.headers).toMatchObject({ 'content-type': 'application/json', 'x-test': 'yes' })
    await client.tasks.cancel({ params: { id: 'x' } })
    expect(last.body).toBe('')
    expect(last.headers).not.toHaveProperty('content-type')
  })

  it('refuses to send a request without what its address needs', async () => {
    await expect(client.tasks.get({ params: { id: '' } })).rejects.toThrow(TypeError)
    // @ts-expect-error a body is needed
    void (() => client.comments.create({ params: { id: 'x' } }))
    // @ts-expect-error there is no such field
    void (() => client.tasks.create({ body: { prompt: 'p', promptt: '' } }))
  })

  it('throws what the server says is wrong', async () => {
    answer = {
      status: 409,
      body: '{"error":"Not from here.","code":"INVALID_TRANSITION","details":{"legal":[]}}',
    }
    const error = await client.tasks.cancel({ params: { id: 'x' } }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 409,
      code: 'INVALID_TRANSITION',
      message: 'Not from here.',
      details: { legal: [] },
    })
    answer = { status: 502, body: '<html>' }
    await expect(client.tasks.list()).rejects.toMatchObject({ status: 502, code: 'UNKNOWN' })
  })

  it('takes a status that carries the usual answer as an answer', async () => {
    answer = { status: 503, body: '{"healthy":false}' }
    expect(await client.health.health()).toEqual({ healthy: false })
    answer = { status: 204, body: '' }
    expect(await client.tasks.remove({ params: { id: 'x' } })).toBeUndefined()
  })

  it('hands a stream out as it is', async () => {
    answer = { status: 200, body: 'line 1\nline 2\n' }
    const response = await client.logs.export({ params: { id: 'x' }, query: { format: 'plaintext' } })
    expect(await response.text()).toBe('line 1\nline 2\n')
  })
})
