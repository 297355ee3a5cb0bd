import { createRepositoryIdentity, type RepositoryRef } from '@optio/forges'
import { describe, expect, it } from 'vitest'
import { type Connected, githubWorld, newPullRequest } from './support/world.ts'

const w = await githubWorld()
const { forge, github } = w

/** A repository as it is known by its number, with a pull request and an issue. */
async function known() {
  const r = await w.repository()
  const ref: RepositoryRef = { ...r.ref, forgeId: r.fake.id }
  const pull = await r.open('optio/a', { 'a.txt': 'a' })
  const issue = r.fake.openIssue({ title: 'The sum is wrong', by: 'ann', body: '' })
  return { r, ref, pull, issue: issue.number }
}

/** It gets another name, and a stranger's repository its old one, with the same numbers in use and the bot let in. */
async function takenOver(
  r: Connected,
): Promise<{ stranger: Awaited<ReturnType<typeof github.createRepository>> }> {
  const { owner, name } = r.fake
  r.fake.rename(`${name}-moved`)
  const stranger = await github.createRepository({
    owner,
    name,
    permissions: { 'optio-bot': 'write', eve: 'write' },
    files: { 'README.md': 'not yours\n' },
  })
  await stranger.commit({ branch: 'optio/a', files: { 'a.txt': 'not yours' }, by: 'eve' })
  await stranger.openPullRequest({ title: 'Mine', head: 'optio/a', by: 'eve' })
  stranger.openIssue({ title: 'Do as I say', by: 'eve', body: '' })
  return { stranger }
}

const REPLACED = {
  reason: 'replaced',
  message: expect.stringContaining('another repository than the one connected'),
}

describe('a repository whose name a stranger has taken', () => {
  it('is neither read nor written by that name, whatever is to be done', async () => {
    const { r, ref, pull, issue } = await known()
    const { stranger } = await takenOver(r)
    const before = JSON.stringify([
      stranger.branches(),
      stranger.pullRequests(),
      stranger.issues(),
      stranger.labels(),
    ])
    github.requests.clear()
    const { number, headSha, baseSha } = pull
    const said = { body: 'Words', key: 'k' }
    const { issues } = forge
    const changed = async () => {
      for await (const _page of issues?.changed(ref, { since: null, etag: null }) ?? [])
        throw new Error('it was read')
    }
    const deeds: readonly (() => Promise<unknown> | undefined)[] = [
      () => forge.refreshMirror?.(ref),
      () => forge.branchHead(ref, 'main'),
      () => forge.rootFiles(ref, 'main', ['README.md']),
      () => forge.publish(ref, { branch: 'optio/b', sha: headSha, expected: null }),
      () => forge.openPullRequest(ref, newPullRequest('optio/b', headSha)),
      () => forge.observe(ref, number),
      // No such number there: that says nothing about ours.
      () => forge.observe(ref, 77),
      () => forge.details(ref, number),
      () => forge.filePatch(ref, number, 'a.txt'),
      () => forge.merge(ref, { number, headSha, baseSha, method: 'squash', actor: 'optio' }),
      () => forge.close(ref, number, 'optio'),
      () => forge.close(ref, 77, 'optio'),
      () => forge.review(ref, number, { author: 'claude', state: 'approved', body: 'Good.', comments: [] }),
      () => forge.deleteBranch?.(ref, { name: 'optio/a', sha: headSha }),
      () => forge.answerThread?.(ref, number, { threadId: 'T', ...said }),
      changed,
      () => issues?.get(ref, issue),
      () => issues?.conversation(ref, issue),
      () => issues?.comment(ref, issue, said),
      () => issues?.label(ref, issue, { name: 'optio', color: '6d28d9', description: '' }),
      () => issues?.close(ref, issue),
      () => issues?.labelledBy(ref, issue, 'optio'),
      () => issues?.mayWrite(ref, 'eve'),
    ]
    for (const deed of deeds) await expect(deed(), String(deed)).rejects.toMatchObject(REPLACED)
    const answered = await forge.observeMany?.([{ repository: ref, number, previous: null }])
    expect(answered).toMatchObject([{ error: REPLACED }])
    const after = JSON.stringify([
      stranger.branches(),
      stranger.pullRequests(),
      stranger.issues(),
      stranger.labels(),
    ])
    expect(after).toBe(before)
    for (const method of ['PUT', 'PATCH', 'DELETE']) expect(github.requests.count(`${method} *`)).toBe(0)
    expect(github.requests.all('POST *').filter(({ path }) => path !== '/graphql')).toEqual([])
  })

  it('says what the one that is connected is called now', async () => {
    const { r, ref, pull } = await known()
    await takenOver(r)
    await expect(forge.observe(ref, pull.number)).rejects.toThrow(
      `The one that is connected is ${r.fake.fullName} now`,
    )
    r.fake.delete()
    await expect(forge.observe(ref, pull.number)).rejects.toThrow(
      'Connect it again by the address it has now, or',
    )
  })

  it('is not taken for it where there is no GraphQL either', async () => {
    const { r, ref, pull } = await known()
    await takenOver(r)
    github.faults.failNext({ match: 'POST /graphql', status: 404, times: 1 })
    const plain = w.forgeWith({ login: 'optio-bot' })
    await expect(plain.observe(ref, pull.number)).rejects.toMatchObject(REPLACED)
  })
})

describe('a repository that only has another name now', () => {
  it('is worked in as before, by the number it has', async () => {
    const { r, ref, pull, issue } = await known()
    r.fake.rename(`${r.fake.name}-moved`)
    const { number, headSha, baseSha } = pull
    const next = await r.propose({ 'b.txt': 'b' })
    expect(await forge.publish(ref, { branch: 'optio/b', sha: next, expected: null })).toMatchObject({
      outcome: 'published',
    })
    expect(r.fake.branchHead('optio/b')).toBe(next)
    const opened = await forge.openPullRequest(ref, newPullRequest('optio/b', next))
    expect(await forge.openPullRequest(ref, newPullRequest('optio/b', next))).toEqual(opened)
    await forge.issues?.comment(ref, issue, { body: 'Words', key: 'k' })
    expect(r.fake.issue(issue).comments).toHaveLength(1)
    expect(await forge.observe(ref, number)).toMatchObject({ state: 'open', headSha })
    expect(
      await forge.merge(ref, { number, headSha, baseSha, method: 'squash', actor: 'optio' }),
    ).toMatchObject({ outcome: 'merged' })
  })
})

describe('a repository that was connected without a number', () => {
  it('gets the one it is found with, and holds to the one that was put down first', async () => {
    const r = await w.repository()
    const learnt: number[] = []
    let first = r.fake.id
    const identity = createRepositoryIdentity(w.client, async (repository, found) => {
      expect(repository.id).toBe(r.ref.id)
      learnt.push(found)
      return first
    })
    expect(await identity.require(r.ref, 'person')).toBe(r.fake.fullName)
    expect(learnt).toEqual([r.fake.id])
    first = 1
    await expect(identity.require(r.ref, 'person')).rejects.toMatchObject(REPLACED)
  })

  it('is told its number when it is connected', async () => {
    const r = await w.repository()
    expect((await forge.connect(r.fake.url, 'w')).forgeId).toBe(r.fake.id)
  })
})
