import type { Pause } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { until } from '../support/until.ts'
import { change } from '../support/workshop.ts'
import { GithubPlace, type GithubShop, passing } from './support/github-shop.ts'

// Several processes and a whole round with the forge, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000 })

/** Between what was done at GitHub and its being on record here. */
describe('a server that is killed', () => {
  let at: GithubPlace

  beforeAll(async () => {
    at = await GithubPlace.open()
  }, 60_000)
  afterAll(async () => await at.close(), 60_000)

  /** Kills the server while GitHub has carried the request out and its answer is on its way, and starts it again. */
  async function killAt(pause: Pause): Promise<void> {
    await pause.reached(60_000)
    await at.place.server.kill()
    pause.release()
    await at.place.start()
  }

  async function shopWithChecks(): Promise<GithubShop> {
    const shop = await at.shop({ autoMerge: true })
    shop.fake.onPush(passing)
    return shop
  }

  test.each([
    ['between the push and the pull request', (name: string) => `POST /${name}.git/git-receive-pack`],
    ['between the pull request and its record', (name: string) => `POST /repos/${name}/pulls`],
    ['between the merge and its record', (name: string) => `PUT /repos/${name}/pulls/*/merge`],
  ])(
    '%s repeats nothing',
    async (_, match) => {
      const shop = await shopWithChecks()
      const pause = at.github.faults.pauseAt(match(shop.fake.fullName), 'after')
      const task = await shop.task({ first: change() })
      await killAt(pause)
      await shop.reaches(task, 'completed', 90_000)
      expect(shop.fake.pullRequests()).toMatchObject([{ state: 'merged' }])
      expect((await shop.attempts(task)).length).toBe(1)
      expect((await shop.fake.git('log', '--format=%s', 'main')).trim().split('\n')).toHaveLength(2)
    },
    150_000,
  )

  test('between a comment and its record says nothing twice', async () => {
    const shop = await shopWithChecks()
    const issue = shop.issue({ first: change() })
    const pause = at.github.faults.pauseAt(
      `POST /repos/${shop.fake.fullName}/issues/${issue.number}/comments`,
      'after',
    )
    const task = await shop.assign(issue.number)
    await killAt(pause)
    await shop.reaches(task, 'completed', 90_000)
    const { comments } = await until('it is closed, and said why', () => {
      const now = shop.fake.issue(issue.number)
      return now.state === 'closed' && now.comments.length >= 2 ? now : null
    })
    expect(new Set(comments.map(({ body }) => body)).size).toBe(comments.length)
    expect(comments).toHaveLength(2)
  }, 150_000)
})
