import { OptioError } from '@optio/contract'
import { checksStatus, type PullRequestObservation } from '@optio/core'
import type { FakeRepository } from '@optio/testkit/github'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Answered } from '../../../src/forge.ts'
import { createGithubForge } from '../../../src/github/create.ts'
import { withMarker } from '../../../src/github/marker.ts'
import { createObserver, type GithubObserver } from '../../../src/github/observe/index.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import { BOT, emptyMirror, startTestGithub, type TestGithub } from '../support/github.ts'

let hub: TestGithub
let observer: GithubObserver
let count = 0

beforeAll(async () => {
  hub = await startTestGithub()
})

afterAll(async () => {
  await hub.close()
})

beforeEach(() => {
  hub.github.faults.clear()
  observer = observerOf()
})

const observerOf = (client = hub.client) =>
  createObserver(client, {
    refreshMirror: async () => {},
    now: () => hub.github.clock.now(),
    unknownRetryMs: 0,
  })

async function makeRepository(isPrivate = false): Promise<FakeRepository> {
  count += 1
  return await hub.github.createRepository({
    owner: 'acme',
    name: `many${count}`,
    private: isPrivate,
    files: { 'sum.js': 'one\ntwo\nthree\n' },
    permissions: { [BOT]: 'write', ann: 'write' },
  })
}

/** Pull requests of Optio's, one of each branch. */
async function open(repo: FakeRepository, many: number): Promise<number[]> {
  const names = Array.from({ length: many }, (_, i) => `optio/task-${i}`)
  await repo.seedBranches(names.map((branch) => ({ branch, files: { 'sum.js': `one\n${branch}\nthree\n` } })))
  const numbers: number[] = []
  for (const head of names) numbers.push((await repo.openPullRequest({ title: head, head, by: BOT })).number)
  return numbers
}

const asked = (repo: FakeRepository, number: number, previous: PullRequestObservation | null = null) => ({
  repository: hub.refOf(repo),
  number,
  previous,
})

function observed(answered: Answered | undefined): PullRequestObservation {
  if (answered !== undefined && 'observation' in answered) return answered.observation
  throw answered?.error
}

const errorOf = (answered: Answered | undefined) =>
  answered !== undefined && 'error' in answered ? answered.error : null

test('fifty pull requests of several repositories are one request of at most three points', async () => {
  const repos = [await makeRepository(), await makeRepository(), await makeRepository()]
  const all = await Promise.all(repos.map(async (repo) => ({ repo, numbers: await open(repo, 17) })))
  const fifty = all.flatMap(({ repo, numbers }) => numbers.map((number) => asked(repo, number))).slice(0, 50)
  repos[0]?.addChecks('optio/task-3', [{ name: 'test', kind: 'workflow' }])
  // Workflows, rules and who is asking are known after the first time.
  const before = (await observer.observeMany(fifty)).map(observed)
  hub.github.requests.clear()
  const again = (await observer.observeMany(fifty)).map(observed)
  expect(hub.github.requests.count('POST */graphql')).toBe(1)
  expect(hub.github.requests.pointsSpent('graphql')).toBeLessThanOrEqual(3)
  expect(hub.github.requests.pointsSpent('core')).toBe(0)
  expect(again.map(({ number, headSha }) => [number, headSha])).toEqual(
    fifty.map(({ repository, number }) => [
      number,
      hub.github.repository(repository.fullName).pullRequest(number).head.sha,
    ]),
  )
  expect(again.map(({ revision }) => revision)).toEqual(before.map(({ revision }) => revision))
  expect(again[3]?.checks.items).toMatchObject([{ name: 'test', conclusion: 'success' }])
}, 60_000)

describe('an answer that is half errors', () => {
  test('is no answer for those it concerns, and an answer for the others', async () => {
    const [good, bad] = [await makeRepository(), await makeRepository()]
    const [[one = 0], [two = 0]] = [await open(good, 1), await open(bad, 1)]
    hub.github.faults.partialGraphql('r1', { message: 'It is not there today.' })
    const answers = await observer.observeMany([asked(good, one), asked(bad, two)])
    expect(observed(answers[0]).number).toBe(one)
    expect(errorOf(answers[1])).toBeInstanceOf(NoAnswer)
  })

  test('one that is not there, and one that is not shown, keep nothing from the others', async () => {
    const [shown, hidden] = [await makeRepository(), await makeRepository()]
    const [number = 0] = await open(shown, 1)
    const [other = 0] = await open(hidden, 1)
    hidden.delete()
    const gone = { ...asked(shown, 1), repository: { ...hub.refOf(shown), fullName: hidden.fullName } }
    const answers = await observer.observeMany([
      asked(shown, number),
      asked(shown, 999),
      { ...gone, number: other },
    ])
    expect(observed(answers[0]).number).toBe(number)
    expect(errorOf(answers[1])).toBeInstanceOf(OptioError)
    expect(errorOf(answers[2])).toMatchObject({ reason: 'credential' })
  })
})

test('fewer are asked for where GitHub does not manage many, and all are answered in the end', async () => {
  const repo = await makeRepository()
  const numbers = await open(repo, 12)
  const all = numbers.map((number) => asked(repo, number))
  const isLarge = (body: unknown) =>
    ((body as { query?: string }).query?.match(/: pullRequest\(/g) ?? []).length > 5
  hub.github.faults.failNext({
    match: ({ surface, body }) => surface === 'graphql' && isLarge(body),
    status: 502,
    times: Infinity,
  })
  let open50: readonly Answered[] = []
  for (let tries = 0; tries < 6; tries++) {
    open50 = await observer.observeMany(all)
    if (open50.every((one) => 'observation' in one)) break
    expect(open50.filter((one) => 'error' in one).every((one) => errorOf(one) instanceof NoAnswer)).toBe(true)
  }
  expect(open50.map((one) => observed(one).number)).toEqual(numbers)
})

test('while GitHub is down it is not asked for each one', async () => {
  const repo = await makeRepository()
  const numbers = await open(repo, 6)
  hub.github.faults.failAlways('POST */graphql', 503)
  hub.github.requests.clear()
  for (let i = 0; i < 5; i++) {
    const answers = await observer.observeMany(numbers.map((number) => asked(repo, number)))
    expect(answers.every((one) => errorOf(one) instanceof NoAnswer)).toBe(true)
  }
  // Three times each, and one repetition of each.
  expect(hub.github.requests.count('POST */graphql')).toBeLessThanOrEqual(5 * 6)
})

test('each repository is asked for with its own credential', async () => {
  const [ours, theirs] = [await makeRepository(true), await makeRepository(true)]
  theirs.allow(BOT, 'none')
  theirs.allow('other-bot', 'write')
  const [[one = 0], [two = 0]] = [await open(ours, 1), await open(theirs, 1)]
  const { createGithubClient } = await import('../../../src/github/http/create-client.ts')
  const other = hub.github.createToken({ login: 'other-bot' })
  const client = createGithubClient({
    addresses: hub.client.addresses,
    credentialFor: async ({ repositoryId }) =>
      repositoryId === hub.refOf(theirs).id
        ? { token: other, source: 'secret' }
        : repositoryId === 'none'
          ? null
          : { token: hub.token, source: 'secret' },
    now: () => hub.github.clock.now(),
  })
  const without = { ...asked(ours, one), repository: { ...hub.refOf(ours), id: 'none' } }
  const answers = await observerOf(client).observeMany([asked(ours, one), asked(theirs, two), without])
  expect(observed(answers[0]).number).toBe(one)
  expect(observed(answers[1]).number).toBe(two)
  expect(errorOf(answers[2])).toMatchObject({ reason: 'credential' })
})

test('one whose details are slow holds up no other, and is answered once they are read', async () => {
  const repo = await makeRepository()
  const [quick = 0, slow = 0] = await open(repo, 2)
  const log = { conclusion: 'failure', log: 'Error: no' } as const
  repo.addChecks('optio/task-0', [{ name: 'test', kind: 'workflow' }])
  repo.addChecks('optio/task-1', [{ name: 'test', kind: 'workflow', ...log }])
  const impatient = createObserver(hub.client, {
    refreshMirror: async () => {},
    now: () => hub.github.clock.now(),
    unknownRetryMs: 0,
    detailsMs: 1000,
  })
  const look = async () => await impatient.observeMany([asked(repo, quick), asked(repo, slow)])
  await impatient.observeMany([asked(repo, quick)])
  const pause = hub.github.faults.pauseAt('GET *logs')
  const [first, second] = await look()
  expect(observed(first).number).toBe(quick)
  expect(errorOf(second)).toMatchObject({ name: 'NoAnswer', retryAt: expect.any(Number) })
  pause.release()
  hub.github.requests.clear()
  const again = observed((await look())[1])
  expect(again.checks.items).toMatchObject([{ conclusion: 'failure', log: expect.stringContaining('no') }])
  expect(hub.github.requests.count('GET *logs')).toBe(0)
}, 30_000)

test('a mirror that takes long to be brought up to date is not waited for', async () => {
  const repo = await makeRepository()
  const [number = 0] = await open(repo, 1)
  await repo.commit({ files: { 'sum.js': 'one\nzwei\nthree\n' } })
  const mirror = emptyMirror()
  try {
    let fetched = () => {}
    const fetching = new Promise<void>((resolve) => {
      fetched = resolve
    })
    const impatient = createObserver(hub.client, {
      refreshMirror: async () => await fetching,
      now: () => hub.github.clock.now(),
      unknownRetryMs: 0,
      detailsMs: 500,
    })
    const ref = { ...hub.refOf(repo), mirrorDir: mirror.mirrorDir }
    await expect(impatient.observe(ref, number)).rejects.toMatchObject({ name: 'NoAnswer' })
    await repo.git('push', '--quiet', '--mirror', mirror.mirrorDir)
    fetched()
    expect((await impatient.observe(ref, number)).conflictFiles).toEqual(['sum.js'])
  } finally {
    mirror.remove()
  }
}, 30_000)

describe('threads', () => {
  test('are told until they are resolved, with all that was said; Optio’s own answers are its own', async () => {
    const repo = await makeRepository()
    const [number = 0] = await open(repo, 1)
    const comments = [{ path: 'sum.js', line: 2, body: 'Why?' }]
    await repo.review(number, { by: 'ann', event: 'REQUEST_CHANGES', body: 'Not yet.', comments })
    repo.replyToThread(number, { by: BOT, body: withMarker('Mended in 1a2b3c4d5e.', 'answer:1') })
    const observation = observed((await observer.observeMany([asked(repo, number)]))[0])
    expect(observation.threads).toMatchObject([
      {
        id: repo.pullRequest(number).threads[0]?.id,
        path: 'sum.js',
        line: 2,
        comments: [
          { author: 'ann', body: 'Why?', byWriter: true, isOwn: false },
          { author: BOT, body: 'Mended in 1a2b3c4d5e.', isOwn: true },
        ],
      },
    ])
    repo.resolveThread(number, 'ann')
    expect(observed((await observer.observeMany([asked(repo, number)]))[0]).threads).toEqual([])
  })

  test('of a review that Optio posted for an agent are its own', async () => {
    const repo = await makeRepository()
    const [number = 0] = await open(repo, 1)
    const forge = createGithubForge({
      client: hub.client,
      credentialFor: async () => ({ token: hub.token, source: 'secret' }),
      unknownRetryMs: 0,
    })
    await forge.review(hub.refOf(repo), number, {
      author: 'agent',
      state: 'changes_requested',
      body: 'Not yet.',
      comments: [{ path: 'sum.js', line: 2, body: 'Why?' }],
    })
    const { reviews, threads } = await forge.observe(hub.refOf(repo), number)
    expect(reviews).toMatchObject([{ author: BOT, state: 'commented', isOwn: true }])
    expect(threads).toMatchObject([{ path: 'sum.js', line: 2, comments: [{ body: 'Why?', isOwn: true }] }])
  })

  test('are read again only when something was said', async () => {
    const repo = await makeRepository()
    const [number = 0] = await open(repo, 1)
    await repo.review(number, {
      by: 'ann',
      event: 'COMMENT',
      comments: [{ path: 'sum.js', line: 2, body: 'Why?' }],
    })
    const first = observed((await observer.observeMany([asked(repo, number)]))[0])
    hub.github.requests.clear()
    const second = observed((await observer.observeMany([asked(repo, number, first)]))[0])
    expect(second.threads).toEqual(first.threads)
    expect(hub.github.requests.count('POST */graphql')).toBe(1)
    await hub.github.clock.advance(2000)
    repo.replyToThread(number, { by: 'ann', body: 'Well?' })
    const third = observed((await observer.observeMany([asked(repo, number, second)]))[0])
    expect(third.threads?.[0]?.comments.map(({ body }) => body)).toEqual(['Why?', 'Well?'])
  })
})

test('a workflow of a push that is done does not stand for one of the pull request that has not begun', async () => {
  const repo = await makeRepository()
  await repo.commit({
    files: {
      '.github/workflows/lint.yml': 'name: Lint\non: push',
      '.github/workflows/tests.yml': 'name: Tests\non: pull_request',
      '.github/workflows/broken.yml': 'on: [push',
    },
  })
  const [number = 0] = await open(repo, 1)
  const look = async () => observed((await observer.observeMany([asked(repo, number)]))[0])
  const lint = { name: 'Lint', path: '.github/workflows/lint.yml' }
  repo.addChecks('optio/task-0', [{ name: 'lint', kind: 'workflow', workflow: lint }])
  const waiting = await look()
  expect(checksStatus(waiting)).toBe('pending')
  expect(waiting.checks.items.map(({ name, status }) => [name, status])).toEqual([
    ['lint', 'completed'],
    ['Tests', 'queued'],
  ])
  const tests = { name: 'Tests', path: '.github/workflows/tests.yml', event: 'pull_request' }
  repo.addChecks('optio/task-0', [{ name: 'test', kind: 'workflow', workflow: tests }])
  expect(checksStatus(await look())).toBe('passing')
})

test('a suite without runs is no check', async () => {
  const repo = await makeRepository()
  const [number = 0] = await open(repo, 1)
  // Its suite is there from the start, its run only when somebody starts it.
  repo.addChecks('optio/task-0', [{ name: 'later', startsAfter: 'manual' }])
  expect(observed((await observer.observeMany([asked(repo, number)]))[0]).checks).toMatchObject({
    required: false,
    items: [],
  })
})

test('where GraphQL is not served it is not asked for again soon', async () => {
  const plain = await startTestGithub({ graphql: false })
  try {
    const repo = await plain.github.createRepository({
      owner: 'acme',
      name: 'shop',
      permissions: { [BOT]: 'write' },
    })
    await repo.commit({ branch: 'optio/a', files: { a: '1' } })
    const { number } = await repo.openPullRequest({ title: 'A', head: 'optio/a', by: BOT })
    let time = plain.github.clock.now()
    const rest = createObserver(plain.client, {
      refreshMirror: async () => {},
      now: () => time,
      unknownRetryMs: 0,
    })
    const look = async () =>
      await rest.observeMany([{ repository: plain.refOf(repo), number, previous: null }])
    expect(observed((await look())[0]).number).toBe(number)
    const once = plain.github.requests.count('POST */graphql')
    plain.github.requests.clear()
    expect(observed((await look())[0]).number).toBe(number)
    expect(plain.github.requests.count('POST */graphql')).toBe(0)
    // What has not changed costs nothing.
    expect(plain.github.requests.pointsSpent()).toBe(0)
    time += 11 * 60_000
    await look()
    expect(plain.github.requests.count('POST */graphql')).toBeLessThanOrEqual(once)
    expect(plain.github.requests.count('POST */graphql')).toBeGreaterThan(0)
  } finally {
    await plain.close()
  }
})
