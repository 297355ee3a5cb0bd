import type { Client, Repo } from '@optio/contract'
import { type FakeGithub, type FakeRepository, startFakeGithub } from '@optio/testkit/github'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'
import { Place } from './support/place.ts'
import { until } from './support/until.ts'

const ISSUES = 8

describe('two processes on one database', () => {
  let github: FakeGithub
  let there: FakeRepository
  let database: TestDatabase
  let place: Place
  let pool: pg.Pool
  let clients: Client[]
  let repo: Repo

  beforeAll(async () => {
    github = await startFakeGithub()
    const token = github.createToken({ login: 'optio-bot' })
    database = await testDatabase()
    place = await Place.make()
    pool = new pg.Pool({ connectionString: database.url })
    const env = {
      DATABASE_URL: database.url,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: github.url,
      GITHUB_TOKEN: token,
      OPTIO_ISSUE_SYNC_INTERVAL: '1000',
    }
    const servers = [await place.start(env), await place.start(env)]
    clients = servers.map(({ client }) => client)
    await clients[0]?.system.pause({ body: {} })
    there = await github.createRepository({
      owner: 'acme',
      name: 'webapp',
      permissions: { 'optio-bot': 'write', ann: 'write' },
    })
    for (let n = 1; n <= ISSUES; n += 1) there.openIssue({ title: `Issue ${n}`, by: 'ann' })
    const [client] = clients
    if (client === undefined) throw new Error('there are two')
    repo = (await client.repos.connect({ body: { repoUrl: there.url, agentCommand: ['true'] } })).repo
    await until('the issues are read', async () => {
      const { issues } = await client.issues.list({})
      return issues.length === ISSUES ? issues : null
    })
  })
  afterAll(async () => {
    await pool?.end()
    await place?.close()
    await database?.drop()
    await github?.close()
  })

  it('make one task of an issue that is assigned in both, and labelled, at once', async () => {
    await github.clock.advance(1_000)
    const asked: Promise<{ task: { id: string } }>[] = []
    for (let issueNumber = 1; issueNumber <= ISSUES; issueNumber += 1) {
      there.label(issueNumber, 'optio', 'ann')
      for (const client of [...clients, ...clients, ...clients]) {
        asked.push(client.issues.assign({ body: { repoId: repo.id, issueNumber } }))
      }
    }
    const ids = new Set((await Promise.all(asked)).map(({ task }) => task.id))
    expect(ids.size).toBe(ISSUES)
    await until('the labels are seen', async () => {
      const { rows } = await pool.query('select from issues where not has_optio_label or label_pending')
      return rows.length === 0 ? true : null
    })
    const { rows } = await pool.query('select id from runs')
    expect(rows.map(({ id }) => id as string).sort()).toEqual([...ids].sort())
  })

  it('read the issues of a repository in turn, and not twice as often', async () => {
    github.requests.clear()
    const began = performance.now()
    await until('some readings', async () => (github.requests.count('GET *issues') >= 5 ? true : null))
    const seconds = (performance.now() - began) / 1_000
    expect(github.requests.count('GET *issues')).toBeLessThanOrEqual(seconds + 3)
  })
})
