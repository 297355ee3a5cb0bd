import { OptioError } from '@optio/contract'
import type { PullRequestObservation } from '@optio/core'
import {
  type Answered,
  type Forge,
  type ForgeIssue,
  type ForgeIssues,
  type IssueRemark,
  NoAnswer,
  type PullRequestDetails,
} from '@optio/forges'
import { describe, expect, test } from 'vitest'
import { processRedactor, redactJson } from '../../src/redaction/process-redactor.ts'
import { redactingForge } from '../../src/redaction/redacting-forge.ts'
import { REDACTED } from '../../src/redaction/redactor.ts'

const SECRET = 'the-secret-of-somebody'
/** What stands where people write, and how it is answered. */
const PROSE = `Words with ${SECRET}.`
const CLEAN = `Words with ${REDACTED}.`

const SHA = 'a1b2c3d4'.repeat(5)
const BASE_SHA = 'b2c3d4e5'.repeat(5)

const observationWith = (prose: string): PullRequestObservation => ({
  ...{ number: 7, url: 'https://github.test/acme/shop/pull/7', state: 'open', draft: false },
  ...{ headSha: SHA, baseRef: 'production', baseSha: BASE_SHA, mergeable: false },
  conflictFiles: ['src/configuration.ts'],
  checks: {
    ...{ required: true, headSha: SHA, baseSha: BASE_SHA },
    items: [
      {
        ...{ name: 'integration', status: 'completed', conclusion: 'timed_out', required: true },
        ...{ summary: prose, url: 'https://github.test/checks/1', log: prose, id: 'CHECK_0001' },
      },
      {
        ...{ name: 'packaging', status: 'queued', conclusion: null },
        ...{ summary: prose, url: null, log: null },
      },
    ],
  },
  reviews: [
    {
      ...{ author: 'somebody', state: 'changes_requested', body: prose, headSha: SHA, byWriter: true },
      comments: [{ path: 'src/configuration.ts', line: 3, body: prose }],
      ...{ recordOf: '0198a3c4-0000-7000-8000-000000000001', submittedAt: 12_345_678 },
    },
  ],
  mergeBlocked: { code: 'review_required', message: prose },
  mergedSha: 'c3d4e5f6'.repeat(5),
  threads: [
    {
      ...{ id: 'THREAD_0001', path: 'src/configuration.ts', line: 3 },
      comments: [{ author: 'somebody', body: prose, byWriter: true, isOwn: false, createdAt: 12_345_678 }],
    },
  ],
  labels: ['do-not-merge'],
  endedBy: 'somebody',
  revision: 'revision-0001',
  observedAt: 12_345_678,
})

const patchWith = (prose: string) => ({
  path: 'src/configuration.ts',
  patch: `+${prose}`,
  patchOmitted: null,
})

const detailsWith = (prose: string): PullRequestDetails => ({
  observation: observationWith(prose),
  ...{ title: prose, body: prose, headRef: 'optio/task-branch' },
  comments: [{ id: 'COMMENT_0001', author: 'somebody', body: prose, createdAt: 12_345_678 }],
  commits: [{ sha: SHA, message: prose, author: 'somebody', committedAt: 12_345_678 }],
  files: [
    { ...patchWith(prose), previousPath: 'src/settings.ts', status: 'modified', additions: 1, deletions: 1 },
  ],
})

const issueWith = (prose: string): ForgeIssue => ({
  ...{ number: 3, title: prose, body: prose, state: 'open', url: 'https://github.test/acme/shop/issues/3' },
  ...{ labels: ['help-wanted'], assignees: ['somebody'], author: 'somebody', commentCount: 2 },
  ...{ createdAt: 12_345_678, updatedAt: 12_345_679 },
})

const remarkWith = (prose: string): IssueRemark => ({
  ...{ author: 'somebody', body: prose, createdAt: 12_345_678, isOwn: false },
})

/** All texts in it, wherever they are. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}

const FACTS = [observationWith, detailsWith, issueWith, remarkWith].flatMap((make) => textsOf(make('')))
// Somebody has saved each of them as a secret, too.
processRedactor.learn([SECRET, ...FACTS])

const REF = {} as Parameters<Forge['observe']>[0]

/** A forge that does nothing but what the test says. */
function forge(does: Partial<Omit<Forge, 'issues'>> & { readonly issues?: Partial<ForgeIssues> }): Forge {
  return redactingForge({ platform: 'github', verdictsAreOurs: true, ...does } as unknown as Forge)
}

const always =
  <T>(answer: T) =>
  async () =>
    answer

describe('what comes from a forge', () => {
  test('has no secret in what people wrote, and every fact is what the forge said, even one that is a secret', async () => {
    const saying = forge({
      observe: always(observationWith(PROSE)),
      observeMany: always<Answered[]>([{ observation: observationWith(PROSE) }]),
      details: always(detailsWith(PROSE)),
      filePatch: always(patchWith(PROSE)),
      pullRequestTemplate: always(PROSE),
    })
    expect(await saying.observe(REF, 7)).toEqual(observationWith(CLEAN))
    expect(await saying.observeMany?.([])).toEqual([{ observation: observationWith(CLEAN) }])
    expect(await saying.details(REF, 7)).toEqual(detailsWith(CLEAN))
    expect(await saying.filePatch(REF, 7, 'x')).toEqual(patchWith(CLEAN))
    expect(await saying.pullRequestTemplate?.(REF)).toBe(CLEAN)
  })

  test('of issues is redacted the same way', async () => {
    const page = { unchanged: false, newest: 12_345_679, etag: 'W/"revision-0001"' } as const
    const { issues } = forge({
      issues: {
        get: always(issueWith(PROSE)),
        conversation: always([remarkWith(PROSE)]),
        async *changed() {
          yield { ...page, issues: [issueWith(PROSE)] }
          yield { unchanged: true }
        },
      },
    })
    expect(await issues?.get(REF, 3)).toEqual(issueWith(CLEAN))
    expect(await issues?.conversation(REF, 3)).toEqual([remarkWith(CLEAN)])
    const pages = []
    for await (const each of issues?.changed(REF, { since: null, etag: null }) ?? []) pages.push(each)
    expect(pages).toEqual([{ ...page, issues: [issueWith(CLEAN)] }, { unchanged: true }])
  })

  test('has nothing added that the forge did not say', async () => {
    const { threads: _, labels: _labels, endedBy: _ended, ...less } = observationWith(PROSE)
    const answer = await forge({ observe: always({ ...less, mergeBlocked: null }) }).observe(REF, 7)
    expect(Object.keys(answer).sort()).toEqual(Object.keys(less).sort())
    expect(answer.mergeBlocked).toBeNull()
  })

  test('as an error has no secret in its words, and stays what it is', async () => {
    const refused = new OptioError('PULL_REQUEST_NOT_FOUND', PROSE)
    const silent = new NoAnswer('limited', PROSE, { retryAt: 12_345_678 })
    const fail = (error: Error) => async () => {
      throw error
    }
    for (const [error, expected] of [
      [refused, { code: 'PULL_REQUEST_NOT_FOUND', message: CLEAN }],
      [silent, { reason: 'limited', retryAt: 12_345_678, message: CLEAN }],
    ] as const) {
      const failing = forge({
        observe: fail(error),
        observeMany: always<Answered[]>([{ error }]),
        issues: {
          // biome-ignore lint/correctness/useYield: it has no page to give
          async *changed() {
            throw error
          },
        },
      })
      const found = await failing.observe(REF, 7).catch((thrown: unknown) => thrown)
      expect(found).toBeInstanceOf(error.constructor)
      expect(found).toMatchObject(expected)
      expect(await failing.observeMany?.([])).toMatchObject([{ error: expected }])
      const pages = failing.issues?.changed(REF, { since: null, etag: null })
      const none = pages?.[Symbol.asyncIterator]().next()
      expect(await none?.catch((thrown: unknown) => thrown)).toMatchObject(expected)
    }
  })
})

test('a review is sent without secrets, for the state and the places it is for', async () => {
  const review = (prose: string) => ({
    ...({ author: 'somebody', state: 'changes_requested', body: prose, headSha: SHA } as const),
    comments: [{ path: 'src/configuration.ts', line: 3, body: prose }],
  })
  const sent: unknown[] = []
  const stored = { id: 'REVIEW_0001', sha: SHA, submittedAt: 12_345_678 }
  const telling = forge({
    review: async (_repository, _number, given) => {
      sent.push(given)
      return { ...review(PROSE), ...stored }
    },
  })
  expect(await telling.review(REF, 7, review(PROSE))).toEqual({ ...review(CLEAN), ...stored })
  expect(sent).toEqual([review(CLEAN)])
})

test('JSON keeps its dates', () => {
  const at = new Date(12_345_678)
  expect(redactJson({ at, words: PROSE })).toEqual({ at, words: CLEAN })
})
