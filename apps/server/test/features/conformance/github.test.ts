import { createHmac } from 'node:crypto'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGithubService } from '../../../src/features/github/service.ts'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

const SECRET = 'what deliveries are signed with'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

let github: FakeGithub
let token: string
let there: FakeRepository
let served: Served
let call: Calls
let repo: Thing
beforeAll(async () => {
  github = await startFakeGithub()
  token = github.createToken({ login: 'optio-bot' })
  const addresses = { GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url }
  served = await serve({ ...addresses, GITHUB_TOKEN: token, GITHUB_WEBHOOK_SECRET: SECRET })
  call = await callsOf(served)
  there = await github.createRepository({
    owner: 'acme',
    name: 'webapp',
    permissions: { 'optio-bot': 'admin' },
  })
  const body = { repoUrl: there.url, agentCommand: ['true'] }
  repo = (await call<{ repo: Thing }>('repos.connect', { body })).repo
})
afterAll(async () => {
  await served?.close()
  await github?.close()
})

describe('GitHub', () => {
  it('says whose credential it takes, and what is left of its limits, at no cost', async () => {
    const { github: status } = await call<{ github: Thing }>('github.status')
    expect(status).toMatchObject({
      ...{ apiUrl: github.apiUrl, serverUrl: github.url, credential: 'environment', login: 'optio-bot' },
      ...{ problem: null, watched: 0, oldestObservedAt: null, takesWebhooks: true },
    })
    expect(status.limits).toMatchObject([
      { resource: 'core', limit: 5_000, pausedUntil: null },
      { resource: 'graphql', limit: 5_000, pausedUntil: null },
    ])
    expect(github.requests.all('GET /rate_limit').map(({ cost }) => cost)).toEqual([0])
    const asked = github.requests.count('GET /rate_limit')
    await call('github.status')
    expect([asked, github.requests.count('GET /rate_limit')]).toEqual([1, 1])
  })

  it('has the webhook of a repository registered, and it is only there when GitHub’s ping arrived', async () => {
    const params = { params: { id: repo.id } }
    expect(await call('github.webhook', params)).toMatchObject({
      webhook: { hookId: null, lastDeliveryAt: null },
    })
    const url = `${served.optio.url}/`
    const { webhook } = await call<{ webhook: { hookId: number; url: string } }>('github.installWebhook', {
      ...params,
      body: { url },
    })
    expect(webhook).toMatchObject({ url: `${served.optio.url}/api/webhooks/github` })
    expect(await call('github.installWebhook', { ...params, body: { url } })).toMatchObject({
      webhook: { hookId: webhook.hookId },
    })
    expect(github.requests.count('POST /repos/acme/webapp/hooks')).toBe(1)
    const { deliveries } = await call<{ deliveries: Thing[] }>('github.deliveries', {
      query: `?repoId=${repo.id}&limit=10`,
    })
    expect(deliveries.map(({ event }) => event)).toEqual(['ping', 'ping'])
    const install = `/api/repos/${repo.id}/webhook`
    expectError(await served.send('POST', install, {}), 'WEBHOOK_NOT_VERIFIED')
    expectError(await served.send('POST', install, { url: 'ftp://x' }), 'VALIDATION')
    const lost = '/api/repos/00000000-0000-7000-8000-00000000ffff/webhook'
    expectError(await served.send('POST', lost, { url }), 'REPO_NOT_FOUND')
    expectError(await served.send('GET', lost), 'REPO_NOT_FOUND')
    there.allow('optio-bot', 'write')
    expectError(await served.send('POST', install, { url }), 'FORGE_PERMISSION')
  })

  it('is answered at once, and a delivery that came before does nothing', async () => {
    const payload = JSON.stringify({ repository: { full_name: there.fullName, html_url: there.url } })
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': '3e5a44c0-0001-11ee-8a49-1c1b0d1f8d01',
      'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(payload).digest('hex')}`,
    }
    const given = { body: payload, headers }
    expect(await call('github.receive', given)).toEqual({ ok: true, state: 'queued' })
    const again = await served.send('POST', '/api/webhooks/github', payload, headers)
    expect([again.status, again.body]).toEqual([200, { ok: true, state: 'replayed' }])
    const unsigned = await served.send('POST', '/api/webhooks/github', {})
    expectError(unsigned, 'HOOK_SIGNATURE')
  })

  it('that does not accept the token any more is said in words', async () => {
    github.revokeToken(token)
    const { optio } = served
    const anew = createGithubService({ ...optio, publicUrl: null })
    const status = await anew.status(repo.workspaceId as string)
    expect(status).toMatchObject({ credential: 'environment', login: null, limits: [] })
    expect(status.problem).toContain('does not accept the token')
    github.restoreToken(token)
  })

  it('has no endpoint that was not asked', () => {
    expect(call.missing(['github'])).toEqual([])
  })
})
