import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { until } from '../support/until.ts'
import { change } from '../support/workshop.ts'
import { GithubPlace, type GithubShop, HOOK_SECRET, passing } from './support/github-shop.ts'

// Several processes and a whole round with the forge, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000 })

const hookUrl = ({ place }: GithubPlace) => `${place.server.url}/api/webhooks/github`

describe('when GitHub is in trouble', () => {
  let at: GithubPlace

  beforeAll(async () => {
    at = await GithubPlace.open()
  }, 60_000)
  afterAll(async () => await at.close(), 60_000)

  test('a secondary rate limit is waited out, and nothing fails', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(passing)
    at.github.faults.secondaryLimit(`POST /repos/${shop.fake.fullName}/pulls`, { retryAfter: 3, times: 1 })
    const task = await shop.task({ first: change() })
    await shop.reaches(task, 'completed', 90_000)
    const asked = at.github.requests.all(`POST /repos/${shop.fake.fullName}/pulls`)
    expect(asked.map(({ status }) => status)).toEqual([403, 201])
    expect((asked[1]?.at ?? 0) - (asked[0]?.at ?? 0)).toBeGreaterThanOrEqual(3_000)
  }, 120_000)

  test('a token that is revoked parks the work, and it goes on when there is another', async () => {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(() => [{ name: 'test', after: 'manual' }])
    const waiting = await shop.task({ first: change('one') })
    const { head } = await shop.pullRequest(waiting)
    await shop.says(waiting, /check/i)
    // Whatever the attempt is for: one that was to begin while there was no token is made again.
    const starting = await shop.task({ any: [['sleep', 3_000], ...change('two')] })
    at.github.revokeToken(at.token)
    await shop.says(waiting, /GITHUB_TOKEN|credential/i)
    await shop.finishes(head.sha, 'test')
    await until('the other one waits, too', async () =>
      /GITHUB_TOKEN|credential/i.test(
        (await shop.detail(starting)).pendingReason ?? (await shop.detail(starting)).task.errorMessage ?? '',
      ),
    )
    for (const task of [waiting, starting]) {
      expect(['failed', 'cancelled']).not.toContain((await shop.detail(task)).task.state)
    }
    const value = at.github.createToken({ login: 'optio-bot' })
    await at.place.client.secrets.save({ body: { name: 'GITHUB_TOKEN', value } })
    await shop.reaches(waiting, 'completed', 60_000)
    const second = await shop.pullRequest(starting)
    await shop.finishes(second.head.sha, 'test')
    await shop.reaches(starting, 'completed', 60_000)
  }, 180_000)
})

describe('webhooks', () => {
  let at: GithubPlace

  beforeAll(async () => {
    // So seldom that only a webhook can bring the news in time.
    at = await GithubPlace.open({ OPTIO_PR_WATCH_INTERVAL: '600000', OPTIO_ISSUE_SYNC_INTERVAL: '600000' })
  }, 60_000)
  afterAll(async () => await at.close(), 60_000)

  async function waitingShop(): Promise<GithubShop> {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(({ branch }) => (branch === 'main' ? [] : [{ name: 'test', after: 'manual' }]))
    shop.fake.addHook({ url: hookUrl(at), secret: HOOK_SECRET })
    return shop
  }

  async function openedTask(shop: GithubShop) {
    const task = await shop.task({ first: change() })
    const request = await shop.pullRequest(task)
    await shop.says(task, /check/i)
    await at.github.webhooks.settled()
    return { task, request }
  }

  test('bring what happened at once', async () => {
    const shop = await waitingShop()
    const { task, request } = await openedTask(shop)
    await shop.finishes(request.head.sha, 'test')
    await shop.reaches(task, 'completed', 15_000)
  }, 60_000)

  test('twice and in the wrong order they come to the same', async () => {
    const shop = await waitingShop()
    const { task, request } = await openedTask(shop)
    at.github.webhooks.hold()
    shop.fake.finishCheck(request.head.sha, 'test', { conclusion: 'failure' })
    shop.fake.startCheck(request.head.sha, 'test')
    shop.fake.finishCheck(request.head.sha, 'test', { conclusion: 'success' })
    await at.github.webhooks.release({ order: 'reversed', duplicate: true })
    await shop.reaches(task, 'completed', 30_000)
    expect((await shop.attempts(task)).length).toBe(1)
  }, 60_000)

  test('a replayed one does nothing a second time', async () => {
    const shop = await waitingShop()
    const { task } = await openedTask(shop)
    const [first] = at.github.webhooks.deliveries.filter(
      ({ event, statusCode }) => event === 'pull_request' && statusCode === 202,
    )
    if (!first) throw new Error('no delivery of a pull request was taken')
    const again = await fetch(hookUrl(at), { method: 'POST', headers: first.headers, body: first.body })
    expect({ status: again.status, body: await again.json() }).toEqual({
      status: 200,
      body: { ok: true, state: 'replayed' },
    })
    await shop.client.tasks.cancel({ params: { id: task.id } })
  }, 60_000)

  test('a forged one is refused, and changes nothing', async () => {
    const shop = await waitingShop()
    const { task, request } = await openedTask(shop)
    const body = JSON.stringify({
      action: 'closed',
      repository: { full_name: shop.fake.fullName, html_url: shop.fake.url },
      pull_request: { number: request.number, merged: true, state: 'closed', head: request.head },
    })
    const send = async (signature: string | null) =>
      await fetch(hookUrl(at), {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'pull_request',
          'x-github-delivery': randomUUID(),
          ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
        },
      })
    const sign = (secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
    for (const signature of [null, sign('guessed'), 'sha256=00', 'sha1=00']) {
      expect((await send(signature)).status).toBe(401)
    }
    // Even one that is signed only says that it is time to ask.
    expect((await send(sign(HOOK_SECRET))).status).toBe(202)
    await shop.says(task, /check/i)
    expect((await shop.detail(task)).task.state).toBe('pr_opened')
    await shop.client.tasks.cancel({ params: { id: task.id } })
  }, 60_000)
})

test('what a lost webhook would have told is found out all the same', async () => {
  const at = await GithubPlace.open()
  try {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.addHook({ url: hookUrl(at), secret: HOOK_SECRET })
    shop.fake.onPush(({ branch }) => (branch === 'main' ? [] : [{ name: 'test', after: 'manual' }]))
    const task = await shop.task({ first: change() })
    const { head } = await shop.pullRequest(task)
    await shop.says(task, /check/i)
    at.github.webhooks.drop(true)
    await shop.finishes(head.sha, 'test')
    await shop.reaches(task, 'completed')
  } finally {
    await at.close()
  }
}, 120_000)
