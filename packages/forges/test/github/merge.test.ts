import type { MergeRequest } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import { BOT, type Connected, githubWorld, type Opened } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

function requestOf({ number, headSha, baseSha }: Opened, change: Partial<MergeRequest> = {}): MergeRequest {
  return { number, headSha, baseSha, method: 'squash', actor: 'optio', ...change }
}

async function opened(): Promise<{ r: Connected; pull: Opened }> {
  const r = await w.repository()
  return { r, pull: await r.open('optio/a', { 'a.txt': 'a' }) }
}

describe('a merge on GitHub', () => {
  it.each(['squash', 'merge', 'rebase'] as const)(
    'by %s is of exactly that head, and again answers the same',
    async (method) => {
      const { r, pull } = await opened()
      const merged = await forge.merge(r.ref, requestOf(pull, { method }))
      expect(merged).toEqual({ outcome: 'merged', mergedSha: r.fake.branchHead('main') })
      expect(r.fake.pullRequest(pull.number)).toMatchObject({ state: 'merged', mergedBy: BOT })
      const sent = github.requests.all(`PUT *pulls/${pull.number}/merge`).map(({ body }) => body)
      expect(sent.at(-1)).toMatchObject({ sha: pull.headSha, merge_method: method })
      github.requests.clear()
      expect(await forge.merge(r.ref, requestOf(pull, { method }))).toEqual(merged)
      expect(github.requests.count('PUT *merge')).toBe(0)
    },
  )

  it('whose answer is lost is known to be done, and is not done twice', async () => {
    const { r, pull } = await opened()
    github.faults.dropConnection('PUT *merge')
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject({ outcome: 'merged' })
    expect(github.requests.count(`PUT *pulls/${pull.number}/merge`)).toBe(1)
  })

  it('that GitHub failed at is no merge and no refusal', async () => {
    const { r, pull } = await opened()
    github.faults.failNext({ match: 'PUT *merge', status: 502 })
    await expect(forge.merge(r.ref, requestOf(pull))).rejects.toMatchObject({ reason: 'failing' })
    expect(r.fake.pullRequest(pull.number).state).toBe('open')
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject({ outcome: 'merged' })
  })

  it('of a head that somebody pushed to is refused, also when it is pushed at the last moment', async () => {
    const { r, pull } = await opened()
    await r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    const refused = { outcome: 'refused', code: 'head_moved' }
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject(refused)
    const next = await opened()
    const pause = github.faults.pauseAt('PUT *merge', 'before')
    const merging = forge.merge(next.r.ref, requestOf(next.pull))
    await pause.reached()
    await next.r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    pause.release()
    expect(await merging).toMatchObject(refused)
    expect(next.r.fake.pullRequest(next.pull.number).state).toBe('open')
  })

  it('onto another base than was checked is refused', async () => {
    const { r, pull } = await opened()
    const baseSha = await r.fake.commit({ files: { 'other.txt': 'other' }, by: 'ann' })
    github.requests.clear()
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject({
      outcome: 'refused',
      code: 'base_moved',
    })
    expect(github.requests.count('PUT *merge')).toBe(0)
    expect(await forge.merge(r.ref, requestOf(pull, { baseSha }))).toMatchObject({ outcome: 'merged' })
  })

  it('with conflicts is refused as such', async () => {
    const r = await w.repository()
    const pull = await r.open('optio/a', { 'README.md': 'one\nTWO\nthree\n' })
    const baseSha = await r.fake.commit({ files: { 'README.md': 'one\n2\nthree\n' }, by: 'ann' })
    const refused = await forge.merge(r.ref, requestOf(pull, { baseSha }))
    expect(refused).toMatchObject({ outcome: 'refused', code: 'conflict' })
  })

  it('that a rule forbids is refused in GitHub’s words', async () => {
    const { r, pull } = await opened()
    r.fake.protect('main', { requiredReviews: 1, requiredChecks: ['test'] })
    const refused = await forge.merge(r.ref, requestOf(pull))
    expect(refused).toMatchObject({ outcome: 'refused', code: 'blocked' })
    expect('message' in refused && refused.message).toMatch(/review|required|approv/i)
    const other = await opened()
    other.r.fake.configure({ allowSquashMerge: false })
    expect(await forge.merge(other.r.ref, requestOf(other.pull))).toMatchObject({ code: 'blocked' })
  })

  it('of a draft, or of one that is closed or was merged at another head, is refused', async () => {
    const { r, pull } = await opened()
    r.fake.convertToDraft(pull.number, 'ann')
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject({ code: 'blocked' })
    r.fake.markReady(pull.number, 'ann')
    r.fake.closePullRequest(pull.number, 'ann')
    expect(await forge.merge(r.ref, requestOf(pull))).toMatchObject({ code: 'not_open' })
    const other = await opened()
    await other.r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    await other.r.fake.mergePullRequest(other.pull.number, 'ann')
    expect(await forge.merge(other.r.ref, requestOf(other.pull))).toMatchObject({ code: 'not_open' })
  })

  it('that a person was first with is answered as theirs', async () => {
    const { r, pull } = await opened()
    const pause = github.faults.pauseAt('PUT *merge', 'before')
    const merging = forge.merge(r.ref, requestOf(pull))
    await pause.reached()
    const mergedSha = await r.fake.mergePullRequest(pull.number, 'ann', { method: 'merge' })
    pause.release()
    expect(await merging).toEqual({ outcome: 'merged', mergedSha })
  })

  it('waits for a credential that may', async () => {
    const { r, pull } = await opened()
    const weak = w.forgeWith({ login: 'weak-bot', permissions: { contents: 'read', pull_requests: 'write' } })
    r.fake.allow('weak-bot', 'write')
    const error = await weak.merge(r.ref, requestOf(pull)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ reason: 'credential', message: expect.stringContaining('Contents: write') })
  })
})
