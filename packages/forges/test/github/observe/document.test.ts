import { schema as githubSchema } from '@octokit/graphql-schema'
import { buildSchema, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import {
  MAX_ASKED,
  MORE_CHECKS,
  MORE_THREADS,
  type Named,
  pullRequestsQuestion,
  THREAD_COMMENTS,
} from '../../../src/github/graphql/document.ts'
import { costOf } from '../support/cost.ts'

/** GitHub publishes a few fields twice, which a validation of the schema itself refuses. */
const schema = buildSchema(githubSchema.idl, { assumeValid: true })

const fifty: Named[] = Array.from({ length: MAX_ASKED }, (_, i) => ({
  owner: `owner${i % 7}`,
  name: 'shop',
  number: i + 1,
}))

test('every document is one that GitHub understands', () => {
  const documents = [pullRequestsQuestion(fifty).document, MORE_CHECKS, MORE_THREADS, THREAD_COMMENTS]
  for (const document of documents) expect(validate(schema, parse(document))).toEqual([])
})

test('fifty pull requests of several repositories are one request of at most three points', () => {
  const cost = costOf(schema, pullRequestsQuestion(fifty).document)
  expect(cost.points).toBeLessThanOrEqual(3)
  expect(cost.nodes).toBeLessThan(500_000)
})

test('what was said in a hundred threads is one point', () => {
  expect(costOf(schema, THREAD_COMMENTS, { nodes: 100 }).points).toBe(1)
})

test('names go as values of variables, and never into the document', () => {
  const hostile = { owner: 'a") { id } #', name: 'b}{', number: 3 }
  const { document, variables } = pullRequestsQuestion([hostile])
  expect(document).not.toContain(hostile.owner)
  expect(document).not.toContain(hostile.name)
  expect(variables).toEqual({ o0: hostile.owner, n0: hostile.name, r0p0: 3 })
  expect(validate(schema, parse(document))).toEqual([])
})

test('a repository is asked for once, however it is spelled, and a pull request too', () => {
  const { places, variables } = pullRequestsQuestion([
    { owner: 'acme', name: 'shop', number: 1 },
    { owner: 'Acme', name: 'Shop', number: 2 },
    { owner: 'acme', name: 'shop', number: 1 },
    { owner: 'acme', name: 'other', number: 1 },
  ])
  expect(places).toEqual([
    { repository: 'r0', pullRequest: 'p0' },
    { repository: 'r0', pullRequest: 'p1' },
    { repository: 'r0', pullRequest: 'p0' },
    { repository: 'r1', pullRequest: 'p0' },
  ])
  expect(Object.keys(variables).filter((name) => name.startsWith('o'))).toEqual(['o0', 'o1'])
})
