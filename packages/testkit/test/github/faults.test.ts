import { expect, test } from 'vitest'
import { aDirectory, answerOf, aPull, aShop, clientOf, graphql, SHOP, withToken } from './support/github.ts'

test('requests that match fail as often as they are told to, and change nothing', async () => {
  const { github, octokit, repo } = await aShop()
  github.faults.failNext({ match: 'POST *issues', status: 502, times: 2, body: '<html>Bad gateway</html>' })
  const open = () => answerOf(octokit.issues.create({ ...SHOP, title: 'Again' }))
  expect([(await open()).status, (await octokit.repos.get(SHOP)).status, (await open()).status]).toEqual([
    502, 200, 502,
  ])
  expect(repo.issues()).toEqual([])
  expect((await open()).status).toBe(201)
  github.faults.failAlways(/^GET \/repos/, 503)
  expect((await answerOf(octokit.repos.get(SHOP))).status).toBe(503)
  github.faults.clear()
  expect((await octokit.repos.get(SHOP)).status).toBe(200)
})

test('the secondary limit is 403 with the time to wait', async () => {
  const { github, octokit } = await aShop()
  github.faults.secondaryLimit('*', { retryAfter: 7 })
  expect(await answerOf(octokit.repos.get(SHOP))).toMatchObject({
    status: 403,
    data: { message: expect.stringContaining('secondary rate limit') },
    headers: { 'retry-after': '7' },
  })
})

test('a dropped connection has done what was asked', async () => {
  const shop = await aShop()
  const { github, octokit, repo, token } = shop
  await repo.commit({ branch: 'work', files: { a: 'a\n' } })
  github.faults.dropConnection('POST *pulls')
  const opened = octokit.pulls.create({ ...SHOP, title: 'Lost', head: 'work', base: 'main' })
  await expect(opened).rejects.toThrow(/other side closed|fetch failed|socket hang up/)
  expect(repo.pullRequests()).toMatchObject([{ title: 'Lost' }])
  expect(github.requests.all('POST *pulls')).toMatchObject([{ status: null }])
  const { git } = aDirectory()
  await git('clone', '-q', withToken(repo.cloneUrl, token), '.')
  await git('commit', '-q', '--allow-empty', '-m', 'Lost')
  github.faults.dropConnection('POST *git-receive-pack')
  await expect(git('push', '-q', 'origin', 'HEAD:lost')).rejects.toThrow()
  expect(repo.branchHead('lost')).toBe(await git('rev-parse', 'HEAD'))
})

test('a request is held before it is carried out, or after, until it is let go', async () => {
  const shop = await aShop()
  const { github, octokit, repo } = shop
  const number = await aPull(shop)
  const merge = () => answerOf(octokit.pulls.merge({ ...SHOP, pull_number: number }))
  const before = github.faults.pauseAt('PUT *merge', 'before')
  const first = merge()
  expect(await before.reached()).toMatchObject({ method: 'PUT', login: 'optio-bot' })
  expect(repo.pullRequest(number).state).toBe('open')
  before.drop()
  await expect(first).rejects.toThrow()
  expect(repo.pullRequest(number).state).toBe('open')
  const after = github.faults.pauseAt('PUT *merge')
  const second = merge()
  await after.reached()
  expect(repo.pullRequest(number).state).toBe('merged')
  after.release()
  expect((await second).status).toBe(200)
  await expect(github.faults.pauseAt('PUT *').reached(20)).rejects.toThrow(/No request came/)
})

test('a partial answer has data and errors', async () => {
  const { github, token, repo } = await aShop()
  github.faults.partialGraphql('two')
  const both = () =>
    graphql(
      github,
      token,
      'query { one: repository(owner: "acme", name: "shop") { name } two: repository(owner: "acme", name: "shop") { name } }',
    )
  const partial = await both()
  expect(partial.data).toEqual({ one: { name: 'shop' }, two: null })
  expect(partial.errors).toMatchObject([{ path: ['two'], type: 'SERVICE_UNAVAILABLE' }])
  expect(await both()).toEqual({ data: { one: { name: repo.name }, two: { name: repo.name } } })
})

test('the log counts by method and path, with who asked, and never keeps a credential', async () => {
  const { github, octokit, token } = await aShop()
  await octokit.repos.get(SHOP)
  await clientOf(github, github.createToken({ login: 'ann' })).issues.listForRepo({ ...SHOP, state: 'all' })
  expect(github.requests.count('GET /repos/acme/shop')).toBe(1)
  expect(github.requests.count('GET /repos/acme/*')).toBe(2)
  expect(github.requests.count(({ login }) => login === 'ann')).toBe(1)
  expect(github.requests.all('GET *issues')).toMatchObject([
    { search: 'state=all', status: 200, surface: 'rest' },
  ])
  expect(JSON.stringify([...github.requests])).not.toContain(token)
  github.requests.clear()
  expect([github.requests.length, github.requests.pointsSpent()]).toEqual([0, 0])
})
