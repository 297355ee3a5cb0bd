import { describe, expect, it } from 'vitest'
import { githubWorld, newPullRequest } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

describe('publishing to GitHub', () => {
  it('brings exactly one branch there, and again changes nothing', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    const request = { branch: 'optio/a', sha, expected: null }
    expect(await forge.publish(r.ref, request)).toEqual({ outcome: 'published', sha })
    github.requests.clear()
    expect(await forge.publish(r.ref, request)).toEqual({ outcome: 'published', sha })
    expect(github.requests.count('POST *git-receive-pack')).toBe(0)
    expect([...r.fake.branches()].sort()).toEqual(['main', 'optio/a'])
    expect(await forge.branchHead(r.ref, 'optio/a')).toBe(sha)
    expect(await forge.branchHead(r.ref, 'optio/b')).toBeNull()
  })

  it('goes over what Optio put there, and never over a person’s commit', async () => {
    const r = await w.repository()
    const first = await r.propose({ 'a.txt': 'a' })
    const rebased = await r.propose({ 'a.txt': 'b' })
    await forge.publish(r.ref, { branch: 'optio/a', sha: first, expected: null })
    expect(await forge.publish(r.ref, { branch: 'optio/a', sha: rebased, expected: first })).toMatchObject({
      outcome: 'published',
    })
    const person = await r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    const again = await r.propose({ 'a.txt': 'c' })
    const moved = { outcome: 'moved', actualSha: person }
    expect(await forge.publish(r.ref, { branch: 'optio/a', sha: again, expected: rebased })).toEqual(moved)
    expect(r.fake.branchHead('optio/a')).toBe(person)
  })

  it('pushes to no branch that is not a run’s, whatever it is told', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    const before = r.fake.branchHead('main')
    for (const branch of ['main', 'feature/x', 'optio', 'optio/../main', 'refs/heads/optio/a']) {
      await expect(forge.publish(r.ref, { branch, sha, expected: before })).rejects.toMatchObject({
        status: expect.any(Number),
      })
      const deleting = forge.deleteBranch?.(r.ref, { name: branch, sha: before ?? '' })
      await expect(deleting).rejects.toMatchObject({ status: expect.any(Number) })
    }
    expect(r.fake.branches()).toEqual(['main'])
    expect(r.fake.branchHead('main')).toBe(before)
  })

  it('says what to do when GitHub refuses the branch, once and for all', async () => {
    const r = await w.repository()
    const { headSha } = await r.open('optio/a', { 'a.txt': 'a' })
    r.fake.protect('optio/a', { requiredReviews: 1 })
    const sha = await r.propose({ 'b.txt': 'b' }, headSha)
    const refused = await forge.publish(r.ref, { branch: 'optio/a', sha, expected: headSha })
    expect(refused).toMatchObject({ outcome: 'refused', code: 'protected_branch' })
  })

  it('waits for a better credential when this one is revoked or may not write', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    const request = { branch: 'optio/a', sha, expected: null }
    const reader = w.forgeWith({
      login: BOT_READER,
      permissions: { contents: 'read', pull_requests: 'write' },
    })
    r.fake.allow(BOT_READER, 'write')
    await expect(reader.publish(r.ref, request)).rejects.toMatchObject({ reason: 'credential' })
    const token = w.credential
    if (token === null) throw new Error('there is a token')
    github.revokeToken(token)
    await expect(forge.publish(r.ref, request)).rejects.toMatchObject({ reason: 'credential' })
    github.restoreToken(token)
    expect(await forge.publish(r.ref, request)).toMatchObject({ outcome: 'published' })
  })

  it('whose answer is lost is found done the next time', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    const request = { branch: 'optio/a', sha, expected: null }
    // git itself asks again once, on a new connection.
    github.faults.dropConnection('POST *git-receive-pack', 2)
    await expect(forge.publish(r.ref, request)).rejects.toMatchObject({ reason: 'unreachable' })
    expect(r.fake.branchHead('optio/a')).toBe(sha)
    expect(await forge.publish(r.ref, request)).toEqual({ outcome: 'published', sha })
    github.faults.clear()
  })

  it('goes on under the old address after the repository was renamed', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    r.fake.rename(`${r.fake.name}-2`)
    expect(await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })).toMatchObject({
      outcome: 'published',
    })
    const opened = await forge.openPullRequest(r.ref, newPullRequest('optio/a', sha))
    expect(opened.url).toContain('-2/pull/')
    await forge.refreshMirror?.(r.ref)
  })

  it('and a default branch that was renamed is followed by the mirror', async () => {
    const r = await w.repository()
    await forge.refreshMirror?.(r.ref)
    await r.fake.renameDefaultBranch('trunk')
    await forge.refreshMirror?.(r.ref)
    const files = await forge.rootFiles(r.ref, 'trunk', ['README.md'])
    expect(files.texts.get('README.md')).toBe('one\ntwo\nthree\n')
    await expect(forge.rootFiles(r.ref, 'main', [])).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND' })
  })
})

describe('deleting a branch', () => {
  it('happens only where it points to what was merged, and once', async () => {
    const r = await w.repository()
    const sha = await r.propose({ 'a.txt': 'a' })
    await forge.publish(r.ref, { branch: 'optio/a', sha, expected: null })
    const person = await r.fake.commit({ branch: 'optio/a', files: { 'mine.txt': 'mine' }, by: 'ann' })
    expect(await forge.deleteBranch?.(r.ref, { name: 'optio/a', sha })).toBe('moved')
    expect(r.fake.branchHead('optio/a')).toBe(person)
    expect(await forge.deleteBranch?.(r.ref, { name: 'optio/a', sha: person })).toBe('deleted')
    expect(await forge.deleteBranch?.(r.ref, { name: 'optio/a', sha: person })).toBe('absent')
  })
})

const BOT_READER = 'reader-bot'
