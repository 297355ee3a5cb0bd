import type { NoAnswer } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import { BOT, githubWorld, newPullRequest } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

describe('opening a pull request', () => {
  it('answers the open one of the branch when there is one, however the first try ended', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    const request = newPullRequest('optio/a', sha, { draft: true })
    github.faults.dropConnection('POST *pulls')
    await expect(forge.openPullRequest(r.ref, request)).rejects.toMatchObject({ reason: 'unreachable' })
    const found = await forge.openPullRequest(r.ref, request)
    expect(r.fake.pullRequests()).toHaveLength(1)
    const [pull] = r.fake.pullRequests()
    expect(pull).toMatchObject({
      number: found.number,
      url: found.url,
      draft: true,
      title: 'Mend the sum',
      author: BOT,
    })
    expect(await forge.openPullRequest(r.ref, request)).toEqual(found)
    expect(github.requests.count(`POST /repos/${r.ref.fullName}/pulls`)).toBe(1)
  })

  it('at the same time from two processes opens one', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    const other = w.forgeWith({ login: BOT })
    const [a, b] = await Promise.all([
      forge.openPullRequest(r.ref, newPullRequest('optio/a', sha)),
      other.openPullRequest(r.ref, newPullRequest('optio/a', sha)),
    ])
    expect(a).toEqual(b)
    expect(r.fake.pullRequests()).toHaveLength(1)
  })

  it('again after a person closed the first opens another', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', { 'a.txt': 'a' })
    r.fake.closePullRequest(number, 'ann')
    const second = await forge.openPullRequest(r.ref, newPullRequest('optio/a', headSha))
    expect(second.number).not.toBe(number)
  })

  it('says what is wrong with the branches', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    const noBase = forge.openPullRequest(r.ref, newPullRequest('optio/a', sha, { baseRef: 'none' }))
    await expect(noBase).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' })
    await forge.publish(r.ref, { branch: 'optio/same', sha: r.fake.branchHead('main') ?? '', expected: null })
    const empty = forge.openPullRequest(r.ref, newPullRequest('optio/same', sha))
    await expect(empty).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('no commit'),
    })
    const notOurs = forge.openPullRequest(r.ref, newPullRequest('main', sha))
    await expect(notOurs).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })

  it('that comes too quickly for GitHub is put off for some minutes', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    github.faults.failNext({
      match: 'POST *pulls',
      status: 422,
      body: {
        message: 'Validation Failed',
        errors: [{ resource: 'PullRequest', code: 'custom', message: 'was submitted too quickly' }],
      },
    })
    const request = newPullRequest('optio/a', sha)
    const error = await forge.openPullRequest(r.ref, request).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ reason: 'limited' })
    expect((error as NoAnswer).retryAt ?? 0).toBeGreaterThan(Date.now() + 2 * 60_000)
    expect(await forge.openPullRequest(r.ref, request)).toMatchObject({ number: 1 })
  })

  it('cuts a title and a text that are longer than GitHub takes', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    const long = { ...newPullRequest('optio/a', sha), title: 't'.repeat(1000), body: 'b'.repeat(100_000) }
    const { number } = await forge.openPullRequest(r.ref, long)
    const { title, body } = r.fake.pullRequest(number)
    expect(title.length).toBeLessThanOrEqual(256)
    expect(body.length).toBeLessThanOrEqual(65_536)
  })
})

describe('closing a pull request', () => {
  it('does so once; one that is merged is not closed', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'a.txt': 'a' })
    await forge.close(r.ref, number, 'optio')
    await forge.close(r.ref, number, 'optio')
    expect(r.fake.pullRequest(number)).toMatchObject({ state: 'closed', closedBy: BOT })
    const second = await r.open('optio/b', { 'b.txt': 'b' })
    await r.fake.mergePullRequest(second.number, 'ann')
    await expect(forge.close(r.ref, second.number, 'optio')).rejects.toMatchObject({
      code: 'PULL_REQUEST_NOT_OPEN',
    })
  })

  it('tells one that does not exist from a repository that is not shown', async () => {
    const r = await w.repository({ private: true })
    await expect(forge.close(r.ref, 99, 'optio')).rejects.toMatchObject({ code: 'PULL_REQUEST_NOT_FOUND' })
    r.fake.allow(BOT, 'none')
    await expect(forge.close(r.ref, 99, 'optio')).rejects.toMatchObject({ reason: 'credential' })
  })
})

describe('the details of a pull request', () => {
  it('have its text, its commits, its files and what was said', async () => {
    const r = await w.repository()
    const { number, headSha } = await r.open('optio/a', {
      'README.md': 'one\n2\nthree\n',
      'new.txt': 'new\n',
    })
    r.fake.comment(number, { by: 'ann', body: 'Nice.' })
    const details = await forge.details(r.ref, number)
    expect(details).toMatchObject({
      title: 'Mend the sum',
      body: 'What was done.',
      headRef: 'optio/a',
      comments: [{ author: 'ann', body: 'Nice.' }],
      commits: [{ sha: headSha, message: 'change things', author: 'Ada' }],
    })
    expect(details.files.map(({ path, status }) => [path, status])).toEqual([
      ['README.md', 'modified'],
      ['new.txt', 'added'],
    ])
    expect(await forge.filePatch(r.ref, number, 'new.txt')).toMatchObject({ patch: '@@ -0,0 +1 @@\n+new\n' })
    expect(await forge.filePatch(r.ref, number, 'none.txt')).toBeNull()
  })

  it('stay when it is merged, its branch deleted, and the mirror made anew', async () => {
    const r = await w.repository()
    const { number } = await r.open('optio/a', { 'new.txt': 'new\n' })
    await r.fake.mergePullRequest(number, 'ann', { method: 'squash' })
    await r.fake.deleteBranch('optio/a', 'ann')
    const anew = { ...r.ref, mirrorDir: `${r.ref.mirrorDir}-anew` }
    const details = await forge.details(anew, number)
    expect(details.observation.state).toBe('merged')
    expect(details.files.map(({ path }) => path)).toEqual(['new.txt'])
  })
})

describe('the template for texts of pull requests', () => {
  const templateOf = async (files: Record<string, string>) => {
    const r = await w.repository({ files: { 'README.md': 'x', ...files } })
    return await forge.pullRequestTemplate?.(r.ref)
  }

  it('is found where GitHub finds it', async () => {
    expect(await templateOf({})).toBeNull()
    expect(await templateOf({ 'pull_request_template.md': 'root\r\n' })).toBe('root\n')
    expect(await templateOf({ 'docs/Pull_Request_Template.txt': 'docs' })).toBe('docs')
    const both = { '.github/PULL_REQUEST_TEMPLATE.md': 'hidden', 'pull_request_template.md': 'root' }
    expect(await templateOf(both)).toBe('hidden')
    expect(await templateOf({ 'src/pull_request_template.md': 'no' })).toBeNull()
  })

  it('of a directory of several is the default one, or the only one', async () => {
    const directory = '.github/PULL_REQUEST_TEMPLATE'
    expect(await templateOf({ [`${directory}/fix.md`]: 'fix' })).toBe('fix')
    expect(await templateOf({ [`${directory}/fix.md`]: 'fix', [`${directory}/default.md`]: 'usual' })).toBe(
      'usual',
    )
    expect(await templateOf({ [`${directory}/fix.md`]: 'fix', [`${directory}/add.md`]: 'add' })).toBeNull()
  })
})
