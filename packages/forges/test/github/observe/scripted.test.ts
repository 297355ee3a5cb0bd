import { OptioError } from '@optio/contract'
import { checksStatus } from '@optio/core'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { createGithubClient } from '../../../src/github/http/create-client.ts'
import { createObserver } from '../../../src/github/observe/index.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import { answeredPullRequest } from '../support/answer.ts'
import { BASE, HEAD } from '../support/found.ts'
import { type Asked, json, scriptedServer } from '../support/scripted-server.ts'

const server = await scriptedServer()

const repository = {
  id: 'r',
  workspaceId: 'w',
  repoUrl: 'https://github.test/acme/shop',
  fullName: 'acme/shop',
  defaultBranch: 'main',
  mirrorDir: '/nowhere',
}

type Answer = { status: number; body: unknown }

/** By method and path; anything else is not there. */
let answers: Record<string, Answer | ((asked: Asked) => Answer)>

beforeEach(() => {
  server.asked.length = 0
  answers = {
    'GET /user': { status: 200, body: { login: 'optio-bot' } },
    'GET /repos/acme/shop/branches/main': { status: 200, body: { commit: { sha: BASE }, protected: false } },
    [`GET /repos/acme/shop/git/trees/${HEAD}`]: { status: 200, body: { sha: HEAD } },
    'GET /repos/acme/shop/rules/branches/main': { status: 200, body: [] },
    'GET /repos/acme/shop/collaborators/ann/permission': { status: 200, body: { permission: 'write' } },
    'GET /repos/acme/shop/collaborators/bob/permission': { status: 200, body: { permission: 'read' } },
  }
  server.handle = (asked, response) => {
    const found = answers[`${asked.method} ${asked.path.split('?')[0]}`]
    const { status, body } = typeof found === 'function' ? found(asked) : (found ?? { status: 404, body: {} })
    json(response, status, body)
  }
})

function newObserver(now = Date.now, checksGraceMs?: number) {
  const client = createGithubClient({
    addresses: { apiUrl: server.url, serverUrl: server.url, graphqlUrl: `${server.url}/graphql` },
    credentialFor: async () => ({ token: 'github_pat_1', source: 'secret' }),
    writeGapMs: 0,
    retryDelayMs: 0,
  })
  return createObserver(client, {
    refreshMirror: async () => {},
    unknownRetryMs: 0,
    now,
    ...(checksGraceMs === undefined ? {} : { checksGraceMs }),
  })
}

const NO_THREADS = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [] }

const isAbout = ({ body }: Asked, name: string) => body.includes(`query ${name}(`)

/** As GitHub answers a fine-grained token, which may not read single checks. */
function hiddenChecks(state: string) {
  const pr = answeredPullRequest()
  const contexts = { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [null, null] }
  const commit = { oid: HEAD, message: 'm', statusCheckRollup: { state, contexts } }
  const path = ['r0', 'p0', 'commits', 'nodes', 0, 'commit', 'statusCheckRollup', 'contexts', 'nodes']
  return {
    data: {
      r0: {
        databaseId: 5,
        isArchived: false,
        p0: { ...pr, reviewThreads: NO_THREADS, commits: { nodes: [{ commit }] } },
      },
    },
    errors: [0, 1].map((i) => ({
      type: 'FORBIDDEN',
      path: [...path, i],
      message: 'Resource not accessible by personal access token',
    })),
  }
}

test.each([
  ['SUCCESS', 'passing'],
  ['FAILURE', 'failing'],
  ['PENDING', 'pending'],
  ['EXPECTED', 'pending'],
])('where single checks may not be read, %s of all together is %s', async (state, expected) => {
  answers['POST /graphql'] = { status: 200, body: hiddenChecks(state) }
  expect(checksStatus(await newObserver().observe(repository, 7))).toBe(expected)
})

test('where single checks may not be read, the failing job is found among those of GitHub Actions', async () => {
  answers['POST /graphql'] = { status: 200, body: hiddenChecks('FAILURE') }
  const runs = [
    { id: 3, conclusion: 'success' },
    { id: 4, conclusion: 'success' },
    { id: 5, conclusion: 'failure' },
  ]
  answers['GET /repos/acme/shop/actions/runs'] = { status: 200, body: { workflow_runs: runs } }
  const jobs = [
    { id: 8, name: 'lint', conclusion: 'success' },
    { id: 9, name: 'test', conclusion: 'failure' },
  ]
  answers['GET /repos/acme/shop/actions/runs/5/jobs'] = { status: 200, body: { jobs } }
  const steps = [{ name: 'npm test', conclusion: 'failure', started_at: null, completed_at: null }]
  answers['GET /repos/acme/shop/actions/jobs/9'] = {
    status: 200,
    body: { id: 9, name: 'test', workflow_name: 'CI', conclusion: 'failure', steps },
  }
  const { items } = (await newObserver().observe(repository, 7)).checks
  expect(items.map(({ log }) => log)).toEqual(['Job: test (workflow CI)\nFailed step: npm test'])
})

describe('where single checks may not be read and all that have begun are good', () => {
  const run = (event: string, status = 'completed') => ({ id: 3, name: 'Lint', event, status })
  let runs: Answer
  const look = async (observer = newObserver()) => {
    answers['GET /repos/acme/shop/actions/runs'] = () => runs
    const { checks, ...observation } = await observer.observe(repository, 7)
    const waiting = checks.items.filter(({ status }) => status === 'queued').map(({ name }) => name)
    return { status: checksStatus({ ...observation, checks }), waiting }
  }

  beforeEach(() => {
    answers['POST /graphql'] = { status: 200, body: hiddenChecks('SUCCESS') }
    answers['GET /repos/acme/shop/contents/.github/workflows'] = {
      status: 200,
      body: [{ name: 'tests.yml', sha: 'f1' }],
    }
    const content = Buffer.from('name: Tests\non: pull_request').toString('base64')
    answers['GET /repos/acme/shop/git/blobs/f1'] = {
      status: 200,
      body: { content, encoding: 'base64', size: 40 },
    }
  })

  test('a run that is not done, or has not begun, is waited for', async () => {
    runs = { status: 200, body: { workflow_runs: [run('push')] } }
    expect(await look()).toEqual({ status: 'pending', waiting: ['Tests'] })
    runs = { status: 200, body: { workflow_runs: [run('push'), run('pull_request', 'queued')] } }
    expect(await look()).toEqual({ status: 'pending', waiting: ['Lint'] })
    runs = { status: 200, body: { workflow_runs: [run('push'), run('pull_request')] } }
    expect(await look()).toEqual({ status: 'passing', waiting: [] })
  })

  test('what may not be seen to have begun is waited for for a while', async () => {
    runs = { status: 403, body: { message: 'Resource not accessible by personal access token' } }
    let time = Date.now()
    const observer = newObserver(() => time)
    expect(await look(observer)).toEqual({ status: 'pending', waiting: ['Tests'] })
    time += 119_000
    expect((await look(observer)).status).toBe('pending')
    time += 2000
    expect((await look(observer)).status).toBe('passing')
  })

  test('that while is what is set', async () => {
    runs = { status: 403, body: { message: 'Resource not accessible by personal access token' } }
    let time = Date.now()
    const patient = newObserver(() => time, 600_000)
    expect((await look(patient)).status).toBe('pending')
    time += 599_000
    expect((await look(patient)).status).toBe('pending')
    time += 2000
    expect((await look(patient)).status).toBe('passing')
    expect((await look(newObserver(() => time, 0))).status).toBe('passing')
  })
})

test('pages of checks that belong to another head are never put together', async () => {
  const pr = { ...answeredPullRequest(), reviewThreads: NO_THREADS }
  const [first] = pr.commits.nodes
  const rollup = first?.commit.statusCheckRollup
  const contexts = { ...rollup?.contexts, pageInfo: { hasNextPage: true, endCursor: 'c1' } }
  const commit = { ...first?.commit, statusCheckRollup: { ...rollup, contexts } }
  // What is said of the commit when the next page is asked for: null when a force-push took it away.
  let object: unknown = null
  let variables: unknown
  answers['POST /graphql'] = (asked) => {
    if (!isAbout(asked, 'MoreChecks')) {
      const p0 = { ...pr, commits: { nodes: [{ commit }] } }
      return { status: 200, body: { data: { r0: { databaseId: 5, isArchived: false, p0 } } } }
    }
    variables = (JSON.parse(asked.body) as { variables: unknown }).variables
    return { status: 200, body: { data: { repository: { object } } } }
  }
  await expect(newObserver().observe(repository, 7)).rejects.toBeInstanceOf(NoAnswer)
  expect(variables).toMatchObject({ sha: HEAD, after: 'c1' })
  const [node] = rollup?.contexts.nodes ?? []
  const second = { ...node, databaseId: 12, name: 'on the second page' }
  object = { statusCheckRollup: { contexts: { pageInfo: NO_THREADS.pageInfo, nodes: [second] } } }
  const { items } = (await newObserver().observe(repository, 7)).checks
  expect(items.map(({ name }) => name)).toEqual(['test', 'ci/other', 'on the second page'])
})

test('a repository whose plan has no rulesets has none', async () => {
  answers['GET /repos/acme/shop/rules/branches/main'] = {
    status: 403,
    body: { message: 'Upgrade to GitHub Pro or make this repository public to enable this feature.' },
  }
  answers['POST /graphql'] = { status: 200, body: hiddenChecks('SUCCESS') }
  expect(checksStatus(await newObserver().observe(repository, 7))).toBe('passing')
  answers['GET /repos/acme/shop/rules/branches/main'] = {
    status: 403,
    body: { message: 'Must have rights.' },
  }
  await expect(newObserver().observe(repository, 7)).rejects.toMatchObject({ reason: 'credential' })
})

test('of members who may only read nobody is a writer', async () => {
  answers['POST /graphql'] = { status: 200, body: hiddenChecks('SUCCESS') }
  const { reviews } = await newObserver().observe(repository, 7)
  expect(reviews.map(({ author, byWriter }) => [author, byWriter])).toEqual([
    ['ann', true],
    ['bob', false],
  ])
})

describe('where GitHub does not manage all that is asked for at once', () => {
  /** How many of each question it manages; of the others it says what is wrong, beside null. */
  let manages: number
  let sizes: number[]
  const asked = Array.from({ length: 12 }, (_, i) => ({ repository, number: i + 1, previous: null }))

  beforeEach(() => {
    sizes = []
    answers['POST /graphql'] = ({ body }) => {
      const { variables } = JSON.parse(body) as { variables: Record<string, unknown> }
      const numbers = Object.entries(variables).filter(([name]) => /^r0p/.test(name))
      sizes.push(numbers.length)
      const given = numbers.map(([name, number], i) => {
        const pr = { ...answeredPullRequest(Number(number)), reviewThreads: NO_THREADS }
        return [name.slice(2), i < manages ? pr : null] as const
      })
      const errors = given.flatMap(([name, pr], i) =>
        pr === null
          ? [
              i % 2 === 0
                ? { type: 'RESOURCE_LIMITS_EXCEEDED', message: 'Too much.', path: ['r0', name] }
                : { message: 'Something went wrong while executing your query.', path: ['r0', name] },
            ]
          : [],
      )
      return {
        status: 200,
        body: { data: { r0: { databaseId: 5, isArchived: false, ...Object.fromEntries(given) } }, errors },
      }
    }
  })

  test('the others are asked for again at once, fewer at a time', async () => {
    manages = 5
    const answered = await newObserver().observeMany(asked)
    expect(answered.map((one) => 'observation' in one && one.observation.number)).toEqual(
      asked.map(({ number }) => number),
    )
    expect(sizes).toEqual([12, 6, 2])
  })

  test('one that it never manages keeps nothing from the others, and all of them end it soon', async () => {
    manages = 0
    const observer = newObserver()
    const answered = await observer.observeMany(asked)
    expect(answered.every((one) => 'error' in one && one.error instanceof NoAnswer)).toBe(true)
    expect(sizes).toEqual([12, 6, 3])
    await observer.observeMany(asked)
    expect(sizes.slice(3)).toEqual([2, 1, 1])
  })
})

test.each([null, '', 5, {}, { login: null }])(
  'an account that is said to be %j is no answer, and not nobody',
  async (said) => {
    const good = { data: { r0: { databaseId: 5, isArchived: false, p0: answeredPullRequest() } } }
    let asked = 0
    server.handle = (_, response) => json(response, 200, asked++ === 1 ? said : good)
    await expect(newObserver().observe(repository, 7)).rejects.toBeInstanceOf(NoAnswer)
    expect(asked).toBe(2)
  },
)

test('whatever a server says, it is an answer, or none', async () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record({ data: fc.jsonValue(), errors: fc.jsonValue() }),
    fc.constant({ data: { r0: { databaseId: 5, isArchived: false, p0: answeredPullRequest() } } }),
    fc.constant([]),
    fc.constant({
      number: 7,
      html_url: 'u',
      state: 'open',
      head: { ref: 'h', sha: HEAD },
      base: { ref: 'b', sha: BASE },
    }),
  )
  const status = fc.constantFrom(200, 200, 200, 200, 201, 304, 401, 403, 404, 404, 409, 422, 500, 501, 503)
  const scripts = fc.array(fc.record({ status, body }), { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      let next = 0
      server.handle = (_, response) => {
        const said = script[next++ % script.length] ?? { status: 500, body: null }
        json(response, said.status, said.body)
      }
      try {
        const observation = await newObserver().observe(repository, 7)
        expect(['open', 'merged', 'closed']).toContain(observation.state)
      } catch (error) {
        if (error instanceof OptioError) expect(error.code).toBe('PULL_REQUEST_NOT_FOUND')
        else expect(error).toBeInstanceOf(NoAnswer)
      }
    }),
    { numRuns: 150 },
  )
}, 60_000)
