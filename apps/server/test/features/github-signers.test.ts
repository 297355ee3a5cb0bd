import type { Repo } from '@optio/contract'
import { NoAnswer } from '@optio/forges'
import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { workOnDelivery } from '../../src/features/github/delivery-job.ts'
import { until } from '../engine/support/engine-place.ts'
import { deliver, deliveriesOf, type Sent, workedOn } from './support/deliver.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'
import type { TestOptio } from './support/optio.ts'

const SECRET = 'signs for everybody here'
const NAME = 'GITHUB_WEBHOOK_SECRET'

let place: GithubPlace
let optio: TestOptio
let shop: { repo: Repo; there: FakeRepository }
let other: { repo: Repo; there: FakeRepository }

beforeAll(async () => {
  place = await startGithubPlace({ [NAME]: SECRET })
  optio = place.optio
  shop = await place.connected('shop')
  other = await place.connected('other')
})
afterAll(() => place?.close())

const send = (payload: unknown, sent: Partial<Sent> = {}) =>
  deliver(optio, payload, { secret: SECRET, ...sent })

const naming = ({ there }: { there: FakeRepository }) => ({
  repository: { full_name: there.fullName, html_url: there.url, default_branch: 'main', private: false },
})

const asItIs = async ({ repo }: { repo: Repo }) => {
  const { repoUrl, fullName, defaultBranch } = (await optio.client.repos.get({ params: { id: repo.id } }))
    .repo
  return { repoUrl, fullName, defaultBranch }
}

const hasHook = async ({ repo }: { repo: Repo }, id: number) => {
  await optio.database.pool.query('update repositories set webhook_id = $1 where id = $2', [id, repo.id])
  return { 'x-github-hook-id': String(id) }
}

/** Saves a secret to sign with, and waits until what it signs is read. */
async function saved(value: string, scope: 'global' | 'repository' | 'user', repo: Repo | null = null) {
  const { workspaceId } = shop.repo
  const userId = scope === 'user' ? 'ann' : null
  const at = { workspaceId, scope, repositoryId: repo?.id ?? null, userId } as const
  await optio.secrets.put({ name: NAME, value, ...at }, 'ann')
  return { at, removed: () => optio.secrets.remove(at, NAME, 'ann') }
}

const isTaken = (secret: string) =>
  until('the secret signs', async () => (await send({}, { secret, event: 'watch' })).status === 200)

describe('whose secret signs', () => {
  it('that of one repository moves and touches no other', async () => {
    const before = await asItIs(shop)
    const hook = await hasHook(shop, 71)
    const secret = 'that of the other repository'
    const { removed } = await saved(secret, 'repository', other.repo)
    await isTaken(secret)
    const forged = { full_name: 'acme/evil', html_url: `${place.github.url}/acme/evil` }
    const renamed = {
      ...{ action: 'renamed', repository: forged },
      changes: { repository: { name: { from: 'shop' } } },
    }
    for (const [payload, sent] of [
      [{ ...naming(shop), ref: 'refs/heads/main' }, {}],
      [{ repository: forged, ref: 'refs/heads/main' }, { headers: hook }],
      [renamed, { event: 'repository' }],
      [{ repositories: [{ full_name: shop.there.fullName }] }, { event: 'installation' }],
    ] as const) {
      const sending = await send(payload, { secret, ...sent })
      expect(sending).toMatchObject({ status: 200, answer: { state: 'ignored' } })
      expect((await workedOn(optio, sending.id)).detail).toMatch(/another secret/)
    }
    const own = await send({ ...naming(other), ref: 'refs/heads/main' }, { secret })
    expect(own.status).toBe(202)
    expect(await workedOn(optio, own.id)).toMatchObject({ state: 'done' })
    expect(await asItIs(shop)).toEqual(before)
    await removed()
  })

  it('what stands in the environment signs for nobody who has one of their own', async () => {
    const { removed } = await saved('in its place', 'global')
    await isTaken('in its place')
    const push = { ...naming(shop), ref: 'refs/heads/main' }
    expect(await send(push)).toMatchObject({ status: 200, answer: { state: 'ignored' } })
    expect(await send(push, { secret: 'in its place' })).toMatchObject({ status: 202 })
    await removed()
    await until('the environment’s signs again', async () => (await send(push)).status === 202)
  })

  it('that of a person signs nothing', async () => {
    const { removed } = await saved('my own, says ann', 'user')
    // Saved after it, so it is read when this one is.
    const marker = await saved('saved later', 'repository', other.repo)
    await isTaken('saved later')
    expect(await send(naming(shop), { secret: 'my own, says ann' })).toMatchObject({ status: 401 })
    await removed()
    await marker.removed()
  })
})

describe('what a payload says of a repository', () => {
  it('is never believed: GitHub is asked, under the name it is known by', async () => {
    const before = await asItIs(shop)
    const headers = await hasHook(shop, 72)
    const evil = {
      repository: {
        full_name: 'acme/evil',
        html_url: `${place.github.url}/acme/evil`,
        default_branch: 'evil',
        private: false,
      },
    }
    const edited = { ...naming(shop), changes: { default_branch: { from: 'main' } }, action: 'edited' }
    const lying = { ...edited, repository: { ...edited.repository, default_branch: 'evil' } }
    for (const [payload, sent] of [
      [{ ...evil, ref: 'refs/heads/main' }, { headers }],
      [
        { ...evil, action: 'renamed' },
        { headers, event: 'repository' },
      ],
      [lying, { event: 'repository' }],
    ] as const) {
      const { status, id } = await send(payload, sent)
      expect(status).toBe(202)
      expect(await workedOn(optio, id)).toMatchObject({ state: 'done' })
      expect(await asItIs(shop)).toEqual(before)
    }
  })

  it('does not bring it back to a name it had before, and a hook that is elsewhere tells nothing of its issues', async () => {
    const moving = await place.connected('early')
    const headers = await hasHook(moving, 73)
    const late = { ...naming(moving) }
    moving.there.rename('late')
    const now = { ...naming(moving) }
    const renamed = { ...now, action: 'renamed', changes: { repository: { name: { from: 'early' } } } }
    const told = await send(renamed, { event: 'repository', headers })
    expect((await workedOn(optio, told.id)).state).toBe('done')
    const there = {
      ...{ fullName: 'acme/late', repoUrl: `${place.github.url}/acme/late`, defaultBranch: 'main' },
    }
    expect(await asItIs(moving)).toEqual(there)
    const issue = {
      ...{
        number: 9_001,
        title: 'Of nowhere',
        state: 'open',
        html_url: `${place.github.url}/x/y/issues/9001`,
      },
      ...{ labels: [], assignees: [], comments: 0 },
      ...{ created_at: '2020-01-01T00:00:00Z', updated_at: new Date().toISOString() },
    }
    for (const [payload, event] of [
      [{ ...late, ref: 'refs/heads/main' }, 'push'],
      [{ ...late, action: 'edited', changes: {} }, 'repository'],
      [{ ...late, action: 'opened', issue }, 'issues'],
    ] as const) {
      const { status, id } = await send(payload, { event, headers })
      expect(status).toBe(202)
      expect(await workedOn(optio, id)).toMatchObject({ state: 'done' })
      expect(await asItIs(moving)).toEqual(there)
    }
    expect((await place.issues()).map(({ number }) => number)).not.toContain(9_001)
  })

  it('about an issue that changed in the future has the issues read, and is not kept', async () => {
    const number = shop.there.openIssue({ title: 'As it is', by: 'ann' }).number
    await place.read(shop.repo)
    const issue = {
      ...{ number, title: 'As nobody wrote it', body: '', state: 'open', comments: 0 },
      ...{
        html_url: `${shop.there.url}/issues/${number}`,
        labels: [],
        assignees: [],
        user: { login: 'ann' },
      },
      ...{ created_at: '2020-01-01T00:00:00Z', updated_at: '2099-01-01T00:00:00Z' },
    }
    const { id } = await send({ ...naming(shop), action: 'edited', issue }, { event: 'issues' })
    expect((await workedOn(optio, id)).detail).toMatch(/read again/)
    const titles = (await place.issues({ repoId: shop.repo.id })).map(({ title }) => title)
    expect(titles).toContain('As it is')
    expect(titles).not.toContain('As nobody wrote it')
  })

  it('is asked of GitHub again while there is no answer', async () => {
    const { repo } = shop
    const digest = {
      ...{ action: null, formerly: [], others: [], numbers: [], shas: [], branches: [], issues: null },
      ...{ repository: { fullName: 'acme/moved-on', url: '' }, formerDefaultBranch: null },
    }
    await optio.database.pool.query(
      `insert into webhook_deliveries (id, event, workspace_id, repository_id, state, payload)
       values ('silent', 'push', $1, $2, 'received', $3)`,
      [repo.workspaceId, repo.id, JSON.stringify({ ...digest, repositoryIds: [repo.id] })],
    )
    const deps = {
      ...{ database: optio.database, log: { warn: () => {} }, serverUrl: place.github.url, watchMs: 1_000 },
      ask: async (): Promise<null> => {
        throw new NoAnswer('failing', 'GitHub is away.')
      },
    }
    await expect(workOnDelivery(deps, 'silent')).rejects.toThrow('GitHub is away.')
    expect(await deliveriesOf(optio, `id = 'silent'`)).toMatchObject([{ state: 'received' }])
    await workOnDelivery({ ...deps, ask: async () => null }, 'silent')
    expect(await deliveriesOf(optio, `id = 'silent'`)).toMatchObject([{ state: 'done' }])
  })
})

describe('a delivery and an assignment of the same issue', () => {
  it('wait for each other, and neither is broken off', async () => {
    const number = shop.there.openIssue({ title: 'Wanted twice', by: 'ann' }).number
    await place.read(shop.repo)
    const issue = {
      ...{ number, title: 'Changed', body: '', state: 'open', comments: 0, labels: [], assignees: [] },
      ...{ html_url: `${shop.there.url}/issues/${number}`, user: { login: 'ann' } },
      ...{ created_at: '2020-01-01T00:00:00Z', updated_at: new Date(Date.now() + 60_000).toISOString() },
    }
    await optio.database.pool.query('update repositories set webhook_seen_at = null where id = $1', [
      shop.repo.id,
    ])
    const assigning = await optio.database.pool.connect()
    try {
      await assigning.query('begin')
      const lock = 'select from issues where repository_id = $1 and number = $2 for update'
      expect((await assigning.query(lock, [shop.repo.id, number])).rowCount).toBe(1)
      const { id } = await send({ ...naming(shop), action: 'edited', issue }, { event: 'issues' })
      await until('the delivery waits for the issue', async () => {
        const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
        return (await optio.database.pool.query(waiting)).rowCount === 1
      })
      await assigning.query('select from repositories where id = $1 for share nowait', [shop.repo.id])
      await assigning.query('commit')
      expect(await workedOn(optio, id)).toMatchObject({ state: 'done' })
      await until('that deliveries come is known', async () => {
        const seen = 'select from repositories where id = $1 and webhook_seen_at is not null'
        return (await optio.database.pool.query(seen, [shop.repo.id])).rowCount === 1
      })
    } finally {
      assigning.release(true)
    }
  })
})
