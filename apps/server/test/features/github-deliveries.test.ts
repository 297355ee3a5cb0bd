import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import type { Repo } from '@optio/contract'
import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { healDeliveries } from '../../src/features/github/delivery-job.ts'
import { until } from '../engine/support/engine-place.ts'
import { DELIVERY_PATH, deliver, deliveriesOf, type Sent, signatureOf } from './support/deliver.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'
import type { TestOptio } from './support/optio.ts'
import { watchedPullRequest } from './support/watched-pull-request.ts'

const SECRET = 'correct-horse-battery'
let place: GithubPlace
let optio: TestOptio
let repo: Repo
let there: FakeRepository

beforeAll(async () => {
  place = await startGithubPlace({ GITHUB_WEBHOOK_SECRET: SECRET })
  optio = place.optio
  ;({ repo, there } = await place.connected('shop'))
  there.addHook({ url: optio.url + DELIVERY_PATH, secret: SECRET })
  await place.github.webhooks.settled()
})
afterAll(() => place?.close())

const send = (payload: unknown, sent: Partial<Sent> = {}) =>
  deliver(optio, payload, { secret: SECRET, ...sent })

const deliveries = (where?: string) => deliveriesOf(optio, where)

const settled = () =>
  until('no delivery waits', async () => (await deliveries(`state = 'received'`)).length === 0)

const about = () => ({ repository: { full_name: there.fullName, html_url: there.url } })

describe('a delivery', () => {
  it('has its pull request looked at at once, however rarely it is looked at else', async () => {
    const pullRequest = await watchedPullRequest(optio, repo, there)
    await there.mergePullRequest(pullRequest.number, 'ann')
    await pullRequest.seen('merged')
    await until('the task is completed', async () => (await pullRequest.run()).state === 'completed')
    await place.github.webhooks.settled()
    const sent = place.github.webhooks.deliveries.filter(({ statusCode }) => statusCode !== null)
    expect(sent.map(({ statusCode }) => statusCode).filter((code) => code !== 202)).toEqual([])
  })

  it('is answered with the work queued, and its payload is kept until that is done', async () => {
    const { status, answer, id } = await send({ ...about(), ref: 'refs/heads/nowhere' })
    expect({ status, answer }).toEqual({ status: 202, answer: { ok: true, state: 'queued' } })
    await settled()
    const [row] = await deliveries(`id = '${id}'`)
    expect(row).toMatchObject({ state: 'done', payload: null, detail: expect.stringContaining('No task') })
  })

  it('that came before does nothing', async () => {
    const first = await send({ ...about(), ref: 'refs/heads/nowhere' })
    await settled()
    const [before] = await deliveries(`id = '${first.id}'`)
    const again = await send({ ...about(), ref: 'refs/heads/nowhere' }, { id: first.id })
    expect(again).toMatchObject({ status: 200, answer: { ok: true, state: 'replayed' } })
    expect(await deliveries(`id = '${first.id}'`)).toEqual([before])
  })

  it('that failed is worked on when GitHub sends it again', async () => {
    const { id } = await send({ ...about(), ref: 'refs/heads/nowhere' })
    await settled()
    await optio.database.pool.query(`update webhook_deliveries set state = 'failed' where id = $1`, [id])
    expect(await send({ ...about(), ref: 'refs/heads/nowhere' }, { id })).toMatchObject({ status: 202 })
    await settled()
    expect(await deliveries(`id = '${id}'`)).toMatchObject([{ state: 'done' }])
  })

  it('whose job was lost with its process is worked on all the same', async () => {
    const id = randomUUID()
    await optio.database.pool.query(
      `insert into webhook_deliveries (id, event, workspace_id, repository_id, state, payload, received_at)
       values ($1, 'push', $2, $3, 'received', '{"others":[],"numbers":[],"shas":[],"branches":[],"issues":null,"repository":null,"repositoryIds":["${repo.id}"]}', now() - interval '1 minute')`,
      [id, repo.workspaceId, repo.id],
    )
    await healDeliveries(optio.database)
    await settled()
    expect(await deliveries(`id = '${id}'`)).toMatchObject([{ state: 'done' }])
  })

  it('of an event Optio does not know, or a repository that is not connected, is ignored with 200', async () => {
    const unknown = await send(about(), { event: 'deployment_status' })
    expect(unknown).toMatchObject({ status: 200, answer: { state: 'ignored' } })
    for (const repository of [
      { full_name: 'acme/other', html_url: `${place.github.url}/acme/other` },
      { full_name: there.fullName, html_url: `https://elsewhere.example.com/${there.fullName}` },
      null,
    ]) {
      expect(await send({ repository, ref: 'refs/heads/main' })).toMatchObject({
        ...{ status: 200, answer: { state: 'ignored' } },
      })
    }
    const ignored = await deliveries(`state = 'ignored'`)
    expect(ignored.length).toBe(4)
    expect(ignored.every(({ detail, payload }) => detail !== null && payload === null)).toBe(true)
  })

  it('is about a repository however its name is written', async () => {
    const repository = { full_name: there.fullName.toUpperCase(), html_url: there.url }
    expect(await send({ repository, ref: 'refs/heads/nowhere' })).toMatchObject({ status: 202 })
    await settled()
  })

  it('may say anything: what it says is a hint, and what is not understood is left out', async () => {
    for (const payload of [
      { ...about(), ref: 7, sha: [], branches: 'x', pull_request: { number: -1 }, check_run: [null] },
      { ...about(), pull_request: { number: 1e300 }, changes: 'no', action: { a: 1 } },
      { ...about(), issue: { number: 'one', title: '\u0000', labels: [1, null, { name: 2 }] }, label: null },
      { ...about(), constructor: 1, ref: 'refs/heads/\ud800\u0000' },
      JSON.stringify(about()).replace('{', '{"__proto__":{"action":"renamed"},'),
    ]) {
      for (const event of [
        'push',
        'status',
        'check_run',
        'check_suite',
        'workflow_run',
        'pull_request',
        'issues',
        'label',
        'repository',
        'installation',
        'ping',
      ]) {
        expect(await send(payload, { event })).toMatchObject({
          status: expect.toSatisfy((n) => n === 202 || n === 200),
        })
      }
    }
    await settled()
    expect(await deliveries(`state = 'failed'`)).toEqual([])
    expect((await optio.client.repos.get({ params: { id: repo.id } })).repo).toMatchObject({
      repoUrl: repo.repoUrl,
    })
  })
})

describe('what is not GitHub’s is refused', () => {
  it('without a signature, with a wrong one, and changed on its way, with 401, and nothing is stored', async () => {
    await settled()
    const before = await deliveries()
    const wrong = [
      { 'x-hub-signature-256': 'sha256=0' },
      { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` },
      { 'x-hub-signature-256': `sha1=${'0'.repeat(40)}` },
      { 'x-hub-signature-256': '' },
    ]
    for (const headers of wrong) {
      expect(await send(about(), { headers })).toMatchObject({
        status: 401,
        answer: { code: 'HOOK_SIGNATURE' },
      })
    }
    expect(await send(about(), { secret: 'another' })).toMatchObject({ status: 401 })
    const unsigned = await optio.raw(DELIVERY_PATH, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    })
    expect(unsigned.status).toBe(401)
    expect(await deliveries()).toEqual(before)
  })

  it('as long as there is no secret', async () => {
    const bare = await startGithubPlace({ GITHUB_WEBHOOK_SECRET: '' })
    try {
      const { status, body } = await bare.optio.raw(DELIVERY_PATH, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-hub-signature-256': signatureOf('{}', ''),
        },
        body: '{}',
      })
      expect({ status, body }).toMatchObject({ status: 401, body: { code: 'HOOK_SIGNATURE' } })
    } finally {
      await bare.close()
    }
  })

  it('without its headers, as no JSON and as a form, in words', async () => {
    expect(await send(about(), { event: 'Not An Event' })).toMatchObject({
      status: 400,
      answer: { code: 'VALIDATION' },
    })
    expect(await send(about(), { id: 'x'.repeat(201) })).toMatchObject({
      status: 400,
      answer: { code: 'VALIDATION' },
    })
    expect(await send('{"a":')).toMatchObject({ status: 400, answer: { code: 'VALIDATION' } })
    expect(await send('[1]')).toMatchObject({ status: 400 })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await send('payload=%7B%7D', { headers: form })).toMatchObject({
      ...{ status: 415, answer: { code: 'UNSUPPORTED_MEDIA_TYPE' } },
    })
  })

  it('above 25 MiB, with 413, and a large one below is taken', async () => {
    const large = JSON.stringify({
      ...about(),
      ref: 'refs/heads/nowhere',
      text: 'x'.repeat(24 * 1024 * 1024),
    })
    expect(await send(large)).toMatchObject({ status: 202 })
    expect(await send('x'.repeat(25 * 1024 * 1024 + 1))).toMatchObject({
      status: 413,
      answer: { code: 'PAYLOAD_TOO_LARGE' },
    })
    await settled()
  })

  it('but not for the name it calls Optio by: by a public name only webhooks are reached', async () => {
    const host = { host: 'optio.example.com' }
    const asked = (path: string, method: string) =>
      new Promise<number>((resolve, reject) => {
        const sent = request(optio.url + path, { method, headers: host }, (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        })
        sent.on('error', reject).end()
      })
    expect(await asked(DELIVERY_PATH, 'POST')).toBe(401)
    expect(await asked('/api/tasks', 'GET')).toBe(403)
    expect(await asked(`${DELIVERY_PATH}/deliveries`, 'GET')).toBe(403)
  })
})

describe('whatever order deliveries come in', () => {
  it('late, shuffled, twice and lost ones end in the state GitHub is in', async () => {
    const pullRequest = await watchedPullRequest(optio, repo, there)
    const { webhooks } = place.github
    webhooks.hold()
    await there.commit({ branch: pullRequest.branch, files: { 'more.txt': 'more' }, by: 'ann' })
    there.closePullRequest(pullRequest.number, 'ann')
    await there.reopenPullRequest(pullRequest.number, 'ann')
    await there.review(pullRequest.number, { by: 'ann', event: 'APPROVE', body: 'Fine.' })
    const { head } = there.pullRequest(pullRequest.number)
    await webhooks.release({ order: 'shuffled', duplicate: true })
    await pullRequest.seen('open', head.sha)
    expect(await pullRequest.run()).toMatchObject({
      observation: { reviews: [{ author: 'ann', state: 'approved' }] },
    })

    webhooks.drop(true)
    there.closePullRequest(pullRequest.number, 'ann')
    webhooks.drop(false)
    await settled()
    await optio.database.pool.query('update pull_request_watches set due_at = now() where run_id = $1', [
      pullRequest.runId,
    ])
    await optio.context.watcher?.lookAtDue()
    await pullRequest.seen('closed')
  })
})

describe('deliveries', () => {
  it('are listed newest first, in pages, of one repository or of all', async () => {
    const { deliveries: first, nextCursor } = await optio.client.github.deliveries({
      query: { limit: 3, repoId: repo.id },
    })
    expect(first.length).toBe(3)
    const { deliveries: second } = await optio.client.github.deliveries({
      query: { limit: 3, repoId: repo.id, cursor: nextCursor ?? '' },
    })
    const times = [...first, ...second].map(({ receivedAt }) => receivedAt)
    expect(times).toEqual([...times].sort().reverse())
    expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(6)
    expect(first[0]).not.toHaveProperty('payload')
  })
})

describe('a repository that is another now', () => {
  it('is followed when it is renamed, transferred or has another default branch, also when the delivery that says so was lost', async () => {
    const moving = await place.connected('moving')
    const hookId = moving.there.addHook({ url: optio.url + DELIVERY_PATH, secret: SECRET })
    const read = async () => (await optio.client.repos.get({ params: { id: moving.repo.id } })).repo
    moving.there.rename('moved')
    await until('it is renamed', async () => (await read()).fullName === 'acme/moved')
    expect((await read()).repoUrl).toBe(`${place.github.url}/acme/moved`)

    await place.github.webhooks.settled()
    await optio.database.pool.query('update repositories set webhook_id = $1 where id = $2', [
      hookId,
      moving.repo.id,
    ])
    place.github.webhooks.drop(true)
    moving.there.rename('again')
    place.github.webhooks.drop(false)
    await moving.there.commit({ files: { 'a.txt': 'a' }, by: 'ann' })
    await until('it is found again', async () => (await read()).fullName === 'acme/again')
  })
})
