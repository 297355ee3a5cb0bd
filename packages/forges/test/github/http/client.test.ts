import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import type { GithubCredential } from '../../../src/github/credential.ts'
import { GraphqlNotServed, type RestRequest } from '../../../src/github/http/client.ts'
import { createGithubClient } from '../../../src/github/http/create-client.ts'
import { restPages } from '../../../src/github/http/pages.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import { json, scriptedServer } from '../support/scripted-server.ts'

const server = await scriptedServer()
const elsewhere = await scriptedServer()
const TOKEN = 'ghp_0123456789abcdef'
const about = { workspaceId: 'w', repositoryId: 'r' }
const get: RestRequest = { method: 'GET', path: '/repos/a/b', priority: 'background', about }
const post: RestRequest = { ...get, method: 'POST', body: { a: 1 } }

beforeEach(() => {
  for (const each of [server, elsewhere]) {
    each.asked.length = 0
    each.handle = (_, response) => json(response, 200, {})
  }
})

function newClient(
  options: { credential?: GithubCredential | null; timeoutMs?: number; writeGapMs?: number } = {},
) {
  const { credential = { token: TOKEN, source: 'secret' } } = options
  return createGithubClient({
    addresses: { apiUrl: server.url, serverUrl: server.url, graphqlUrl: `${server.url}/graphql` },
    credentialFor: async () => credential,
    userAgent: 'optio/1.2.3',
    writeGapMs: options.writeGapMs ?? 0,
    retryDelayMs: 1,
    timeoutMs: options.timeoutMs ?? 5000,
  })
}

async function noAnswer(task: Promise<unknown>): Promise<NoAnswer> {
  const error = await task.then(
    (value) => value,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof NoAnswer)) throw new Error(`no NoAnswer: ${JSON.stringify(error)} ${String(error)}`)
  expect(`${error.message} ${String(error.cause)}`).not.toContain(TOKEN)
  return error
}

describe('a request', () => {
  it('says who asks, with what, and asks for JSON', async () => {
    await newClient().rest({ ...post, query: { a: 'b c', none: undefined, n: 1 } })
    const [asked] = server.asked
    expect(asked).toMatchObject({ method: 'POST', path: '/repos/a/b?a=b+c&n=1', body: '{"a":1}' })
    expect(asked?.headers).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/vnd.github+json',
      'user-agent': 'optio/1.2.3',
    })
  })

  it('without a credential is not sent, and says what to do', async () => {
    const error = await noAnswer(newClient({ credential: null }).rest(get))
    expect(error).toMatchObject({ reason: 'credential', message: expect.stringContaining('GITHUB_TOKEN') })
    expect(server.asked).toEqual([])
  })

  it.each([
    [401, { message: 'Bad credentials' }, 'credential'],
    [429, { message: 'slow down' }, 'limited'],
    [403, { message: 'You have exceeded a secondary rate limit' }, 'limited'],
    [502, {}, 'failing'],
  ])('that is answered with %i is not answered (%o: %s)', async (status, body, reason) => {
    server.handle = (_, response) => json(response, status, body)
    expect((await noAnswer(newClient().rest(post))).reason).toBe(reason)
  })

  it('that GitHub refuses in its own words is answered', async () => {
    for (const status of [403, 404, 409, 422]) {
      server.handle = (_, response) => json(response, status, { message: 'No.' })
      expect(await newClient().rest(post)).toMatchObject({ status, data: { message: 'No.' } })
    }
  })

  it('that a proxy answers for GitHub is not answered, whatever it says', async () => {
    for (const status of [200, 404]) {
      server.handle = (_, response) =>
        void response.writeHead(status, { 'content-type': 'text/html' }).end('<html>')
      expect((await noAnswer(newClient().rest(get))).reason).toBe('failing')
      server.handle = (_, response) =>
        void response.writeHead(status, { 'content-type': 'application/json' }).end('{"a":')
      expect((await noAnswer(newClient().rest(get))).reason).toBe('failing')
    }
  })

  it('whose answer breaks off, is too large, or does not come is not answered', async () => {
    const broken = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"a":1')
      setTimeout(() => response.destroy(), 20)
    }
    server.handle = (_, response) => broken(response)
    expect((await noAnswer(newClient().rest(post))).reason).toBe('unreachable')
    server.handle = (_, response) => json(response, 200, { a: 'x'.repeat(5000) })
    expect((await noAnswer(newClient().rest({ ...post, maxBytes: 1000 }))).reason).toBe('failing')
    server.handle = () => {}
    server.asked.length = 0
    const late = await noAnswer(newClient({ timeoutMs: 500 }).rest(post))
    await until(() => server.asked.length === 1)
    expect(late).toMatchObject({ reason: 'unreachable', message: expect.stringContaining('in time') })
  })
})

describe('what got no answer', () => {
  it('is sent once more when doing it twice does no harm, and never otherwise', async () => {
    const drop = (response: ServerResponse) => void response.destroy()
    const sentFor = async (request: RestRequest) => {
      server.asked.length = 0
      server.handle = (_, response) =>
        server.asked.length === 1 ? drop(response) : json(response, 200, { ok: true })
      await newClient()
        .rest(request)
        .catch(() => undefined)
      return server.asked.length
    }
    expect(await sentFor(get)).toBe(2)
    expect(await sentFor({ ...get, method: 'DELETE' })).toBe(2)
    expect(await sentFor(post)).toBe(1)
    expect(await sentFor({ ...get, method: 'PATCH', body: {} })).toBe(1)
    expect(await sentFor({ ...get, method: 'PUT', body: {}, idempotent: false })).toBe(1)
    expect(await sentFor({ ...post, idempotent: true })).toBe(2)
  })

  it('because of a limit is not asked again before its time, nor is anything else', async () => {
    const client = newClient()
    server.handle = (_, response) =>
      json(response, 403, { message: 'secondary rate limit' }, { 'retry-after': '60' })
    const first = await noAnswer(client.rest(get))
    expect(first.retryAt ?? 0).toBeGreaterThan(Date.now() + 50_000)
    await noAnswer(client.rest({ ...get, priority: 'person', path: '/other' }))
    await noAnswer(client.graphql('{ viewer { login } }', {}, about, 'person'))
    expect(server.asked).toHaveLength(1)
  })
})

describe('an answer with a mark', () => {
  it('is asked for by it, and answered from what is kept when nothing changed', async () => {
    const client = newClient()
    server.handle = ({ headers }, response) =>
      headers['if-none-match'] === '"1"'
        ? void response.writeHead(304, { etag: '"1"' }).end()
        : json(response, 200, { n: server.asked.length }, { etag: '"1"' })
    expect(await client.rest(get)).toMatchObject({ status: 200, data: { n: 1 }, notModified: false })
    expect(await client.rest(get)).toMatchObject({ status: 200, data: { n: 1 }, notModified: true })
    expect(await client.rest({ ...get, accept: 'application/json' })).toMatchObject({ data: { n: 3 } })
    const own = await client.rest({ ...get, etag: '"1"' })
    expect(own).toMatchObject({ status: 304, data: null, notModified: true })
  })

  it('is kept for its credential alone', async () => {
    let token = TOKEN
    const client = createGithubClient({
      addresses: { apiUrl: server.url, serverUrl: server.url, graphqlUrl: server.url },
      credentialFor: async () => ({ token, source: 'secret' }),
    })
    server.handle = ({ headers }, response) =>
      json(response, 200, { own: headers['if-none-match'] ?? null }, { etag: '"1"' })
    await client.rest(get)
    token = 'ghp_another'
    expect(await client.rest(get)).toMatchObject({ data: { own: null } })
  })
})

describe('a redirect', () => {
  it('to the same server is followed, whatever is sent', async () => {
    server.handle = ({ path }, response) =>
      path === '/repos/a/b'
        ? void response.writeHead(307, { location: '/repositories/1' }).end()
        : json(response, 200, { path })
    expect(await newClient().rest(post)).toMatchObject({ data: { path: '/repositories/1' } })
    expect(server.asked.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['POST', '{"a":1}'],
    ])
  })

  it('to another server is not followed', async () => {
    server.handle = (_, response) => void response.writeHead(302, { location: elsewhere.url }).end()
    expect((await noAnswer(newClient().rest(get))).reason).toBe('failing')
    expect(elsewhere.asked).toEqual([])
  })

  it('of a text leads to another server without the credential', async () => {
    server.handle = (_, response) => void response.writeHead(302, { location: `${elsewhere.url}/log` }).end()
    elsewhere.handle = (_, response) => void response.end(`${'x'.repeat(200_000)}the end`)
    const read = { path: '/logs', priority: 'background', about } as const
    const answer = await newClient().text({ ...read, tailBytes: 7 })
    expect(answer).toEqual({ status: 200, text: 'the end', truncated: true })
    expect(elsewhere.asked[0]?.headers.authorization).toBeUndefined()
    elsewhere.handle = (_, response) => void response.end('all')
    expect(await newClient().text({ ...read, tailBytes: 7 })).toMatchObject({ text: 'all', truncated: false })
    elsewhere.handle = (_, response) => void response.writeHead(404).end('gone')
    expect(await newClient().text({ ...read, tailBytes: 7 })).toMatchObject({ status: 404, text: '' })
    elsewhere.handle = (_, response) => void response.writeHead(500).end('oh')
    expect((await noAnswer(newClient().text({ ...read, tailBytes: 7 }))).reason).toBe('failing')
  })
})

describe('many requests', () => {
  it('are under way eight at a time, people first', async () => {
    const waiting: (() => void)[] = []
    server.handle = (_, response) => void waiting.push(() => json(response, 200, {}))
    const client = newClient()
    const all = Array.from({ length: 12 }, (_, i) => client.rest({ ...get, path: `/background/${i}` }))
    await until(() => waiting.length === 8)
    all.push(client.rest({ ...get, path: '/person', priority: 'person' }))
    await sleep(30)
    expect(server.asked).toHaveLength(8)
    waiting.shift()?.()
    await until(() => server.asked.length === 9)
    expect(server.asked[8]?.path).toBe('/person')
    server.handle = (_, response) => json(response, 200, {})
    for (const go of waiting) go()
    await Promise.all(all)
  })

  it('that write are sent one after the other, with the time between that is asked for', async () => {
    let underWay = 0
    const starts: number[] = []
    server.handle = (_, response) => {
      starts.push(performance.now())
      expect(++underWay).toBe(1)
      setTimeout(() => {
        underWay--
        json(response, 201, {})
      }, 20)
    }
    const client = newClient({ writeGapMs: 60 })
    await Promise.all([client.rest(post), client.rest(post), client.rest(post)])
    const gaps = starts.slice(1).map((at, i) => at - (starts[i] ?? 0))
    expect(gaps).toHaveLength(2)
    for (const gap of gaps) expect(gap).toBeGreaterThan(70)
  })

  it('that write and would wait for minutes are put off instead', async () => {
    server.handle = () => {}
    const client = newClient({ writeGapMs: 20_000, timeoutMs: 200 })
    const all = Array.from({ length: 4 }, () => client.rest(post).catch((error: unknown) => error))
    const put = await all[3]
    await until(() => server.asked.length === 1)
    expect(put).toMatchObject({ reason: 'limited' })
    expect((put as NoAnswer).retryAt ?? 0).toBeGreaterThan(Date.now() + 30_000)
  })

  it('for pages follow them to the last', async () => {
    server.handle = ({ path }, response) => {
      const page = Number(/[?&]page=(\d+)/.exec(path)?.[1] ?? 1)
      const link = page < 3 ? { link: `<${server.url}/x?page=${page + 1}>; rel="next"` } : {}
      json(response, 200, [page], link)
    }
    const pages: number[] = []
    for await (const { data } of restPages<number>(newClient(), get, 10)) pages.push(...data)
    expect(pages).toEqual([1, 2, 3])
    expect(server.asked.map(({ path }) => path)).toEqual([
      '/repos/a/b?per_page=100',
      '/repos/a/b?per_page=100&page=2',
      '/repos/a/b?per_page=100&page=3',
    ])
  })
})

describe('a GraphQL document', () => {
  const ask = (document = 'query Q { a }') => newClient().graphql(document, { x: 1 }, about, 'background')

  it('is answered with data, and with what is wrong beside it', async () => {
    server.handle = (_, response) =>
      json(response, 200, {
        data: { a: null },
        errors: [{ type: 'NOT_FOUND', path: ['a'], message: 'No a.' }],
      })
    expect(await ask()).toEqual({
      data: { a: null },
      errors: [{ type: 'NOT_FOUND', path: ['a'], message: 'No a.' }],
    })
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({ query: 'query Q { a }', variables: { x: 1 } })
  })

  it('without data is not answered; a limit among its errors is one', async () => {
    server.handle = (_, response) =>
      json(response, 200, { data: null, errors: [{ message: 'Something went wrong' }] })
    expect(await noAnswer(ask())).toMatchObject({
      reason: 'failing',
      message: expect.stringContaining('went wrong'),
    })
    server.handle = (_, response) =>
      json(response, 200, {
        data: { a: 1 },
        errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }],
      })
    expect((await noAnswer(ask())).reason).toBe('limited')
  })

  it('is not served where there is no GraphQL, whoever says so', async () => {
    for (const status of [404, 501]) {
      server.handle = (_, response) => void response.writeHead(status).end()
      await expect(ask()).rejects.toBeInstanceOf(GraphqlNotServed)
    }
  })

  it('that changes something is never sent twice', async () => {
    server.handle = (_, response) => json(response, 502, {})
    await noAnswer(ask('mutation M { a }'))
    expect(server.asked).toHaveLength(1)
    await noAnswer(ask())
    expect(server.asked).toHaveLength(3)
  })
})

describe('whose credential it is', () => {
  it('is asked once; that of an app is nobody’s', async () => {
    server.handle = (_, response) => json(response, 200, { login: 'optio-bot' })
    const client = newClient()
    expect([await client.login(about), await client.login(about)]).toEqual(['optio-bot', 'optio-bot'])
    expect(server.asked).toHaveLength(1)
    server.handle = (_, response) =>
      json(response, 403, { message: 'Resource not accessible by integration' })
    expect(await newClient().login(about)).toBeNull()
    server.handle = (_, response) => json(response, 502, {})
    await noAnswer(newClient().login(about))
  })

  it('names the limits, which show no part of the credential', async () => {
    const reset = String(Math.floor(Date.now() / 1000) + 100)
    server.handle = (_, response) =>
      json(
        response,
        200,
        { login: 'optio-bot' },
        {
          'x-ratelimit-limit': '5000',
          'x-ratelimit-remaining': '4999',
          'x-ratelimit-reset': reset,
          'x-ratelimit-resource': 'core',
        },
      )
    const client = newClient()
    await client.rest(get)
    expect(client.limits()).toEqual([
      {
        owner: await client.credentialKey(about),
        resource: 'core',
        limit: 5000,
        remaining: 4999,
        resetAt: Number(reset) * 1000,
        pausedUntil: null,
      },
    ])
    expect(JSON.stringify(client.limits())).not.toContain('ghp_')
    await client.login(about)
    expect(client.limits()[0]?.owner).toBe('optio-bot')
  })
})

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !isSo(); await sleep(5)) {
    if (Date.now() > end) throw new Error('it did not come to be in 30 s')
  }
}
