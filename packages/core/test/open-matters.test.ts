import { openMatters, type ReviewThread } from '@optio/core'
import { expect, test } from 'vitest'
import { check, policy, pr, run } from './support/snapshots.ts'

const comment = (author: string, createdAt: number, more = {}) => ({
  ...{ author, body: `says ${author}`, byWriter: true, isOwn: false, createdAt },
  ...more,
})
const thread = (id: string, ...comments: ReviewThread['comments']): ReviewThread => ({
  ...{ id, path: 'file', line: 1 },
  comments,
})

const facts = { policy: policy({ requestsFrom: 'writers' }), run: run({ publishedSha: 'head-1' }) }

test('an agent that a person resumes is told of the conflict, the failed checks, the change requests and the remarks', () => {
  const failed = check({ conclusion: 'failure' })
  const threads = [thread('t', comment('ann', 5))]
  const request = {
    ...{ author: 'ann', state: 'changes_requested' as const, body: 'No.', headSha: 'head-1' },
    ...{ comments: [], submittedAt: 3 },
  }
  const open = pr({ mergeable: false, conflictFiles: ['a'], threads, reviews: [request] })
  const checks = { ...open.checks, items: [failed] }
  expect(openMatters(facts, { ...open, checks })).toEqual({
    ...{ baseRef: open.baseRef, conflictFiles: ['a'], failedChecks: [failed] },
    ...{ reviews: [request], threads },
  })
  expect(openMatters(facts, { ...open, checks, state: 'closed' })).toEqual({})
})

test('remarks an attempt was told of are told again while they have the last word, and those of strangers never', () => {
  const told = { ...facts, run: run({ publishedSha: 'head-1', threadsTold: [{ id: 'told', until: 9 }] }) }
  const threads = [
    thread('told', comment('ann', 5)),
    thread('answered', comment('ann', 5), comment('optio', 6, { isOwn: true })),
    thread('stranger', comment('eve', 5, { byWriter: false })),
  ]
  expect(openMatters(told, pr({ threads })).threads?.map(({ id }) => id)).toEqual(['told'])
})

test('a branch that others moved is named', () => {
  expect(openMatters(facts, pr({ headSha: 'other' }))).toMatchObject({ othersHead: 'other' })
  expect(openMatters(facts, pr())).not.toHaveProperty('othersHead')
})
