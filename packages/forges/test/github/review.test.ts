import type { NewReview, NoAnswer } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import { BOT, githubWorld } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

function review(change: Partial<NewReview> = {}): NewReview {
  return {
    author: 'Optio review',
    state: 'changes_requested',
    body: 'Not yet, @ann.',
    comments: [],
    ...change,
  }
}

describe('a review by an agent', () => {
  it('is a comment review of the commit that was read, which says the verdict and calls nobody', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', { 'README.md': 'one\n2\nthree\n' })
    await r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    const submitted = await forge.review(r.ref, number, review({ headSha }))
    expect(submitted.sha).toBe(headSha)
    const [posted] = r.fake.pullRequest(number).reviews
    expect(posted).toMatchObject({ state: 'COMMENTED', sha: headSha, author: BOT, id: Number(submitted.id) })
    expect(posted?.body).toMatch(/^\*\*Changes requested\*\*/)
    expect(posted?.body).not.toContain('@ann')
  })

  it('is posted once, also when the answer to the first try was lost', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', { 'a.txt': 'a' })
    github.faults.dropConnection('POST *reviews')
    await expect(forge.review(r.ref, number, review({ headSha }))).rejects.toMatchObject({
      reason: 'unreachable',
    })
    const again = await forge.review(r.ref, number, review({ headSha }))
    expect(r.fake.pullRequest(number).reviews.map(({ id }) => String(id))).toEqual([again.id])
    await forge.review(r.ref, number, review({ headSha, body: 'Something else.' }))
    expect(r.fake.pullRequest(number).reviews).toHaveLength(2)
  })

  it('is not taken for posted because somebody copied its text', async () => {
    const r = await w.repository()
    const first = await r.open('optio/a', { 'a.txt': 'a' })
    await forge.review(r.ref, first.number, review({ headSha: first.headSha }))
    const body = r.fake.pullRequest(first.number).reviews[0]?.body ?? ''
    const second = await w.repository()
    const { number } = await second.open('optio/a', { 'a.txt': 'a' })
    const copy = await second.fake.review(number, { by: 'ann', event: 'COMMENT', body })
    // The same words of the same commit, which is none of this repository: whatever comes of it, the copy is not it.
    const again = forge.review(second.ref, number, review({ headSha: first.headSha }))
    const found = await again.then(
      ({ id }) => id,
      () => null,
    )
    expect(found).not.toBe(String(copy.id))
  })

  it('has its remarks at their lines, and those without a place in the diff in its text', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`)
    const r = await w.repository({ files: { 'long.txt': lines.join('\n') } })
    const { number, headSha } = await r.open('optio/a', { 'long.txt': lines.with(9, 'changed').join('\n') })
    const comments = [
      { path: 'long.txt', line: 10, body: 'Why?' },
      { path: 'long.txt', line: 30, body: 'Far away.' },
      { path: 'none.txt', line: 1, body: 'No file.' },
      { path: null, line: null, body: 'In general.' },
    ]
    await forge.review(r.ref, number, review({ headSha, comments }))
    const { threads, reviews } = r.fake.pullRequest(number)
    expect(
      threads.map(({ path, line, comments: [first] }) => [path, line, first?.body.split('\n')[0]]),
    ).toEqual([['long.txt', 10, 'Why?']])
    for (const words of ['long.txt:30', 'Far away.', 'none.txt:1', 'In general.']) {
      expect(reviews[0]?.body).toContain(words)
    }
  })

  it('goes into one text when GitHub does not take a place after all', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', { 'a.txt': 'a' })
    github.faults.failNext({
      match: 'POST *reviews',
      status: 422,
      body: { message: 'Unprocessable Entity', errors: ['Line could not be resolved'] },
    })
    await forge.review(
      r.ref,
      number,
      review({ headSha, comments: [{ path: 'a.txt', line: 1, body: 'Why?' }] }),
    )
    expect(r.fake.pullRequest(number).threads).toEqual([])
    expect(r.fake.pullRequest(number).reviews[0]?.body).toContain('a.txt:1')
  })

  it('that comes too quickly is put off, not posted in another form', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', { 'a.txt': 'a' })
    github.faults.failNext({
      match: 'POST *reviews',
      status: 422,
      body: { message: 'Validation Failed', errors: ['was submitted too quickly'] },
    })
    const comments = [{ path: 'a.txt', line: 1, body: 'Why?' }]
    await expect(forge.review(r.ref, number, review({ headSha, comments }))).rejects.toMatchObject({
      reason: 'limited',
    })
    expect(r.fake.pullRequest(number).reviews).toEqual([])
  })

  it('of a pull request that is over is not posted', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a' })
    r.fake.closePullRequest(number, 'ann')
    await expect(forge.review(r.ref, number, review())).rejects.toMatchObject({
      code: 'PULL_REQUEST_NOT_OPEN',
    })
    expect(r.fake.pullRequest(number).reviews).toEqual([])
  })
})

describe('an answer to a thread', () => {
  it('stands in the thread, once', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a\n' })
    await r.fake.review(number, {
      by: 'ann',
      event: 'COMMENT',
      comments: [{ path: 'a.txt', line: 1, body: 'Why?' }],
    })
    const threadId = r.fake.pullRequest(number).threads[0]?.id ?? ''
    const answer = { threadId, body: 'Done in abc.', key: 'run:1:thread:1' }
    github.faults.dropConnection(
      ({ surface, body }) => surface === 'graphql' && JSON.stringify(body).includes('mutation'),
    )
    await expect(forge.answerThread?.(r.ref, number, answer)).rejects.toMatchObject({ reason: 'unreachable' })
    await forge.answerThread?.(r.ref, number, answer)
    await forge.answerThread?.(r.ref, number, answer)
    const [thread] = r.fake.pullRequest(number).threads
    expect(thread?.comments.map(({ author }) => author)).toEqual(['ann', BOT])
    expect(thread?.comments[1]?.body).toContain('Done in abc.')
    await forge.answerThread?.(r.ref, number, { ...answer, key: 'run:1:thread:1:again' })
    expect(r.fake.pullRequest(number).threads[0]?.comments).toHaveLength(3)
  })

  it('is looked for in its thread alone, however much was said elsewhere', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a\n' })
    const comments = Array.from({ length: 120 }, (_, i) => ({ path: 'a.txt', line: 1, body: `Why ${i}?` }))
    await r.fake.review(number, { by: 'ann', event: 'COMMENT', comments })
    const threadId = r.fake.pullRequest(number).threads[0]?.id ?? ''
    github.requests.clear()
    await forge.answerThread?.(r.ref, number, { threadId, body: 'Done.', key: 'k' })
    expect(github.requests.count('POST */graphql')).toBe(2)
    expect(github.requests.count('GET *comments')).toBe(0)
  })

  it('that GitHub refuses is not asked for again, unless it only came too quickly', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a\n' })
    await r.fake.review(number, {
      by: 'ann',
      event: 'COMMENT',
      comments: [{ path: 'a.txt', line: 1, body: 'Why?' }],
    })
    const threadId = r.fake.pullRequest(number).threads[0]?.id ?? ''
    const refused = async (message: string) => {
      const isMutation = (body: unknown) => JSON.stringify(body).includes('mutation')
      github.faults.failNext({
        match: ({ surface, body }) => surface === 'graphql' && isMutation(body),
        status: 200,
        body: {
          data: { addPullRequestReviewThreadReply: null },
          errors: [{ type: 'UNPROCESSABLE', message }],
        },
      })
      const answer = { threadId, body: 'Done.', key: 'k' }
      return await forge.answerThread?.(r.ref, number, answer).then(
        () => null,
        (error: unknown) => error,
      )
    }
    expect(await refused('Body is too long')).toMatchObject({ code: 'CONFLICT' })
    const later = await refused('was submitted too quickly')
    expect(later).toMatchObject({ reason: 'limited' })
    expect((later as NoAnswer).retryAt ?? 0).toBeGreaterThan(Date.now() + 2 * 60_000)
  })

  it('that is gone is said to be so', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a\n' })
    const answer = { threadId: 'PRRT_nothing', body: 'Done.', key: 'k' }
    await expect(forge.answerThread?.(r.ref, number, answer)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
