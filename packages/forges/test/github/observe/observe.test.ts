import { checksStatus, judgeMerge, type PullRequestObservation } from '@optio/core'
import type { FakeRepository, NewRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createObserver, type GithubObserver } from '../../../src/github/observe/index.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import type { RepositoryRef } from '../../../src/repository-ref.ts'
import { BOT, emptyMirror, startTestGithub, type TestGithub } from '../support/github.ts'

/** What holds whether GitHub is asked with GraphQL or, where that is not served, with REST. */
describe.each(['GraphQL', 'REST'] as const)('by %s', (way) => {
  let hub: TestGithub
  let repo: FakeRepository
  let repository: RepositoryRef
  let observer: GithubObserver
  let count = 0

  beforeAll(async () => {
    hub = await startTestGithub({ graphql: way === 'GraphQL' })
  })

  afterAll(async () => {
    await hub.close()
  })

  const make = async (wanted: Partial<NewRepository> = {}) => {
    count += 1
    repo = await hub.github.createRepository({
      owner: 'acme',
      name: `shop${count}`,
      files: { 'sum.js': 'one\ntwo\nthree\n' },
      permissions: { [BOT]: 'write', ann: 'write', bob: 'write', rita: 'read' },
      ...wanted,
    })
    repository = hub.refOf(repo)
    observer = observerOf()
  }

  const observerOf = (client = hub.client, refreshMirror = async () => {}) =>
    createObserver(client, { refreshMirror, now: () => hub.github.clock.now(), unknownRetryMs: 0 })

  beforeEach(async () => {
    hub.github.faults.clear()
    await make()
  })

  /** A pull request of Optio's with one commit. */
  const open = async (files: Record<string, string> = { 'sum.js': 'one\n2\nthree\n' }, by = BOT) => {
    await repo.commit({ branch: 'optio/sum-1', files, by })
    return (await repo.openPullRequest({ title: 'Mend the sum', head: 'optio/sum-1', by })).number
  }

  const observe = (number: number, previous: PullRequestObservation | null = null) =>
    observer.observe(repository, number, { previous })

  test('an open pull request is what GitHub says it is', async () => {
    const number = await open()
    repo.label(number, 'bug', 'ann')
    repo.addChecks('optio/sum-1', [{ name: 'test' }, { name: 'ci/lint', kind: 'status' }])
    const observation = await observe(number)
    expect(observation).toMatchObject({
      number,
      url: `${repo.url}/pull/${number}`,
      state: 'open',
      draft: false,
      headSha: repo.branchHead('optio/sum-1'),
      baseRef: 'main',
      baseSha: repo.branchHead('main'),
      mergeable: true,
      mergeBlocked: null,
      mergedSha: null,
      labels: ['bug'],
      endedBy: null,
      threads: [],
    })
    expect(observation.checks).toMatchObject({ required: true, headSha: observation.headSha, baseSha: null })
    expect(observation.checks.items.map(({ name, conclusion }) => [name, conclusion]).sort()).toEqual([
      ['ci/lint', 'success'],
      ['test', 'success'],
    ])
    expect(judgeMerge(observation).obstacles).toEqual([])
  })

  test('a base that moved is seen', async () => {
    const number = await open()
    const moved = await repo.commit({ files: { 'other.js': 'new' } })
    expect((await observe(number)).baseSha).toBe(moved)
  })

  test('a repository without checks, rules and workflows has nothing to wait for', async () => {
    const { checks } = await observe(await open())
    expect(checks).toMatchObject({ required: false, items: [] })
  })

  test('a required check that has not reported is waited for', async () => {
    const number = await open()
    repo.protect('main', { requiredChecks: ['test'] })
    repo.addRuleset({ name: 'all', branches: ['~DEFAULT_BRANCH'], requiredChecks: ['e2e'] })
    repo.addChecks('optio/sum-1', [{ name: 'quick' }])
    const observation = await observe(number)
    const required = observation.checks.items.filter((item) => item.required === true)
    expect(required.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['e2e', 'queued'],
      ['test', 'queued'],
    ])
    expect(observation.checks.items.find(({ name }) => name === 'quick')?.required).toBe(false)
    expect(observation.mergeBlocked).toBeNull()
    repo.addChecks('optio/sum-1', [{ name: 'test' }, { name: 'e2e' }])
    expect(judgeMerge(await observe(number)).obstacles).toEqual([])
  })

  test('a workflow that should have run is waited for', async () => {
    await make({ files: { '.github/workflows/ci.yml': 'name: CI\non: pull_request', 'sum.js': 'one' } })
    const number = await open()
    // A bot that is quicker than any test.
    repo.addChecks('optio/sum-1', [{ name: 'greetings', kind: 'status' }])
    const observation = await observe(number)
    expect(checksStatus(observation)).toBe('pending')
    expect(observation.checks.items.map(({ name, status }) => [name, status])).toContainEqual([
      'CI',
      'queued',
    ])
    repo.addChecks('optio/sum-1', [{ name: 'test', kind: 'workflow', workflow: { event: 'pull_request' } }])
    expect(checksStatus(await observe(number))).toBe('passing')
  })

  test('a workflow for other files is not waited for', async () => {
    const workflow = 'on: { pull_request: { paths: ["docs/**"] } }'
    await make({ files: { '.github/workflows/docs.yml': workflow, 'sum.js': 'one' } })
    expect((await observe(await open())).checks).toMatchObject({ required: false, items: [] })
    await make({ files: { '.github/workflows/docs.yml': workflow, 'sum.js': 'one' } })
    expect((await observe(await open({ 'docs/a.md': 'x' }))).checks.items).toMatchObject([
      { status: 'queued' },
    ])
  })

  test('of checks that ran again the last one counts', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [{ name: 'test', conclusion: 'failure' }])
    repo.addChecks('optio/sum-1', [{ name: 'test' }])
    expect(checksStatus(await observe(number))).toBe('passing')
  })

  test('the failing job, its step and the last lines of its log are told, and read once', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [
      {
        name: 'test',
        kind: 'workflow',
        conclusion: 'failure',
        workflow: { name: 'CI' },
        steps: [{ name: 'Set up job' }, { name: 'Run npm test', conclusion: 'failure' }],
        log: '\u001b[31mExpected 4, got 3\u001b[0m\n##[error]Process completed with exit code 1.',
      },
    ])
    const first = await observe(number)
    const [item] = first.checks.items
    expect(item).toMatchObject({ name: 'test', conclusion: 'failure' })
    expect(item?.log).toBe(
      'Job: test (workflow CI)\nFailed step: Run npm test\n\nExpected 4, got 3\nError: Process completed with exit code 1.',
    )
    hub.github.requests.clear()
    expect((await observe(number)).checks.items).toEqual(first.checks.items)
    const elsewhere = observerOf()
    const second = await elsewhere.observe(repository, number, { previous: first })
    expect(second.checks.items).toEqual(first.checks.items)
    expect(hub.github.requests.count('GET *logs')).toBe(0)
  })

  test('a check run that is no job is told by its text and the places it marked', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [
      {
        name: 'lint',
        conclusion: 'failure',
        output: { title: '1 problem', summary: 'sum.js is wrong', text: 'Details' },
        annotations: [{ path: 'sum.js', line: 2, level: 'failure', message: 'No magic numbers' }],
      },
    ])
    const [item] = (await observe(number)).checks.items
    expect(item?.summary).toBe('1 problem')
    expect(item?.log).toBe('1 problem\nsum.js is wrong\nDetails\n\nsum.js:2: No magic numbers')
  })

  test('a check that is not required is not read for its log where others are', async () => {
    const number = await open()
    repo.protect('main', { requiredChecks: ['test'] })
    repo.addChecks('optio/sum-1', [
      { name: 'test' },
      { name: 'flaky', conclusion: 'failure', output: { title: 'Bad luck', summary: '' } },
    ])
    const observation = await observe(number)
    expect(observation.checks.items.find(({ name }) => name === 'flaky')?.log).toBeNull()
  })

  test('a conflict names its files, also when the mirror has to be brought up to date for it', async () => {
    const number = await open()
    await repo.commit({ files: { 'sum.js': 'one\nzwei\nthree\n' } })
    expect(await observe(number)).toMatchObject({ mergeable: false, conflictFiles: ['sum.js'] })
    const mirror = emptyMirror()
    try {
      const ref = { ...repository, mirrorDir: mirror.mirrorDir }
      let refreshed = 0
      const late = observerOf(hub.client, async () => {
        refreshed += 1
        await repo.git('push', '--quiet', '--mirror', mirror.mirrorDir)
      })
      expect((await late.observe(ref, number)).conflictFiles).toEqual(['sum.js'])
      await late.observe(ref, number)
      expect(refreshed).toBe(1)
    } finally {
      mirror.remove()
    }
  })

  test('what GitHub does not know yet is asked again at once', async () => {
    await make({ lazyMergeability: true })
    expect((await observe(await open())).mergeable).toBe(true)
  })

  test('an error of mergeability is unknown', async () => {
    await make({ lazyMergeability: true })
    const number = await open()
    // The first answer says “unknown”, and there is no second.
    let asked = 0
    const match = way === 'GraphQL' ? 'POST */graphql' : `GET */pulls/${number}`
    hub.github.faults.failNext({
      match: (request) => isMatch(request, match) && ++asked > 1,
      status: 502,
      times: 20,
    })
    expect((await observe(number)).mergeable).toBeNull()
  })

  test('a review counts until it is dismissed, and another’s approval does not hide it', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [{ name: 'test' }])
    const { id } = await repo.review(number, { by: 'ann', event: 'REQUEST_CHANGES', body: 'Not yet.' })
    await repo.review(number, { by: 'bob', event: 'APPROVE' })
    const observation = await observe(number)
    expect(observation.reviews).toMatchObject([
      {
        author: 'ann',
        state: 'changes_requested',
        body: 'Not yet.',
        headSha: observation.headSha,
        isOwn: false,
      },
      { author: 'bob', state: 'approved' },
    ])
    expect(judgeMerge(observation).obstacles.map(({ code }) => code)).toEqual(['changes_requested'])
    repo.dismissReview(number, id, 'acme', 'It is fine.')
    expect(judgeMerge(await observe(number)).obstacles).toEqual([])
  })

  test('remarks on lines are told with their place, and who made them', async () => {
    const number = await open()
    await repo.review(number, {
      by: 'rita',
      event: 'COMMENT',
      comments: [{ path: 'sum.js', line: 2, body: 'Why?' }],
    })
    const observation = await observe(number)
    expect(observation.reviews).toEqual([])
    expect(observation.threads).toMatchObject([
      {
        path: 'sum.js',
        line: 2,
        comments: [{ author: 'rita', body: 'Why?', byWriter: false, isOwn: false }],
      },
    ])
  })

  test('a review that the branch wants is said, once the checks are good', async () => {
    repo.protect('main', { requiredChecks: ['test'], requiredReviews: 1 })
    const number = await open()
    repo.startCheck('optio/sum-1', 'test')
    expect((await observe(number)).mergeBlocked).toBeNull()
    repo.finishCheck('optio/sum-1', 'test')
    // REST tells only administrators how many reviews a classic protection wants.
    expect((await observe(number)).mergeBlocked?.code).toBe(
      way === 'GraphQL' ? 'review_required' : 'protected',
    )
    await repo.review(number, { by: 'ann', event: 'APPROVE' })
    expect((await observe(number)).mergeBlocked).toBeNull()
  })

  test('a branch that has to be brought up to date is said', async () => {
    repo.protect('main', { strict: true, requiredChecks: ['test'] })
    const number = await open()
    repo.addChecks('optio/sum-1', [{ name: 'test' }])
    await repo.commit({ files: { 'other.js': 'new' } })
    expect((await observe(number)).mergeBlocked?.message).toContain('up to date')
  })

  test('who merged or closed it is told', async () => {
    const number = await open()
    const sha = await repo.mergePullRequest(number, 'ann')
    expect(await observe(number)).toMatchObject({
      state: 'merged',
      mergedSha: sha,
      endedBy: 'ann',
      mergeable: null,
    })
    await repo.commit({ branch: 'optio/two', files: { 'two.js': '2' } })
    const second = (await repo.openPullRequest({ title: 'Two', head: 'optio/two', by: BOT })).number
    repo.closePullRequest(second, 'bob')
    const closed = await observe(second)
    expect(closed).toMatchObject({ state: 'closed', mergedSha: null, endedBy: 'bob' })
  })

  test('a pull request is not there only where the repository answers', async () => {
    await make({ private: true })
    await open()
    await expect(observe(99)).rejects.toMatchObject({ code: 'PULL_REQUEST_NOT_FOUND' })
    const blind = observerOf(hub.clientOf(hub.github.createToken({ login: 'stranger' })))
    await expect(blind.observe(repository, 1)).rejects.toMatchObject({ reason: 'credential' })
  })

  test('a check that an API error hides is unknown, never none', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [{ name: 'test', conclusion: 'failure' }])
    const match = way === 'GraphQL' ? 'POST */graphql' : 'GET *check-runs'
    hub.github.faults.failNext({ match, status: 502, times: 50 })
    await expect(observe(number)).rejects.toMatchObject({ name: 'NoAnswer', reason: 'failing' })
  })

  test('rules that an API error hides are unknown, never none', async () => {
    repo.protect('main', { requiredChecks: ['test'] })
    const number = await open()
    hub.github.faults.failNext({ match: 'GET *rules/branches*', status: 500, times: 50 })
    await expect(observe(number)).rejects.toBeInstanceOf(NoAnswer)
  })

  test('workflows that an API error hides are unknown, never none', async () => {
    const number = await open()
    hub.github.faults.failNext({ match: 'GET *contents*', status: 503, times: 50 })
    await expect(observe(number)).rejects.toBeInstanceOf(NoAnswer)
  })

  test('a log that cannot be read is asked for again, and does not hide for ever that the check failed', async () => {
    const number = await open()
    repo.addChecks('optio/sum-1', [{ name: 'test', kind: 'workflow', conclusion: 'failure', log: 'Error' }])
    hub.github.faults.failNext({ match: 'GET *actions/jobs*', status: 500, times: 50 })
    await expect(observe(number)).rejects.toBeInstanceOf(NoAnswer)
    await expect(observe(number)).rejects.toBeInstanceOf(NoAnswer)
    expect((await observe(number)).checks.items).toMatchObject([{ conclusion: 'failure', log: null }])
  })

  test('a credential that is refused is said to be, and limits too', async () => {
    const number = await open()
    const token = hub.github.createToken({ login: BOT })
    const other = observerOf(hub.clientOf(token))
    hub.github.revokeToken(token)
    await expect(other.observe(repository, number)).rejects.toMatchObject({ reason: 'credential' })
    await expect(observerOf(hub.clientOf(null)).observe(repository, number)).rejects.toMatchObject({
      reason: 'credential',
    })
    hub.github.faults.secondaryLimit(way === 'GraphQL' ? 'POST */graphql' : 'GET *pulls*', { retryAfter: 30 })
    const fresh = observerOf(hub.clientOf(hub.token))
    await expect(fresh.observe(repository, number)).rejects.toMatchObject({ reason: 'limited' })
  })

  test('more checks than one page has are read to the end', async () => {
    const number = await open()
    const plans = Array.from({ length: 130 }, (_, i) => ({ name: `check ${i}` }))
    repo.addChecks('optio/sum-1', [...plans, { name: 'last', conclusion: 'failure' as const }])
    const { items } = (await observe(number)).checks
    expect(items).toHaveLength(131)
    expect(items.find(({ name }) => name === 'last')?.conclusion).toBe('failure')
  })
})

function isMatch({ method, path }: { method: string; path: string }, match: string): boolean {
  return new RegExp(`^${match.replaceAll('*', '.*')}$`).test(`${method} ${path}`)
}
