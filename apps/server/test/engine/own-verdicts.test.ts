import { isHeadApproved, type PullRequestObservation, standingChangeRequests } from '@optio/core'
import { expect, test } from 'vitest'
import {
  type OwnReview,
  withOwnVerdicts,
  withoutOwnVerdicts,
  withRecordsOf,
} from '../../src/engine/own-verdicts.ts'

const seen: PullRequestObservation = {
  number: 7,
  url: 'https://forge.example.com/7',
  state: 'open',
  draft: false,
  headSha: 'head-1',
  baseRef: 'main',
  baseSha: 'base-1',
  mergeable: true,
  conflictFiles: [],
  checks: { required: false, headSha: 'head-1', baseSha: null, items: [] },
  reviews: [],
  mergeBlocked: null,
  mergedSha: null,
  observedAt: 1,
}

function own(verdict: OwnReview['verdict']['verdict'], change: Partial<OwnReview> = {}): OwnReview {
  return {
    runId: 'run-2',
    headSha: 'head-1',
    verdict: { verdict, summary: 'So.', comments: [] },
    submittedAt: 2,
    ...change,
  }
}

const said = { body: '', headSha: 'head-1', comments: [], submittedAt: 1 }

test('the verdict of an agent counts by its record, and doing it again changes nothing', () => {
  const posted = { ...said, author: 'optio-app', state: 'commented' as const, isOwn: true }
  const once = withOwnVerdicts({ ...seen, reviews: [posted] }, [own('request_changes')])
  expect(standingChangeRequests(once)).toMatchObject([{ author: 'optio-review', recordOf: 'run-2' }])
  expect(withOwnVerdicts(once, [own('request_changes')])).toEqual(once)
  const lifted = withOwnVerdicts(once, [
    own('request_changes'),
    own('approve', { runId: 'run-3', submittedAt: 3 }),
  ])
  expect(standingChangeRequests(lifted)).toEqual([])
  expect(isHeadApproved(lifted)).toBe(true)
  expect(withoutOwnVerdicts(lifted)).toEqual({ ...seen, reviews: [posted] })
})

test('what the forge says later keeps the records there are', () => {
  const before = withOwnVerdicts(seen, [own('request_changes')])
  const later = { ...seen, observedAt: 9 }
  expect(standingChangeRequests(withRecordsOf(before, later))).toHaveLength(1)
  expect(withRecordsOf(null, later)).toEqual(later)
})

test('nobody on the forge speaks for Optio’s agents by their name', () => {
  const named = { ...said, author: 'optio-review', state: 'approved' as const, byWriter: false }
  const judged = withOwnVerdicts({ ...seen, reviews: [named] }, [own('request_changes', { submittedAt: 0 })])
  expect(standingChangeRequests(judged)).toHaveLength(1)
  expect(isHeadApproved(judged)).toBe(false)
})
