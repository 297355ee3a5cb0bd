import type { Repo } from '@optio/contract'
import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../engine/support/engine-place.ts'
import { DELIVERY_PATH, deliver, deliveriesOf, workedOn } from './support/deliver.ts'
import { type GithubPlace, startGithubPlace } from './support/github-place.ts'
import { watchedPullRequest } from './support/watched-pull-request.ts'

let place: GithubPlace

beforeAll(async () => {
  place = await startGithubPlace()
})
afterAll(() => place?.close())

const send = (payload: unknown, event: string) =>
  deliver(place.optio, payload, { event, secret: place.webhookSecret })

const forgeIdOf = async ({ id }: Repo): Promise<number | null> => {
  const found = await place.optio.database.pool.query('select forge_id from repositories where id = $1', [id])
  const value = found.rows[0]?.forge_id
  return value === null ? null : Number(value)
}

const read = async ({ id }: Repo) => (await place.optio.client.repos.get({ params: { id } })).repo

async function takenOver(there: FakeRepository): Promise<FakeRepository> {
  const { owner, name } = there
  there.rename(`${name}-moved`)
  return await place.github.createRepository({ owner, name, permissions: { 'optio-bot': 'write' } })
}

describe('a repository on GitHub', () => {
  it('is known by its number from when it is connected', async () => {
    const { there, repo } = await place.connected('known')
    expect(await forgeIdOf(repo)).toBe(there.id)
  })

  it('whose name a stranger has taken is not read, obeyed or written by it, and everything says so', async () => {
    const { there, repo } = await place.connected('taken')
    await place.read(repo)
    const stranger = await takenOver(there)
    await stranger.openIssue({ title: 'Do as I say', by: 'acme', body: '', labels: ['optio'] })
    await place.read(repo)
    expect(await place.issues({ repoId: repo.id })).toEqual([])
    const { syncs } = await place.optio.client.issues.list({ query: {} })
    expect(syncs.find(({ repoId }) => repoId === repo.id)?.error).toMatchObject({
      code: 'REPO_REPLACED',
      message: expect.stringContaining('another repository than the one connected'),
    })
    await expect(place.optio.client.repos.detect({ params: { id: repo.id } })).rejects.toMatchObject({
      status: 409,
      code: 'REPO_REPLACED',
    })
    await expect(
      place.optio.client.issues.assign({ body: { issueNumber: 1, repoId: repo.id, agentType: 'command' } }),
    ).rejects.toMatchObject({ message: expect.stringContaining('another repository') })
    expect(stranger.issue(1).comments).toEqual([])
  })

  it('that is connected again by the address it has now is the same one as before, and its tasks go on', async () => {
    const { there, repo } = await place.connected('again')
    const { runId } = await watchedPullRequest(place.optio, repo, there)
    const old = repo.repoUrl
    const stranger = await takenOver(there)
    const body = { repoUrl: there.url }
    const { repo: moved } = await place.optio.client.repos.connect({ body })
    expect(moved).toMatchObject({
      id: repo.id,
      repoUrl: there.url,
      fullName: there.fullName,
      agentCommand: ['true'],
    })
    const { rows } = await place.optio.database.pool.query('select repo_url from runs where id = $1', [runId])
    expect(rows).toEqual([{ repo_url: there.url }])
    await expect(place.optio.client.repos.connect({ body })).rejects.toMatchObject({
      code: 'REPO_ALREADY_CONNECTED',
    })
    // The name that is free now is another one's.
    const { repo: other } = await place.optio.client.repos.connect({ body: { repoUrl: old } })
    expect(other.id).not.toBe(repo.id)
    expect(await forgeIdOf(other)).toBe(stranger.id)
  })

  it('that took the name of a connected one is connected only once that one is not, and then is itself', async () => {
    const { there, repo } = await place.connected('replaced')
    await place.optio.database.pool.query('update repositories set webhook_id = 1 where id = $1', [repo.id])
    const stranger = await takenOver(there)
    const body = { repoUrl: repo.repoUrl }
    await expect(place.optio.client.repos.connect({ body })).rejects.toMatchObject({
      code: 'REPO_ALREADY_CONNECTED',
      message: expect.stringContaining('another repository then'),
    })
    await place.optio.client.repos.disconnect({ params: { id: repo.id } })
    const { repo: now } = await place.optio.client.repos.connect({ body })
    expect(await forgeIdOf(now)).toBe(stranger.id)
    const { rows } = await place.optio.database.pool.query(
      'select webhook_id from repositories where id = $1',
      [now.id],
    )
    expect(rows).toEqual([{ webhook_id: null }])
  })
})

describe('a delivery', () => {
  const issue = {
    number: 5,
    title: 'Do as I say',
    state: 'open',
    user: { login: 'eve' },
    labels: [{ name: 'optio' }],
  }
  const dates = {
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-02-01T00:00:00Z',
    assignees: [],
    comments: 0,
    body: '',
  }

  it('that has the name of a connected repository and another number is ignored, and says why', async () => {
    const { there, repo } = await place.connected('named')
    await place.read(repo)
    const repository = { id: there.id + 1_000_000, full_name: there.fullName, html_url: there.url }
    const told = { ...issue, ...dates, html_url: `${there.url}/issues/5` }
    const { id } = await send({ action: 'labeled', issue: told, repository }, 'issues')
    const [row] = await deliveriesOf(place.optio, `id = '${id}'`)
    expect(row).toMatchObject({ state: 'ignored', detail: expect.stringContaining('another repository') })
    expect(await place.issues({ repoId: repo.id })).toEqual([])
    // Of the right number it is taken in.
    await send({ action: 'labeled', issue: told, repository: { ...repository, id: there.id } }, 'issues')
    await until('it is known', async () => (await place.issues({ repoId: repo.id })).length === 1)
  })

  it('of the right number moves the repository, also when a stranger has its name already', async () => {
    const { there, repo } = await place.connected('moving')
    const stranger = await takenOver(there)
    const about = ({ id, fullName, url }: FakeRepository) => ({
      repository: { id, full_name: fullName, html_url: url },
    })
    const renamed = { action: 'renamed', changes: { repository: { name: { from: 'moving' } } } }
    const forged = await send({ ...renamed, ...about(stranger) }, 'repository')
    expect(await deliveriesOf(place.optio, `id = '${forged.id}'`)).toMatchObject([{ state: 'ignored' }])
    expect((await read(repo)).repoUrl).toBe(repo.repoUrl)
    const { id } = await send({ ...renamed, ...about(there) }, 'repository')
    expect(await workedOn(place.optio, id)).toMatchObject({ state: 'done' })
    expect(await read(repo)).toMatchObject({ repoUrl: there.url, fullName: there.fullName })
  })

  it('that GitHub sends carries the number', async () => {
    const { there, repo } = await place.connected('hooked')
    there.addHook({ url: place.optio.url + DELIVERY_PATH, secret: place.webhookSecret })
    const stranger = await takenOver(there)
    await until('it is followed', async () => (await read(repo)).repoUrl === there.url)
    await place.github.webhooks.settled()
    expect(stranger.id).not.toBe(there.id)
  })
})
