import type { Repo } from '@optio/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { localPullRequestStore } from '../../src/features/pull-requests/store.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

let optio: TestOptio
let repo: Repo
beforeAll(async () => {
  optio = await startOptio()
  ;({ repo } = await optio.connected())
})
afterAll(() => optio.close())

const store = () => localPullRequestStore({ database: optio.database, baseUrl: () => 'http://optio' })

async function pullRequest(headRef: string) {
  const { id: runId } = await optio.task(repo)
  return { runId, title: 't', body: 'b', headRef, headSha: 'h', baseRef: 'main', baseSha: 'b0', draft: false }
}

describe('the store of local pull requests', () => {
  it('opens one for a branch, however many ask at once, and numbers without gaps', async () => {
    const request = await pullRequest('one')
    const opened = await Promise.all(Array.from({ length: 8 }, () => store().openOrFind(repo.id, request)))
    expect(new Set(opened.map(({ number }) => number)).size).toBe(1)
    const others = await Promise.all(['two', 'three', 'four'].map(pullRequest))
    const numbers = await Promise.all(others.map((other) => store().openOrFind(repo.id, other)))
    const first = opened[0]?.number ?? 0
    expect(numbers.map(({ number }) => number).sort()).toEqual([first + 1, first + 2, first + 3])
    expect(opened[0]?.url).toBe(`http://optio/tasks/${request.runId}`)
    expect(await store().get(repo.id, first)).toEqual(opened[0])
    expect(await store().get(repo.id, 999)).toBeNull()
  })

  it('changes only what is still as expected, and one of two simultaneous changes wins', async () => {
    const { number } = await store().openOrFind(repo.id, await pullRequest('race'))
    const results = await Promise.all([
      store().update(repo.id, number, 'open', { state: 'merged', mergedSha: 'm' }),
      store().update(repo.id, number, 'open', { state: 'closed', closedBy: 'local' }),
    ])
    expect(results.filter((done) => done)).toHaveLength(1)
    const after = await store().get(repo.id, number)
    expect(after?.state).toBe(results[0] ? 'merged' : 'closed')
    expect(after?.closedBy).toBe(results[0] ? null : 'local')
    expect(await store().update(repo.id, number, 'open', { headSha: 'x' })).toBe(false)
    expect((await store().get(repo.id, number))?.headSha).toBe('h')
  })

  it('opens another for a branch whose last one is closed', async () => {
    const request = await pullRequest('again')
    const { number } = await store().openOrFind(repo.id, request)
    await store().update(repo.id, number, 'open', { state: 'closed' })
    expect((await store().openOrFind(repo.id, request)).number).toBeGreaterThan(number)
  })

  it('clears a field that is set to null and leaves those that are not named', async () => {
    const { number } = await store().openOrFind(repo.id, await pullRequest('null'))
    await store().update(repo.id, number, 'open', { mergingSha: 'm' })
    await store().update(repo.id, number, 'open', { headSha: 'h2' })
    expect(await store().get(repo.id, number)).toMatchObject({ mergingSha: 'm', headSha: 'h2' })
    await store().update(repo.id, number, 'open', { mergingSha: null })
    expect((await store().get(repo.id, number))?.mergingSha).toBeNull()
  })

  it('keeps reviews in order, and answers their remarks as comments', async () => {
    const { number } = await store().openOrFind(repo.id, await pullRequest('reviewed'))
    const review = { author: 'a', state: 'commented', body: '', headSha: 'h', comments: [] } as const
    await store().addReview(repo.id, number, review)
    await store().addReview(repo.id, number, {
      ...review,
      state: 'approved',
      comments: [{ path: 'x', line: null, body: 'nice' }],
    })
    const reviews = await store().reviews(repo.id, number)
    expect(reviews.map(({ state }) => state)).toEqual(['commented', 'approved'])
    expect((await store().comments(repo.id, number)).map(({ body }) => body)).toEqual(['x: nice'])
  })
})
