import { schema as githubSchema } from '@octokit/graphql-schema'
import { OptioError } from '@optio/contract'
import fc from 'fast-check'
import { buildSchema, execute, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { readPullRequest } from '../../../src/github/graphql/answer.ts'
import { pullRequestsQuestion } from '../../../src/github/graphql/document.ts'
import { errorFor } from '../../../src/github/graphql/errors.ts'
import { observationOf } from '../../../src/github/observe/observation.ts'
import { NoAnswer } from '../../../src/no-answer.ts'
import { answeredPullRequest } from '../support/answer.ts'
import { besides, HEAD } from '../support/found.ts'

/** What GitHub's schema makes of an answer: a value of a wrong type, or a field that is missing where it may not, is an error. */
async function answered(data: ReturnType<typeof answeredPullRequest>): Promise<Record<string, unknown>> {
  const { document, variables } = pullRequestsQuestion([{ owner: 'acme', name: 'shop', number: data.number }])
  const result = await execute({
    schema: buildSchema(githubSchema.idl, { assumeValid: true }),
    document: parse(document),
    variableValues: variables,
    rootValue: { repository: { isArchived: false, pullRequest: data } },
  })
  expect(result.errors).toBeUndefined()
  return JSON.parse(JSON.stringify(result.data)) as Record<string, unknown>
}

function pullRequestIn(data: Record<string, unknown>): unknown {
  return (data.r0 as { p0: unknown }).p0
}

test('what GitHub answers by its schema is understood', async () => {
  const { found, moreChecks, moreThreads } = readPullRequest(
    pullRequestIn(await answered(answeredPullRequest())),
    false,
  )
  expect([moreChecks, moreThreads]).toEqual([null, null])
  expect(found.checks.all.map(({ name, status, conclusion }) => [name, status, conclusion])).toEqual([
    ['test', 'completed', 'failure'],
    ['ci/other', 'running', null],
  ])
  expect(found.threads.map(({ id }) => id)).toEqual(['T1'])
  expect(found.reviews.map(({ author, state }) => [author, state])).toEqual([
    ['ann', 'changes_requested'],
    ['bob', 'commented'],
  ])
  expect(found).toMatchObject({ state: 'open', mergeable: true, mergeState: 'blocked', labels: ['bug'] })
})

/** Replaces, or takes out, what is at some place of a tree. */
function mutate(value: unknown, path: readonly number[], by: { value?: unknown }): unknown {
  if (typeof value !== 'object' || value === null || path.length === 0) return by.value
  const [at = 0, ...rest] = path
  const keys = Object.keys(value)
  const key = keys[at % Math.max(1, keys.length)]
  if (key === undefined) return by.value
  const inner = mutate((value as Record<string, unknown>)[key], rest, by)
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === key ? inner : item))
  const { [key]: _, ...others } = value as Record<string, unknown>
  return inner === undefined ? others : { ...others, [key]: inner }
}

/** Reads it: either there is no answer, or nothing good or final comes out of nothing. */
function expectSound(pr: unknown): void {
  let found: ReturnType<typeof readPullRequest>['found']
  try {
    found = readPullRequest(pr, false).found
  } catch (error) {
    expect(error).toBeInstanceOf(NoAnswer)
    return
  }
  const raw = pr as ReturnType<typeof answeredPullRequest>
  const observation = observationOf(found, besides())
  const rollup = raw.commits.nodes.at(-1)?.commit.statusCheckRollup
  if (observation.state === 'closed') expect(raw.state).toBe('CLOSED')
  if (observation.mergeable === true) expect(raw.mergeable).toBe('MERGEABLE')
  if (observation.checks.items.length === 0) {
    expect(rollup === null || rollup?.contexts.nodes.length === 0).toBe(true)
  }
  const nodes = rollup?.contexts.nodes ?? []
  const good = observation.checks.items.filter(({ conclusion }) => conclusion === 'success').length
  const saidGood = nodes.filter(
    (node) => node !== null && ('conclusion' in node ? node.conclusion : node.state) === 'SUCCESS',
  ).length
  expect(good).toBeLessThanOrEqual(saidGood + (rollup?.state === 'SUCCESS' ? 1 : 0))
}

/** Ways to everything in a tree, by the place of each key among its neighbours. */
function pathsOf(value: unknown): number[][] {
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((inner, i) => [[i], ...pathsOf(inner).map((rest) => [i, ...rest])])
}

test('what is left out of an answer, or null, says nothing', () => {
  const whole = answeredPullRequest()
  for (const path of pathsOf(whole)) {
    expectSound(mutate(whole, path, {}))
    expectSound(mutate(whole, path, { value: null }))
  }
})

test('whatever is answered, it is understood or no answer', () => {
  const steps = fc.array(fc.nat(30), { minLength: 1, maxLength: 9 })
  const replacement = fc.oneof(
    fc.record({ value: fc.jsonValue() }),
    fc.record({
      value: fc.constantFrom('OPEN', 'CLOSED', 'SUCCESS', 'COMPLETED', true, false, 0, '', [], {}),
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(steps, replacement), { minLength: 1, maxLength: 3 }), (changes) => {
      expectSound(
        changes.reduce<unknown>((tree, [path, by]) => mutate(tree, path, by), answeredPullRequest()),
      )
    }),
    { numRuns: 2000 },
  )
})

describe('errors beside data', () => {
  const place = { repository: 'r0', pullRequest: 'p1' }
  const answeredAs = { repository: true, fullName: 'acme/shop', number: 7 }
  const errors = (...all: { type?: string; path?: (string | number)[] }[]) =>
    errorFor(
      place,
      all.map(({ type = null, path = [] }) => ({ type, path, message: 'words' })),
      answeredAs,
    )

  test('concern what is at their path and below, and without one everything', () => {
    expect(errors({ path: ['r0', 'p2', 'commits'] })).toBeNull()
    expect(errors({ path: ['r1'] })).toBeNull()
    for (const path of [[], ['r0'], ['r0', 'p1'], ['r0', 'p1', 'commits', 'nodes', 0, 'commit']]) {
      expect(errors({ path })).toBeInstanceOf(NoAnswer)
    }
  })

  test('a pull request is not there only where GitHub says that of it alone', () => {
    const gone = errors({ type: 'NOT_FOUND', path: ['r0', 'p1'] })
    expect(gone).toBeInstanceOf(OptioError)
    expect(gone).toMatchObject({ code: 'PULL_REQUEST_NOT_FOUND' })
    for (const path of [[], ['r0'], ['r0', 'p1', 'headRef']]) {
      expect(errors({ type: 'NOT_FOUND', path })).toBeInstanceOf(NoAnswer)
    }
    expect(errors({ type: 'NOT_FOUND', path: ['r0', 'p1'] }, { path: ['r0', 'p1'] })).toBeInstanceOf(NoAnswer)
    expect(
      errorFor(place, [{ type: 'NOT_FOUND', path: ['r0', 'p1'], message: '' }], {
        ...answeredAs,
        repository: false,
      }),
    ).toBeInstanceOf(NoAnswer)
  })

  test('checks that may not be read are no error, and anything else of the same kind is', () => {
    const contexts = ['r0', 'p1', 'commits', 'nodes', 0, 'commit', 'statusCheckRollup', 'contexts']
    expect(errors({ type: 'FORBIDDEN', path: [...contexts, 'nodes', 3] })).toBeNull()
    expect(errors({ type: 'FORBIDDEN', path: contexts })).toMatchObject({ reason: 'credential' })
    expect(errors({ type: 'FORBIDDEN', path: ['r0', 'p1', 'reviews'] })).toMatchObject({
      reason: 'credential',
    })
    expect(errors({ type: 'SOMETHING', path: [...contexts, 'nodes', 3] })).toMatchObject({
      reason: 'failing',
    })
  })
})

test('a check that GitHub leaves out for an error hides nothing good behind it', () => {
  const pr = answeredPullRequest()
  const [commit] = pr.commits.nodes
  if (commit === undefined) throw new Error('no commit')
  const hidden = {
    ...commit.commit.statusCheckRollup,
    state: 'PENDING',
    contexts: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: [null] },
  }
  const { found } = readPullRequest(
    { ...pr, commits: { nodes: [{ commit: { ...commit.commit, statusCheckRollup: hidden } }] } },
    false,
  )
  const { checks } = observationOf(found, besides())
  expect(checks).toMatchObject({
    required: true,
    headSha: HEAD,
    items: [{ status: 'running', conclusion: null }],
  })
})
