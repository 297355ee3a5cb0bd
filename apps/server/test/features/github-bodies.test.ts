import { createConnection, type Socket } from 'node:net'
import { OptioError } from '@optio/contract'
import fastify, { type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limitBodies } from '../../src/features/github/body-limits.ts'
import { workOnDelivery } from '../../src/features/github/delivery-job.ts'
import { digestOf } from '../../src/features/github/digest.ts'
import { mostTried, signerOf } from '../../src/features/github/signature.ts'
import { answerErrors } from '../../src/http/error-answer.ts'
import { processRedactor } from '../../src/redaction/process-redactor.ts'
import { DELIVERY_PATH, deliver, deliveriesOf, signatureOf } from './support/deliver.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'

const SECRET = 'what github signs with'
const MIB = 1024 * 1024

let place: GithubPlace
beforeAll(async () => {
  place = await startGithubPlace({ GITHUB_WEBHOOK_SECRET: SECRET })
})
afterAll(() => place?.close())

/** A connection on which a body is announced, and so much of it sent; what is answered is collected. */
async function announce(url: string, signature: string, length: number, sent = 0) {
  const { hostname, port } = new URL(url)
  const socket: Socket = createConnection({ host: hostname, port: Number(port) })
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  socket.on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  const head = [
    ...[`POST ${DELIVERY_PATH} HTTP/1.1`, 'host: 127.0.0.1', 'content-type: application/json'],
    ...[`content-length: ${length}`, `x-hub-signature-256: ${signature}`, '', ''],
  ].join('\r\n')
  await new Promise((resolve) => socket.write(head + 'x'.repeat(sent), resolve))
  return {
    answered: async (expected: RegExp) =>
      await expect.poll(() => answer, { timeout: 30_000 }).toMatch(expected),
    end: () => socket.destroy(),
  }
}

describe('bodies of strangers', () => {
  it('that are announced and never sent keep nobody out', async () => {
    const idle = await Promise.all(
      Array.from({ length: 8 }, () => announce(place.optio.url, `sha256=${'0'.repeat(64)}`, 25 * MIB, 10)),
    )
    try {
      expect(await deliver(place.optio, {}, { event: 'watch', secret: SECRET })).toMatchObject({
        status: 200,
      })
    } finally {
      for (const { end } of idle) end()
    }
  })

  it('with what is no signature are refused before a byte of them is read', async () => {
    for (const signature of ['sha256=0', 'sha1=1', `sha256=${'g'.repeat(64)}`]) {
      const { answered, end } = await announce(place.optio.url, signature, 25 * MIB)
      await answered(/^HTTP\/1\.1 401 /)
      end()
    }
  })

  it('are refused as early as long as there is no secret', async () => {
    const bare = await startGithubPlace({ GITHUB_WEBHOOK_SECRET: '' })
    try {
      const { answered, end } = await announce(bare.optio.url, signatureOf('{}', ''), 25 * MIB)
      await answered(/^HTTP\/1\.1 401 /)
      end()
    } finally {
      await bare.close()
    }
  })

  describe('in a scope of limits', () => {
    let app: FastifyInstance
    let url: string
    beforeAll(async () => {
      app = fastify()
      answerErrors(app)
      limitBodies(app, { bytesAtOnce: 1_000, withinMs: 500 })
      app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
      app.post(DELIVERY_PATH, async ({ body }) => ({ bytes: (body as Buffer).length }))
      url = await app.listen({ host: '127.0.0.1', port: 0 })
    })
    afterAll(() => app?.close())

    const post = (bytes: number) =>
      app.inject({
        ...{ method: 'POST', url: DELIVERY_PATH, payload: 'x'.repeat(bytes) },
        headers: { 'content-type': 'text/plain' },
      })

    it('are given up when they do not come, with 400, and give their place back', async () => {
      const slow = await announce(url, '', 900, 800)
      await expect.poll(async () => (await post(900)).statusCode).toBe(429)
      await slow.answered(/^HTTP\/1\.1 400 [\s\S]*did not come within/)
      await expect.poll(async () => (await post(900)).statusCode).toBe(200)
      slow.end()
    })

    it('count by what came, each until it is answered', async () => {
      for (let turn = 0; turn < 5; turn++) expect((await post(900)).json()).toEqual({ bytes: 900 })
      const over = await post(1_001)
      expect({ status: over.statusCode, after: over.headers['retry-after'] }).toEqual({
        status: 429,
        after: '1',
      })
    })
  })
})

describe('a signature', () => {
  it('of a large body is tried under a few secrets, of a small one under all', () => {
    expect(mostTried(25 * MIB)).toBe(4)
    const secrets = Array.from({ length: 500 }, (_, index) => `secret ${index % 250}`)
    const small = Buffer.from('{}')
    expect(signerOf(small, signatureOf('{}', 'secret 249'), secrets)).toBe('secret 249')
    expect(signerOf(small, signatureOf('{}', 'another'), secrets)).toBeNull()
    const text = 'x'.repeat(20 * MIB)
    const large = Buffer.from(text)
    expect(signerOf(large, signatureOf(text, 'secret 4'), secrets)).toBe('secret 4')
    expect(signerOf(large, signatureOf(text, 'secret 5'), secrets)).toBeNull()
  })
})

describe('a secret where a text is cut', () => {
  const known = 'a-secret-that-lies-across-the-cut'
  beforeAll(() => processRedactor.learn([known]))

  it('is in nothing that is kept of an issue', () => {
    const issue = { title: known, body: 'x'.repeat(70_000 - 10) + known, labels: [{ name: known }] }
    const kept = JSON.stringify(digestOf('issues', { issue })?.issues)
    expect(kept).not.toContain(known.slice(0, 5))
  })

  it('is in nothing that is said of a delivery that failed', async () => {
    const { repo } = await place.connected('cut')
    const { pool } = place.optio.database
    const payload = {
      ...{ action: null, formerly: [], others: [], numbers: [], shas: [], branches: [], issues: null },
      ...{ repository: { fullName: 'acme/elsewhere', url: '' }, repositoryIds: [repo.id] },
    }
    await pool.query(
      `insert into webhook_deliveries (id, event, workspace_id, repository_id, state, payload)
       values ('cut', 'push', $1, $2, 'received', $3)`,
      [repo.workspaceId, repo.id, JSON.stringify(payload)],
    )
    const deps = {
      ...{ database: place.optio.database, log: { warn: () => {} }, serverUrl: place.github.url },
      watchMs: 1_000,
      ask: () => Promise.reject(new OptioError('VALIDATION', 'x'.repeat(990) + known)),
    }
    await workOnDelivery(deps, 'cut')
    const [row] = await deliveriesOf(place.optio, `id = 'cut'`)
    expect(row).toMatchObject({ state: 'failed', payload: null })
    expect(row?.detail).not.toContain(known.slice(0, 5))
  })
})
