import { expect, test } from 'vitest'
import { parseWorkflow, type StartFacts, shouldStart } from '../../../src/github/workflows.ts'

const facts: StartFacts = {
  headRef: 'optio/sum-1',
  baseRef: 'main',
  headMessage: 'Mend the sum',
  begun: new Set(),
  changedFiles: ['src/sum.js'],
}

const starts = (source: string | null, change: Partial<StartFacts> = {}) =>
  shouldStart(parseWorkflow('.github/workflows/ci.yml', source), { ...facts, ...change })

test.each([
  ['on: push', true],
  ['on: [push, workflow_dispatch]', true],
  ['on: pull_request', true],
  ['on: pull_request_target', true],
  ['on: workflow_dispatch', false],
  ['on: { schedule: [{ cron: "0 0 * * *" }] }', false],
  ['on: { workflow_call: null }', false],
  ['"on": { push: null }', true],
  ['on: { push: { branches: [main] } }', false],
  ['on: { push: { branches: ["optio/**"] } }', true],
  ['on: { push: { branches-ignore: ["optio/**"] } }', false],
  ['on: { push: { tags: ["v*"] } }', false],
  ['on: { push: { tags: ["v*"], branches: ["**"] } }', true],
  ['on: { pull_request: { branches: [main, "release/*"] } }', true],
  ['on: { pull_request: { branches: ["release/*"] } }', false],
  ['on: { pull_request: { branches: main } }', true],
  ['on: { pull_request: { types: [labeled] } }', false],
  ['on: { pull_request: { types: [labeled, synchronize] } }', true],
  ['on: { pull_request: { paths: ["docs/**"] } }', false],
  ['on: { pull_request: { paths: ["src/**"] } }', true],
  ['on: { pull_request: { paths-ignore: ["src/**"] } }', false],
  ['on: { pull_request: { paths-ignore: ["docs/**"] } }', true],
])('%s: starts %s', (source, expected) => {
  expect(starts(source)).toBe(expected)
})

test('a workflow that cannot be read may start', () => {
  for (const source of [null, 'on: [push', '- a list', 'name: no events', `on: ${'[*a'.repeat(3)}`]) {
    expect(starts(source)).toBe(true)
  }
})

test('where the changed files are not known, a filter of paths holds nothing back', () => {
  expect(starts('on: { pull_request: { paths: ["docs/**"] } }', { changedFiles: null })).toBe(true)
})

test('a commit that says [skip ci] starts nothing but what is of the base', () => {
  const skipped = { headMessage: 'Words alone\n\n[skip ci]' }
  expect(starts('on: [push, pull_request]', skipped)).toBe(false)
  expect(starts('on: pull_request_target', skipped)).toBe(true)
})

test('a workflow whose events have all begun starts no more; one of another event does', () => {
  const push = { begun: new Set(['push']) }
  expect(starts('on: push', push)).toBe(false)
  expect(starts('on: [push, pull_request]', push)).toBe(true)
  expect(starts('on: pull_request_target', push)).toBe(true)
  expect(starts('on: [push, pull_request]', { begun: new Set(['push', 'pull_request']) })).toBe(false)
  expect(starts('on: [push', push)).toBe(false)
})

test('a workflow is called by its name, or by its file', () => {
  expect(parseWorkflow('.github/workflows/ci.yml', 'name: Checks\non: push').name).toBe('Checks')
  expect(parseWorkflow('.github/workflows/ci.yml', 'on: push').name).toBe('ci.yml')
})
