import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { Place } from '../support/place.ts'
import { until } from '../support/until.ts'
import { change } from '../support/workshop.ts'
import { BOT, GithubPlace } from './support/github-shop.ts'

// Several processes and a whole round with the forge, on a machine that may have other work.
vi.setConfig({ testTimeout: 180_000 })

describe('issues of GitHub', () => {
  let at: GithubPlace

  beforeAll(async () => {
    at = await GithubPlace.open()
  }, 60_000)
  afterAll(async () => await at.close(), 60_000)

  test('assigned many times at once an issue gets one task', async () => {
    const shop = await at.shop()
    const issue = shop.issue({ first: [['sleep', 60_000]] })
    const body = { issueNumber: issue.number, repoId: shop.repo.id, agentType: 'command' as const }
    const tasks = await Promise.all(
      Array.from({ length: 12 }, async () => (await shop.client.issues.assign({ body })).task.id),
    )
    expect(new Set(tasks).size).toBe(1)
    await until('it is said on the issue', () => shop.fake.issue(issue.number).comments.length > 0)
    expect(shop.fake.issue(issue.number).comments).toHaveLength(1)
    const { issues } = await shop.client.issues.list({ query: { repoId: shop.repo.id } })
    expect(issues).toMatchObject([{ number: issue.number, optioTask: { taskId: tasks[0] } }])
    await shop.client.tasks.cancel({ params: { id: tasks[0] ?? '' } })
  })

  test('a label put by somebody who may write hands an issue over; one put by a stranger does not', async () => {
    const shop = await at.shop()
    const mine = shop.issue({ first: change() }, 'By Ann')
    const theirs = shop.issue({ first: change() }, 'By Eve')
    shop.fake.label(mine.number, 'optio', 'ann')
    shop.fake.label(theirs.number, 'optio', 'eve')
    const found = await until('both are dealt with', async () => {
      const { issues } = await shop.client.issues.list({ query: { repoId: shop.repo.id } })
      const isDone =
        issues.length === 2 && issues.every((each) => each.optioTask !== null || each.notAssigned !== null)
      return isDone ? issues : null
    })
    const of = (number: number) => found.find((each) => each.number === number)
    expect(of(mine.number)?.optioTask).not.toBeNull()
    expect(of(theirs.number)).toMatchObject({ optioTask: null, notAssigned: expect.stringContaining('eve') })
    expect(shop.fake.issue(theirs.number).comments).toEqual([])
  })

  test('of 300 issues in three repositories those of two are shown when the third fails, which says so', async () => {
    const shops = [await at.shop(), await at.shop(), await at.shop()]
    for (const shop of shops) {
      for (let n = 1; n <= 100; n++) shop.fake.openIssue({ title: `Issue ${n}`, by: 'ann' })
    }
    const [, , third] = shops
    const match = `GET /repos/${third?.fake.fullName}/issues*`
    at.github.faults.failAlways(match, 502)
    try {
      const ids = new Set(shops.map(({ repo }) => repo.id))
      const answer = await until('the others are read', async () => {
        const all = []
        let cursor: string | undefined
        let syncs: { repoId: string; error: unknown }[] = []
        do {
          const page = await at.place.client.issues.list({ query: { limit: 100, ...(cursor && { cursor }) } })
          all.push(...page.issues.filter(({ repo }) => ids.has(repo.id)))
          syncs = page.syncs
          cursor = page.nextCursor ?? undefined
        } while (cursor)
        const failed = syncs.find(({ repoId }) => repoId === third?.repo.id)
        return all.length === 200 && failed?.error ? { all, syncs } : null
      })
      expect(new Set(answer.all.map(({ id }) => id)).size).toBe(200)
      const before = at.github.requests.length
      await at.place.client.issues.list({ query: {} })
      const asked = at.github.requests.all().slice(before)
      expect(
        asked.filter(({ path }) => path.includes('/issues') && !path.includes(third?.fake.name ?? '')),
      ).toEqual([])
    } finally {
      at.github.faults.clear()
    }
    await until(
      'the third is read',
      async () => {
        const { issues } = await at.place.client.issues.list({
          query: { repoId: third?.repo.id ?? '', limit: 200 },
        })
        return issues.length === 100
      },
      { withinMs: 60_000 },
    )
  }, 120_000)

  test('a comment that fails does not lose the task, and is said later', async () => {
    const shop = await at.shop()
    const issue = shop.issue({ first: change() })
    at.github.faults.failNext({
      match: `POST /repos/${shop.fake.fullName}/issues/*comments`,
      status: 502,
      times: 2,
    })
    const task = await shop.assign(issue.number)
    await shop.reaches(task, 'pr_opened')
    const comments = await until('it is said', () => {
      const { comments } = shop.fake.issue(issue.number)
      return comments.length > 0 ? comments : null
    })
    expect(comments).toMatchObject([{ author: BOT }])
  })
})

test('an Optio that is told of no GitHub says so on its issues, and has none', async () => {
  const place = await Place.make()
  await place.start()
  try {
    expect(await place.client.issues.list({ query: {} })).toMatchObject({ issues: [], syncs: [] })
    const { github } = await place.client.github.status({})
    expect(github).toMatchObject({ credential: null, login: null })
  } finally {
    await place.close()
  }
}, 60_000)
