import { type Repo, routes } from '@optio/contract'
import type { FakeRepository } from '@optio/testkit/github'
import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { applyIssueEvent } from '../../src/features/issues/apply-event.ts'
import { findRepositories } from '../../src/features/repos/queries.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'

let place: GithubPlace
beforeAll(async () => {
  place = await startGithubPlace()
})
afterEach(() => place.github.faults.clear())
afterAll(() => place?.close())

const numbers = async (repo: Repo, state = 'open') =>
  (await place.issues({ repoId: repo.id, state, limit: 1000 }))
    .map(({ number }) => number)
    .sort((a, b) => a - b)
const syncOf = async (repo: Repo) =>
  (await place.optio.client.issues.list({ query: { repoId: repo.id } })).syncs[0]
const openMany = (there: FakeRepository, count: number) => {
  for (let n = 0; n < count; n += 1) there.openIssue({ title: `Issue ${n + 1}`, by: 'ann' })
}
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const listings = () => place.github.requests.all('GET *issues')

describe('the first reading', () => {
  it('has all that are open and none that was closed before; what closes later stays, as closed', async () => {
    const there = await place.github.createRepository({
      owner: 'acme',
      name: 'first',
      permissions: { 'optio-bot': 'write' },
    })
    openMany(there, 130)
    there.closeIssue(7)
    await place.github.clock.advance(3_600_000)
    place.github.requests.clear()
    const { repo } = await place.optio.client.repos.connect({
      body: { repoUrl: there.url, agentCommand: ['true'] },
    })
    await place.read(repo)
    expect(await numbers(repo)).toEqual(upTo(130).filter((number) => number !== 7))
    // However many were closed: but for those of the last minutes they are not asked for.
    expect(listings()[0]?.search).toMatch(/state=open/)
    expect(listings().find(({ search }) => search.includes('state=all'))?.search).toMatch(/since=/)
    await place.github.clock.advance(1_000)
    there.closeIssue(9)
    await place.read(repo)
    expect(await numbers(repo, 'closed')).toContain(9)
  })

  it('misses none that changes between two of its pages', async () => {
    const { there, repo } = await place.connected('moving')
    await place.read(repo)
    for (let n = 0; n < 25; n += 1) {
      await place.github.clock.advance(1_000)
      openMany(there, 10)
    }
    const second = place.github.faults.pauseAt('GET *issues', 'after')
    const reading = place.read(repo)
    await second.reached()
    // They move to the end of the list: were pages counted, those of the second would move up into the first, unseen.
    await place.github.clock.advance(1_000)
    for (const number of [1, 2, 3, 4, 5]) there.editIssue(number, { title: `Changed ${number}` })
    second.release()
    await reading
    expect(await numbers(repo)).toEqual(upTo(250))
    expect(
      (await place.issues({ repoId: repo.id, q: 'changed' })).map(({ number }) => number).sort(),
    ).toEqual([1, 2, 3, 4, 5])
  })

  it('goes on where it was broken off', async () => {
    const { there, repo } = await place.connected('broken')
    await place.read(repo)
    for (let n = 0; n < 3; n += 1) {
      await place.github.clock.advance(120_000)
      openMany(there, 100)
    }
    let asked = 0
    place.github.faults.failNext({
      match: ({ path }) => {
        if (path.endsWith('/acme/broken/issues')) asked += 1
        return asked >= 2
      },
      status: 502,
      times: Number.POSITIVE_INFINITY,
    })
    await place.read(repo)
    expect((await syncOf(repo))?.error).toMatchObject({ code: 'UNAVAILABLE' })
    const known = await numbers(repo)
    expect(known.length).toBeGreaterThan(0)
    expect(known.length).toBeLessThan(300)
    asked = 10
    place.github.faults.clear()
    place.github.requests.clear()
    await place.read(repo)
    expect(await numbers(repo)).toEqual(upTo(300))
    expect((await syncOf(repo))?.error).toBeNull()
    expect(listings()[0]?.search).toMatch(/since=/)
  })
})

describe('a later reading', () => {
  it('that finds nothing new costs nothing, and one that does costs three requests', async () => {
    const { there, repo } = await place.connected('quiet')
    openMany(there, 5)
    await place.read(repo)
    await place.read(repo)
    for (let n = 0; n < 3; n += 1) {
      place.github.requests.clear()
      await place.read(repo)
      expect(listings().map(({ status, cost }) => [status, cost])).toEqual([[304, 0]])
    }
    await place.github.clock.advance(5_000)
    there.openIssue({ title: 'News', by: 'ann' })
    place.github.requests.clear()
    await place.read(repo)
    expect(await numbers(repo)).toEqual(upTo(6))
    // Whose issues they are, and what changed, up to where nothing more did.
    expect(place.github.requests.pointsSpent()).toBe(3)
  })

  it('is arranged when one is done, rarer while deliveries come', async () => {
    const { repo } = await place.connected('arranged')
    const dueIn = async () => {
      const { rows } = await place.optio.database.orm.execute<{ seconds: number; jobs: number }>(sql`
        select extract(epoch from s.due_at - now())::int as seconds,
          (select count(*)::int from graphile_worker.jobs j
           where j.key = 'issue_sync:' || s.repository_id and j.run_at = s.due_at) as jobs
        from issue_syncs s where s.repository_id = ${repo.id}`)
      return rows[0]
    }
    await place.read(repo)
    expect(await dueIn()).toMatchObject({
      seconds: expect.toSatisfy((s: number) => s > 50 && s <= 60),
      jobs: 1,
    })
    await place.optio.database.orm.execute(
      sql`update repositories set webhook_seen_at = now() where id = ${repo.id}`,
    )
    await place.read(repo)
    expect(await dueIn()).toMatchObject({
      seconds: expect.toSatisfy((s: number) => s > 290 && s <= 300),
      jobs: 1,
    })
  })

  it('of 300 issues in 3 repositories, one of which fails, shows what is known of all, and the error of that one', async () => {
    const places = await Promise.all(['one', 'two', 'three'].map((name) => place.connected(name)))
    for (const { there } of places) openMany(there, 100)
    for (const { repo } of places) await place.read(repo)
    place.github.faults.failAlways('* *acme/two/*', 502)
    for (const { there } of places) {
      await place.github.clock.advance(1_000)
      there.openIssue({ title: 'One more', by: 'ann' })
    }
    await Promise.all(places.map(({ repo }) => place.read(repo)))
    const [one, two, three] = places.map(({ repo }) => repo)
    if (!one || !two || !three) throw new Error('there are three')
    const { issues, syncs } = await place.optio.client.issues.list({ query: { limit: 1000, q: 'issue' } })
    for (const [repo, count] of [
      [one, 101],
      [two, 100],
      [three, 101],
    ] as const) {
      expect(await numbers(repo)).toEqual(upTo(count))
      expect(issues.filter((issue) => issue.repo.id === repo.id)).toHaveLength(100)
    }
    const failed = syncs.filter(({ error }) => error !== null)
    expect(failed).toMatchObject([
      {
        repoId: two.id,
        error: { code: 'UNAVAILABLE', retryAt: expect.any(String) },
        syncedAt: expect.any(String),
      },
    ])
    place.github.faults.clear()
    await place.read(two)
    expect(await syncOf(two)).toMatchObject({ error: null })
    expect(await numbers(two)).toEqual(upTo(101))
  })

  it('asked for by a person reads all again, and drops what GitHub has no more', async () => {
    const { there, repo } = await place.connected('asked')
    openMany(there, 3)
    await place.read(repo)
    await place.optio.database.orm.execute(sql`
      insert into issues (repository_id, number, workspace_id, title, body, state, url, labels, assignees, author, created_at, updated_at, seen_at)
      values (${repo.id}, 77, ${repo.workspaceId}, 'Moved away', '', 'open', '', '[]', '[]', 'ann', now(), now(), now() - interval '1 hour')`)
    expect(await numbers(repo)).toEqual([1, 2, 3, 77])
    expect(await place.optio.client.issues.sync({ body: { repoId: repo.id } })).toEqual({ synced: 3 })
    expect(await numbers(repo)).toEqual([1, 2, 3])
  })
})

describe('a reading from the beginning', () => {
  const fullSince = async (repo: Repo) => {
    const { rows } = await place.optio.database.orm.execute<{ since: string | null }>(
      sql`select full_since::text as since from issue_syncs where repository_id = ${repo.id}`,
    )
    return rows[0]?.since
  }
  /** 250 issues whose reading has come to its second page. */
  const underWay = async (name: string) => {
    const { there, repo } = await place.connected(name)
    await place.read(repo)
    for (let n = 0; n < 25; n += 1) {
      await place.github.clock.advance(1_000)
      openMany(there, 10)
    }
    await place.read(repo)
    const first = place.github.faults.pauseAt('GET *issues', 'after')
    const answer = place.optio.client.issues.sync({ body: { repoId: repo.id } })
    await first.reached()
    const begun = await fullSince(repo)
    expect(begun).toEqual(expect.any(String))
    return { there, repo, first, begun, answer }
  }

  it('that is under way is not begun anew, however often people ask for one', async () => {
    const { repo, first, begun, answer } = await underWay('often')
    const others = [1, 2, 3].map(() => place.optio.client.issues.sync({ body: { repoId: repo.id } }))
    await vi.waitFor(async () => {
      const { rows } = await place.optio.database.orm.execute(
        sql`select from issue_syncs where repository_id = ${repo.id} and due_at <= now()`,
      )
      expect(rows).toHaveLength(1)
    })
    expect(await fullSince(repo)).toBe(begun)
    first.release()
    expect(await Promise.all([answer, ...others])).toEqual(Array(4).fill({ synced: 250 }))
  })

  it('is followed by another when a label changed meanwhile', async () => {
    const { there, repo, first, begun, answer } = await underWay('relabelled')
    const [row] = await findRepositories(place.optio.database.orm, repo.workspaceId, [repo.id])
    if (row === undefined) throw new Error('it is connected')
    for (let n = 0; n < 3; n += 1) {
      await place.optio.database.transaction((tx) =>
        applyIssueEvent(tx, row, { name: 'label', action: 'edited', payload: {} }),
      )
    }
    expect(await fullSince(repo)).toBe(begun)
    there.label(1, 'renamed', 'ann')
    place.github.requests.clear()
    first.release()
    await answer
    const beginnings = () =>
      listings().filter(({ search }) => search.includes('state=open') && !search.includes('since='))
    await vi.waitFor(() => expect(beginnings()).toHaveLength(1), { timeout: 30_000, interval: 30 })
    await place.read(repo)
    await place.read(repo)
    expect(beginnings()).toHaveLength(1)
  })

  it('is asked for by those who may change issues, as it costs what GitHub answers', () => {
    expect(routes.issues.sync.permission).toBe('issues:write')
  })
})

describe('the copy', () => {
  it('goes when the repository is disconnected, and comes again with it', async () => {
    const { there, repo } = await place.connected('gone')
    openMany(there, 2)
    await place.read(repo)
    await place.optio.client.repos.disconnect({ params: { id: repo.id } })
    expect(await place.issues({ q: 'issue', repoId: repo.id })).toEqual([])
    expect(await syncOf(repo)).toBeUndefined()
    await vi.waitFor(
      async () => {
        const { rows } = await place.optio.database.orm.execute(
          sql`select from issue_syncs where repository_id = ${repo.id}`,
        )
        expect(rows).toEqual([])
      },
      { timeout: 30_000, interval: 200 },
    )
    const again = await place.optio.client.repos.connect({
      body: { repoUrl: there.url, agentCommand: ['true'] },
    })
    await place.read(again.repo)
    expect(await numbers(again.repo)).toEqual([1, 2])
  })
})
