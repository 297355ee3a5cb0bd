import { OptioError } from '@optio/contract'
import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RepositoryRef } from '../../../src/forge.ts'
import { createIssues } from '../../../src/github/issues/index.ts'
import type { ForgeIssues, IssuePage } from '../../../src/issues.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import { BOT, startTestGithub, type TestGithub } from '../support/github.ts'

let hub: TestGithub
let repo: FakeRepository
let repository: RepositoryRef
let issues: ForgeIssues
let count = 0

beforeAll(async () => {
  hub = await startTestGithub()
})

afterAll(async () => {
  await hub.close()
})

beforeEach(async () => {
  count += 1
  hub.github.faults.clear()
  repo = await hub.github.createRepository({
    owner: 'acme',
    name: `shop${count}`,
    private: true,
    permissions: { [BOT]: 'write', ann: 'write', rita: 'read' },
  })
  repository = hub.refOf(repo)
  issues = createIssues(hub.client)
})

async function pages(since: number | null, etag: string | null, openOnly = false): Promise<IssuePage[]> {
  const all: IssuePage[] = []
  for await (const page of issues.changed(repository, { since, etag, openOnly })) all.push(page)
  return all
}

function numbersOf(page: IssuePage | undefined): number[] {
  return page === undefined || page.unchanged ? [] : page.issues.map(({ number }) => number)
}

describe('what changed', () => {
  test('pull requests are no issues', async () => {
    repo.openIssue({
      title: 'The sum is wrong',
      body: 'It is 3.',
      by: 'ann',
      labels: ['bug'],
      assignees: ['ann'],
    })
    await repo.commit({ branch: 'sum', files: { 'sum.js': '4' } })
    const pull = await repo.openPullRequest({ title: 'Mend the sum', head: 'sum' })
    const [page, ...others] = await pages(null, null)
    expect(others).toEqual([])
    expect(page).toMatchObject({
      unchanged: false,
      issues: [
        {
          number: 1,
          title: 'The sum is wrong',
          body: 'It is 3.',
          state: 'open',
          labels: ['bug'],
          assignees: ['ann'],
          author: 'ann',
          commentCount: 0,
          url: `${repo.url}/issues/1`,
        },
      ],
    })
    await expect(issues.get(repository, pull.number)).rejects.toMatchObject({ code: 'ISSUE_NOT_FOUND' })
  })

  test('what has not changed costs nothing, and what changes then is told', async () => {
    repo.openIssue({ title: 'One' })
    const [first] = await pages(null, null)
    const etag = first?.unchanged === false ? first.etag : null
    expect(etag).not.toBeNull()
    hub.github.requests.clear()
    expect(await pages(null, etag)).toEqual([{ unchanged: true }])
    expect(hub.github.requests.pointsSpent()).toBe(0)
    repo.openIssue({ title: 'Two' })
    expect(numbersOf((await pages(null, etag))[0])).toEqual([1, 2])
  })

  test('it is told page by page, the oldest change first', async () => {
    for (let i = 0; i < 103; i++) repo.openIssue({ title: `Issue ${i}` })
    await hub.github.clock.advance(2000)
    repo.editIssue(1, { title: 'Changed last' })
    const found = await pages(null, null)
    expect(found.map((page) => numbersOf(page).length)).toEqual([100, 3])
    expect(numbersOf(found[1]).at(-1)).toBe(1)
    // The first of several pages says nothing about the others.
    expect(found[0]).toMatchObject({ etag: null })
    const newest = found[1]?.unchanged === false ? found[1].newest : null
    expect(numbersOf((await pages(newest, null))[0])).toEqual([1])
  })

  test('closed ones are told, unless only open ones are asked for', async () => {
    repo.openIssue({ title: 'One' })
    repo.openIssue({ title: 'Two' })
    repo.closeIssue(1)
    expect(numbersOf((await pages(null, null))[0]).sort()).toEqual([1, 2])
    expect(numbersOf((await pages(null, null, true))[0])).toEqual([2])
  })

  test('a repository without issues has none', async () => {
    repo.configure({ hasIssues: false })
    expect((await pages(null, null)).map(numbersOf)).toEqual([[]])
  })

  test('an error is no answer, never an empty list', async () => {
    hub.github.faults.failNext({ match: 'GET *issues', status: 502, times: 2 })
    await expect(pages(null, null)).rejects.toBeInstanceOf(NoAnswer)
    issues = createIssues(hub.clientOf(hub.github.createToken({ login: 'stranger' })))
    await expect(pages(null, null)).rejects.toMatchObject({ reason: 'credential' })
  })
})

describe('a remark', () => {
  test('is said once for each key, also by another process after the answer was lost', async () => {
    repo.openIssue({ title: 'One' })
    hub.github.faults.dropConnection('POST *comments')
    const remark = { body: 'Optio works on it.', key: 'run-1:assigned' }
    await expect(issues.comment(repository, 1, remark)).rejects.toBeInstanceOf(NoAnswer)
    const again = createIssues(hub.clientOf(hub.token))
    const { url } = await again.comment(repository, 1, remark)
    expect(url).toContain(`${repo.url}/issues/1#issuecomment-`)
    await again.comment(repository, 1, { body: 'Something else.', key: 'run-1:failed' })
    expect(repo.issue(1).comments).toHaveLength(2)
  })

  test('with a copied marker keeps nobody from saying it', async () => {
    repo.openIssue({ title: 'One' })
    await issues.comment(repository, 1, { body: 'Optio works on it.', key: 'k' })
    const copied = repo.issue(1).comments[0]?.body ?? ''
    repo.openIssue({ title: 'Two' })
    repo.comment(2, { by: 'rita', body: copied })
    await issues.comment(repository, 2, { body: 'Optio works on it.', key: 'k' })
    expect(repo.issue(2).comments.map(({ author }) => author)).toEqual(['rita', BOT])
    expect(await issues.conversation(repository, 2)).toMatchObject([
      { author: 'rita', isOwn: false },
      { author: BOT, isOwn: true, body: 'Optio works on it.' },
    ])
  })
})

describe('a label', () => {
  const label = { name: 'optio', color: '6d28d9', description: 'Optio works on it.' }

  test('is made when the repository has none, once, by however many at once', async () => {
    for (let i = 1; i <= 4; i++) repo.openIssue({ title: `Issue ${i}` })
    await Promise.all(
      [1, 2, 3, 4].map((number) => createIssues(hub.clientOf(hub.token)).label(repository, number, label)),
    )
    await issues.label(repository, 1, label)
    expect(repo.labels().filter(({ name }) => name === 'optio')).toEqual([label])
    for (let i = 1; i <= 4; i++) expect(repo.issue(i).labels).toEqual(['optio'])
  })

  test('keeps its colour where it is', async () => {
    repo.openIssue({ title: 'One', labels: ['optio'] })
    const before = repo.labels()
    await issues.label(repository, 1, label)
    expect(repo.labels()).toEqual(before)
  })

  test('was put on by who put it on last', async () => {
    repo.openIssue({ title: 'One' })
    expect(await issues.labelledBy(repository, 1, 'optio')).toBeNull()
    repo.label(1, 'optio', 'ann')
    repo.unlabel(1, 'optio', 'ann')
    repo.label(1, 'optio', 'rita')
    repo.label(1, 'other', 'ann')
    expect(await issues.labelledBy(repository, 1, 'Optio')).toBe('rita')
  })
})

test('an issue is closed as completed, once', async () => {
  repo.openIssue({ title: 'One' })
  await issues.close(repository, 1)
  await issues.close(repository, 1)
  expect(repo.issue(1)).toMatchObject({ state: 'closed', stateReason: 'completed', closedBy: BOT })
})

test('an issue is not there only where the repository answers', async () => {
  await expect(issues.get(repository, 99)).rejects.toMatchObject({ code: 'ISSUE_NOT_FOUND' })
  await expect(issues.conversation(repository, 99)).rejects.toBeInstanceOf(OptioError)
  await expect(issues.comment(repository, 99, { body: 'b', key: 'k' })).rejects.toBeInstanceOf(OptioError)
  const blind = createIssues(hub.clientOf(hub.github.createToken({ login: 'stranger' })))
  await expect(blind.get(repository, 99)).rejects.toBeInstanceOf(NoAnswer)
})

test('only those with write access may write', async () => {
  expect(await issues.mayWrite(repository, 'ann')).toBe(true)
  expect(await issues.mayWrite(repository, 'acme')).toBe(true)
  expect(await issues.mayWrite(repository, 'rita')).toBe(false)
  expect(await issues.mayWrite(repository, 'nobody-at-all')).toBe(false)
  expect(await issues.mayWrite(repository, 'some-app[bot]')).toBe(false)
  hub.github.faults.failNext({ match: 'GET *permission', status: 500, times: 2 })
  await expect(issues.mayWrite(repository, 'ann')).rejects.toBeInstanceOf(NoAnswer)
})
