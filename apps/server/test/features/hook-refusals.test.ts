import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { firingsOf, makeHook, now, runsOf, SECRET, send, sign } from './support/hook.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
beforeAll(async () => {
  optio = await startOptio()
})
afterAll(() => optio.close())

describe('a signature', () => {
  it('is of the very bytes of the body, spaces and all', async () => {
    const one = await makeHook(optio, { secret: SECRET })
    const body = '{ "title" :  "ü🙂\\u0041" }\n'
    expect((await one.call(body, sign(body))).status).toBe(202)
    expect((await one.call('{"title":"ü🙂A"}', sign(body))).status).toBe(401)
    expect(
      (
        await one.call(body, {
          'x-optio-signature':
            sign(body)['x-optio-signature']?.toUpperCase().replace('SHA256', 'sha256') ?? '',
        })
      ).status,
    ).toBe(202)
  })

  it.each([
    ['none', {}],
    ['that of another secret', sign('{}', 'another-secret')],
    ['that of another body', sign('{"a":1}')],
    ['half of one', { 'x-optio-signature': sign('{}')['x-optio-signature']?.slice(0, 40) ?? '' }],
    ['one without its algorithm', { 'x-optio-signature': sign('{}')['x-optio-signature']?.slice(7) ?? '' }],
    ['no hex', { 'x-optio-signature': `sha256=${'z'.repeat(64)}` }],
    ['zeros', { 'x-optio-signature': `sha256=${'0'.repeat(64)}` }],
    ['one with a time that was not signed', { ...sign('{}'), 'x-optio-timestamp': String(now()) }],
    ['one of six minutes ago', sign('{}', SECRET, String(now() - 360))],
    ['one of six minutes ahead', sign('{}', SECRET, String(now() + 360))],
    ['one with a time that is none', sign('{}', SECRET, 'now')],
    ['one with an empty time', sign('{}', SECRET, '')],
  ])('%s is refused, and nothing is recorded', async (_, headers) => {
    const one = await makeHook(optio, { secret: SECRET })
    const refused = await one.call('{}', headers)
    expect(refused).toMatchObject({ status: 401, body: { code: 'HOOK_SIGNATURE' } })
    expect(JSON.stringify(refused)).not.toContain(SECRET)
    expect(await firingsOf(optio, one)).toEqual([])
    expect(await runsOf(optio, one)).toEqual([])
  })

  it('with a time is of both, and holds for five minutes', async () => {
    const one = await makeHook(optio, { secret: SECRET })
    for (const seconds of [now(), now() - 290, now() + 290]) {
      expect((await one.call('{}', sign('{}', SECRET, String(seconds)))).status).toBe(202)
    }
  })

  it('is looked at before the body is', async () => {
    const one = await makeHook(optio, { secret: SECRET })
    expect((await one.call('no json')).status).toBe(401)
    expect((await one.call('no json', sign('no json'))).status).toBe(400)
  })
})

describe('what cannot be fired', () => {
  it('an unknown path is 404, whatever is sent to it', async () => {
    for (const path of ['unknown', '%00', 'x'.repeat(201), '%E0%A4%A', `${'..'}%2f`]) {
      const { status, body } = await send(optio, path, {})
      expect([400, 404]).toContain(status)
      if (path === 'unknown') expect(body).toMatchObject({ code: 'HOOK_NOT_FOUND' })
    }
    expect(await send(optio, 'unknown', 'no json', sign('x'))).toMatchObject({ status: 404 })
  })

  it('a trigger that is disabled or deleted says so', async () => {
    const one = await makeHook(optio, { secret: SECRET })
    const params = { id: one.definitionId, triggerId: one.trigger.id }
    await optio.client.triggers.edit({ params, body: { enabled: false } })
    expect((await one.call('{}')).status).toBe(401)
    const refused = await one.call('{}', sign('{}'))
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'CONFLICT', error: expect.stringMatching(/disabled/) },
    })
    expect(await firingsOf(optio, one)).toEqual([])
    await optio.client.triggers.remove({ params })
    expect(await one.call('{}', sign('{}'))).toMatchObject({ status: 404, body: { code: 'HOOK_NOT_FOUND' } })
  })

  it('parameters that the schema refuses are 400 with their path, and a firing that failed', async () => {
    const paramsSchema = {
      type: 'object',
      properties: { title: { type: 'string' }, count: { type: 'integer', minimum: 1 } },
      required: ['title'],
    }
    const one = await makeHook(optio, {}, { paramsSchema })
    const refused = await one.call({ title: 'x', count: 0 })
    expect(refused).toMatchObject({ status: 400, body: { code: 'PARAMS_INVALID' } })
    expect(JSON.stringify((refused.body as { details: unknown }).details)).toContain('count')
    expect(await firingsOf(optio, one)).toMatchObject([
      { state: 'failed', code: 'PARAMS_INVALID', reason: expect.stringContaining('count'), runId: null },
    ])
    expect(await runsOf(optio, one)).toEqual([])
  })

  it.each([
    ['a list', '[1]', 400],
    ['a number', '7', 400],
    ['null', 'null', 400],
    ['half of an object', '{"a":', 400],
    ['a NUL', '{"a":"\\u0000"}', 400],
    ['a NUL as a key', '{"\\u0000":1}', 400],
    ['half of a character', '{"a":"\\ud800"}', 400],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 400],
    ['a hundred levels', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`, 400],
    ['a prototype', '{"__proto__":{"x":1}}', 400],
    ['more than a mebibyte', JSON.stringify({ a: 'x'.repeat(1024 * 1024) }), 413],
  ])('%s is refused, and nothing is recorded', async (_, body, status) => {
    const one = await makeHook(optio)
    const answer = await one.call(body)
    expect(answer.status).toBe(status)
    if (status === 413) expect(answer.body).toMatchObject({ error: expect.stringContaining('1 MiB') })
    expect(await firingsOf(optio, one)).toEqual([])
    expect(await runsOf(optio, one)).toEqual([])
  })

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/jsonp',
  ])('a body of type %s is 415', async (type) => {
    const one = await makeHook(optio)
    expect(await one.call('{}', { 'content-type': type })).toMatchObject({
      status: 415,
      body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
    })
    expect(await firingsOf(optio, one)).toEqual([])
  })

  it('kinds of JSON are JSON', async () => {
    const one = await makeHook(optio)
    for (const type of [
      'application/json; charset=utf-8',
      'application/cloudevents+json',
      'Application/JSON',
    ]) {
      expect((await one.call('{}', { 'content-type': type })).status).toBe(202)
    }
  })

  it('nearly a mebibyte is taken', async () => {
    const one = await makeHook(optio, { paramMapping: { title: 'title' } })
    const body = JSON.stringify({ title: 'short', rest: 'x'.repeat(1024 * 1024 - 100) })
    expect((await one.call(body)).status).toBe(202)
    expect((await runsOf(optio, one))[0]?.params).toEqual({ title: 'short' })
  })
})

it('webhooks that are begun and never finished leave room for others again', async () => {
  const one = await makeHook(optio)
  const { host, port, hostname } = new URL(optio.url)
  const send = (rest: string) => {
    const socket = connect(Number(port), hostname)
    const path = `/api/hooks/${one.trigger.config.path}`
    socket.write(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n${rest}`)
    return socket
  }
  const open = Array.from({ length: 200 }, () =>
    send('content-length: 1000\r\nexpect: 100-continue\r\n\r\n{'),
  )
  // Each is told to go on when its head has been read.
  for (const socket of open) expect(String((await once(socket, 'data'))[0])).toContain('100 Continue')
  expect((await one.call({})).status).toBe(429)
  const last = await text(send('connection: close\r\ncontent-length: 2\r\n\r\n{}'))
  expect(last).toMatch(/^HTTP\/1.1 429 /)
  expect(last).toMatch(/^retry-after: 1\r$/im)
  for (const socket of open) socket.destroy()
  await expect.poll(async () => (await one.call({})).status, { timeout: 20_000 }).toBe(202)
})

it('a secret and a payload are in no line of the log', async () => {
  const one = await makeHook(optio, { secret: SECRET })
  const body = '{"title":"a-word-of-theirs"}'
  await one.call(body, sign(body))
  await one.call(body)
  expect(optio.logged.join('\n')).not.toContain(SECRET)
  expect(optio.logged.join('\n')).not.toContain('a-word-of-theirs')
})
