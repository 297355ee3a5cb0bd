import { type FakeGithub, startFakeGithub } from '@optio/testkit/github'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}

let github: FakeGithub
let served: Served
let call: Calls
let repo: Thing
beforeAll(async () => {
  github = await startFakeGithub()
  const token = github.createToken({ login: 'optio-bot' })
  served = await serve({ GITHUB_API_URL: github.apiUrl, GITHUB_SERVER_URL: github.url, GITHUB_TOKEN: token })
  call = await callsOf(served)
  const there = await github.createRepository({
    owner: 'acme',
    name: 'webapp',
    permissions: { 'optio-bot': 'write' },
  })
  for (const title of ['First', 'Second', 'Third']) there.openIssue({ title, by: 'acme' })
  repo = (
    await call<{ repo: Thing }>('repos.connect', { body: { repoUrl: there.url, agentCommand: ['true'] } })
  ).repo
})
afterAll(async () => {
  await served?.close()
  await github?.close()
})

describe('issues', () => {
  it('are read, listed in pages, and assigned once', async () => {
    expect(await call('issues.sync', { body: { repoId: repo.id } })).toEqual({ synced: 3 })
    expect(await call('issues.sync')).toEqual({ synced: 3 })
    const list = await call<{ issues: Thing[]; nextCursor: string }>('issues.list', {
      query: `?limit=2&repoId=${repo.id}`,
    })
    expect(list).toMatchObject({ limit: 2, hasMore: true, syncs: [{ repoId: repo.id, error: null }] })
    const rest = await call<{ issues: Thing[] }>('issues.list', {
      query: `?limit=2&cursor=${encodeURIComponent(list.nextCursor)}&state=all`,
    })
    expect([...list.issues, ...rest.issues].map(({ number }) => number).sort()).toEqual([1, 2, 3])
    const body = { repoId: repo.id, issueNumber: 2, model: null, unknownField: 1 }
    const { task } = await call<{ task: Thing }>('issues.assign', { body })
    expect(task).toMatchObject({ title: 'Second', state: 'queued', ticketExternalId: 'acme/webapp#2' })
    const again = await served.send('POST', '/api/issues/assign', body)
    expect([again.status, (again.body as { task: Thing }).task.id]).toEqual([200, task.id])
    expect((await call<{ issues: Thing[] }>('issues.list', { query: '?q=second' })).issues).toMatchObject([
      { number: 2, optioTask: { taskId: task.id, state: 'queued' } },
    ])
  })

  it('that are not there, or cannot be worked on, are refused by what is wrong', async () => {
    const assign = (body: unknown) => served.send('POST', '/api/issues/assign', body)
    const nobodys = '00000000-0000-7000-8000-00000000ffff'
    expectError(await assign({ repoId: nobodys, issueNumber: 1 }), 'REPO_NOT_FOUND')
    expectError(await assign({ repoId: repo.id, issueNumber: 4711 }), 'ISSUE_NOT_FOUND')
    expectError(await assign({ repoId: repo.id, issueNumber: 1, agentType: 'gemini' }), 'AGENT_NOT_AVAILABLE')
    for (const wrong of [{ issueNumber: 0 }, { issueNumber: 2 ** 31 }, { issueNumber: '1' }, { body: ' ' }]) {
      expectError(await assign({ repoId: repo.id, issueNumber: 1, ...wrong }), 'VALIDATION')
    }
    expectError(await served.send('POST', '/api/issues/sync', { repoId: nobodys }), 'REPO_NOT_FOUND')
    expectError(await served.send('GET', '/api/issues?cursor=x'), 'INVALID_CURSOR')
    for (const query of ['state=merged', 'repoId=x', 'limit=0']) {
      expectError(await served.send('GET', `/api/issues?${query}`), 'VALIDATION', query)
    }
  })
})

it('every endpoint of these sections is asked for here', () => {
  expect(call.missing(['issues'])).toEqual([])
})
