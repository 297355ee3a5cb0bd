import { expect, test } from 'vitest'
import { answerOf, aPull, aShop, clientOf, SHOP } from './support/github.ts'

test.each(['merge', 'squash', 'rebase'] as const)(
  '%s brings the change onto the base as real commits, and closes what the body names',
  async (method) => {
    const shop = await aShop()
    const { repo, octokit } = shop
    const issue = repo.openIssue({ title: 'Too quiet', by: 'ann' })
    const other = repo.openIssue({ title: 'Another' })
    const number = await aPull(shop, { body: `Closes #${issue.number}, see #${other.number}` })
    await repo.commit({ files: { 'other.txt': 'x\n' }, by: 'ann' })
    const { sha } = repo.pullRequest(number).head
    const { data } = await octokit.pulls.merge({ ...SHOP, pull_number: number, sha, merge_method: method })
    expect(data.sha).toBe(repo.branchHead('main'))
    expect(await repo.file('main', 'sum.js')).toContain('TWO')
    expect(await repo.file('main', 'other.txt')).toBe('x\n')
    const parents = (await repo.git('log', '-1', '--format=%P', 'main')).split(' ')
    expect(parents).toHaveLength(method === 'merge' ? 2 : 1)
    expect(repo.issue(issue.number)).toMatchObject({ state: 'closed', closedBy: 'optio-bot' })
    expect(repo.issue(other.number).state).toBe('open')
    expect(repo.pullRequest(number)).toMatchObject({
      state: 'merged',
      mergedBy: 'optio-bot',
      mergedSha: data.sha,
    })
    const again = await answerOf(octokit.pulls.merge({ ...SHOP, pull_number: number }))
    expect(again.status).toBe(405)
  },
)

test('another head than the one that was named is 409, a draft, a conflict or a method that is off 405, nonsense 422', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  const number = await aPull(shop, { draft: true })
  const pull = { ...SHOP, pull_number: number }
  const merge = async (facts: object) => (await answerOf(octokit.pulls.merge({ ...pull, ...facts }))).status
  expect(await merge({})).toBe(405)
  repo.markReady(number, 'ann')
  const { sha } = repo.pullRequest(number).head
  await repo.commit({ branch: 'work', files: { late: 'late\n' }, by: 'ann' })
  expect(await merge({ sha })).toBe(409)
  expect(await merge({ merge_method: 'octopus' })).toBe(422)
  repo.configure({ allowSquashMerge: false })
  expect(await merge({ merge_method: 'squash' })).toBe(405)
  await repo.commit({ files: { 'sum.js': 'one\n2\nthree\nfour\nfive\n' }, by: 'ann' })
  expect(await merge({})).toBe(405)
  expect((await octokit.pulls.get(pull)).data).toMatchObject({ mergeable: false, mergeable_state: 'dirty' })
  expect(repo.pullRequest(number).state).toBe('open')
})

test('a protected branch wants its reviews, checks and resolved conversations first; the words say which', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  const number = await aPull(shop)
  repo.protect('main', {
    requiredReviews: 1,
    requiredChecks: ['test'],
    requireConversationResolution: true,
    strict: true,
  })
  const refusal = async () => {
    const { status, data } = await answerOf(octokit.pulls.merge({ ...SHOP, pull_number: number }))
    return [status, (data as { message: string }).message]
  }
  expect(await refusal()).toEqual([
    405,
    'At least 1 approving review is required by reviewers with write access. Required status check "test" is expected.',
  ])
  // A reader's approval counts for nothing.
  await repo.review(number, { by: 'eve', event: 'APPROVE' })
  repo.startCheck('work', 'test')
  expect((await refusal())[1]).toMatch(/At least 1 approving review.*in progress/)
  await repo.review(number, {
    by: 'ann',
    event: 'APPROVE',
    comments: [{ path: 'sum.js', line: 2, body: 'Hm.' }],
  })
  repo.finishCheck('work', 'test', { conclusion: 'failure' })
  expect((await refusal())[1]).toBe(
    'Required status check "test" is failing. A conversation must be resolved before this pull request can be merged.',
  )
  repo.addChecks('work', [{ name: 'test' }])
  repo.resolveThread(number, 'ann')
  await repo.commit({ files: { x: 'x\n' }, by: 'acme' })
  expect((await refusal())[1]).toMatch(/out of date/)
  expect((await octokit.pulls.get({ ...SHOP, pull_number: number })).data.mergeable_state).toBe('behind')
  await octokit.pulls.updateBranch({ ...SHOP, pull_number: number })
  repo.addChecks('work', [{ name: 'test' }])
  expect((await octokit.pulls.get({ ...SHOP, pull_number: number })).data.mergeable_state).toBe('clean')
  expect((await answerOf(octokit.pulls.merge({ ...SHOP, pull_number: number }))).status).toBe(200)
})

test('where it is lazy, mergeability is unknown at the first look after each change', async () => {
  const shop = await aShop({}, { lazyMergeability: true })
  const { repo, octokit } = shop
  const number = await aPull(shop)
  const look = async () => (await octokit.pulls.get({ ...SHOP, pull_number: number })).data.mergeable
  expect([await look(), await look()]).toEqual([null, true])
  await repo.commit({ files: { y: 'y\n' }, by: 'ann' })
  expect([await look(), await look()]).toEqual([null, true])
})

test('a second pull request of a branch, one without commits, and one of a branch that is not there are 422', async () => {
  const shop = await aShop()
  await aPull(shop)
  const open = async (head: string) => {
    const { status, data } = await answerOf(
      shop.octokit.pulls.create({ ...SHOP, title: 'Again', head, base: 'main' }),
    )
    return [status, JSON.stringify(data)]
  }
  expect(await open('work')).toEqual([
    422,
    expect.stringContaining('A pull request already exists for acme:work.'),
  ])
  expect(await open('none')).toEqual([422, expect.stringContaining('"field":"head","code":"invalid"')])
  expect(await open('main')).toEqual([422, expect.stringContaining('No commits between main and main')])
  expect((await shop.octokit.pulls.list({ ...SHOP, head: 'acme:work' })).data).toHaveLength(1)
  expect((await shop.octokit.pulls.list({ ...SHOP, head: 'acme:none' })).data).toHaveLength(0)
})

test('a head that is pushed to the base directly is merged; a head branch that is deleted closes', async () => {
  const shop = await aShop()
  const { repo } = shop
  const number = await aPull(shop)
  const head = repo.branchHead('work')
  await repo.commit({ from: 'work', files: { z: 'z\n' }, by: 'ann' })
  expect(repo.pullRequest(number)).toMatchObject({ state: 'merged', mergedBy: 'ann', mergedSha: head })
  await repo.commit({ branch: 'second', files: { q: 'q\n' } })
  const second = await repo.openPullRequest({ title: 'Q', head: 'second' })
  await repo.deleteBranch('second', 'ann')
  expect(repo.pullRequest(second.number)).toMatchObject({ state: 'closed', closedBy: 'ann' })
})

test('whoever can only read merges nothing', async () => {
  const shop = await aShop()
  const number = await aPull(shop)
  const eve = clientOf(shop.github, shop.github.createToken({ login: 'eve' }))
  expect((await answerOf(eve.pulls.merge({ ...SHOP, pull_number: number }))).status).toBe(403)
})

test('the base of a pull request is what it was at the last push to its head, as on GitHub, and merging goes onto what it is', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  const number = await aPull(shop)
  const first = repo.branchHead('main')
  await repo.commit({ files: { y: 'y\n' }, by: 'ann' })
  const base = async () => (await octokit.pulls.get({ ...SHOP, pull_number: number })).data.base.sha
  expect(await base()).toBe(first)
  await repo.commit({ branch: 'work', files: { n: 'n\n' } })
  expect(await base()).toBe(repo.branchHead('main'))
})

test('branches that were seeded are what git says of them, and merge', async () => {
  const { repo, octokit } = await aShop()
  const same = { 'same.txt': 'same\n' }
  await repo.seedBranches([
    { branch: 'a', files: { 'a.txt': 'a\n' } },
    { branch: 'b', files: same },
    { branch: 'c', files: same },
  ])
  const numbers = await Promise.all(
    ['a', 'b', 'c'].map(async (head) => (await repo.openPullRequest({ title: head, head })).number),
  )
  const [first = 0, second = 0] = numbers
  const { data } = await octokit.pulls.get({ ...SHOP, pull_number: first })
  expect(data).toMatchObject({
    mergeable: true,
    commits: 1,
    changed_files: 1,
    head: { sha: await repo.git('rev-parse', 'a') },
  })
  await repo.mergePullRequest(first, 'ann')
  await repo.mergePullRequest(second, 'ann')
  expect(await Promise.all(['a.txt', 'same.txt', 'sum.js'].map((path) => repo.file('main', path)))).toEqual([
    'a\n',
    'same\n',
    expect.stringContaining('two'),
  ])
})
