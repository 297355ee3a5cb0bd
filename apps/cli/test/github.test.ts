import type { GithubStatus, RepoWebhook } from '@optio/contract'
import { type FakeGithub, startFakeGithub } from '@optio/testkit/github'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Place } from './support/place.ts'

let github: FakeGithub
let place: Place
let url: string

beforeAll(async () => {
  github = await startFakeGithub()
  place = await Place.make()
  url = await place.startServer({ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url })
})
afterAll(async () => {
  await place?.close()
  await github?.close()
})

it('says what is wrong with the credential, and what is left of the limits once it works', async () => {
  expect(await place.optio(['github', 'status'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('GITHUB_TOKEN'),
  })
  const token = github.createToken({ login: 'optio-bot' })
  await place.optio(['secret', 'set', 'GITHUB_TOKEN'], { input: token })
  const { code, out } = await place.optio(['github', 'status'])
  expect(code).toBe(0)
  expect(out).toMatch(/Account +optio-bot/)
  expect(out).toMatch(/graphql +\d+ of 5000/)
  expect(out).toMatch(/Webhooks +not taken/)
  expect(await place.json<{ github: GithubStatus }>(['github', 'status'])).toMatchObject({
    github: { credential: 'secret', login: 'optio-bot', problem: null },
  })
})

it('installs the webhook of a repository, and says whether it delivers', async () => {
  const there = await github.createRepository({
    owner: 'acme',
    name: 'webapp',
    permissions: { 'optio-bot': 'admin' },
  })
  await place.optio(['repo', 'add', there.url, '--agent-command', 'true'])
  expect((await place.optio(['webhook', 'status', 'acme/webapp'])).out).toMatch(/Last delivery +never/)
  const install = ['webhook', 'install', 'acme/webapp', '--public-url', url]
  expect(await place.optio(install)).toMatchObject({
    code: 4,
    out: '',
    err: expect.stringContaining('GITHUB_WEBHOOK_SECRET'),
  })
  await place.optio(['secret', 'set', 'GITHUB_WEBHOOK_SECRET'], { input: 'a long random text' })
  expect(await place.optio(install)).toMatchObject({
    code: 0,
    err: expect.stringContaining('ping arrived'),
  })
  const { webhook } = await place.json<{ webhook: RepoWebhook }>(['webhook', 'status', 'acme/webapp'])
  expect(webhook).toMatchObject({
    hookId: expect.any(Number),
    url: `${url}/api/webhooks/github`,
    lastDeliveryAt: expect.any(String),
  })
  expect(await place.optio(['webhook', 'status', 'acme/other'])).toMatchObject({ code: 3, out: '' })
})
