import { expect, test } from 'vitest'
import { answerOf, aPull, aShop, clientOf, graphql, SHOP } from './support/github.ts'

test('a token that is unknown, revoked or expired is 401; a private repository is 404 to those who cannot see it', async () => {
  const { github, octokit, token } = await aShop()
  const statusOf = async (value: string) => (await answerOf(clientOf(github, value).repos.get(SHOP))).status
  expect(await statusOf('ghp_unknown')).toBe(401)
  expect(await statusOf(github.createToken({ login: 'stranger' }))).toBe(404)
  expect(await statusOf(github.createToken({ login: 'ann', scopes: ['public_repo'] }))).toBe(404)
  const short = github.createToken({ login: 'ann', expiresAt: github.clock.now() + 1000 })
  expect(await statusOf(short)).toBe(200)
  await github.clock.advance(1000)
  expect(await statusOf(short)).toBe(401)
  github.revokeToken(token)
  expect(await answerOf(octokit.repos.get(SHOP))).toMatchObject({
    status: 401,
    data: { message: 'Bad credentials' },
  })
  github.restoreToken(token)
  expect((await octokit.users.getAuthenticated()).data.login).toBe('optio-bot')
})

test('a fine-grained token may what it was granted; what is missing is named, and its scopes are not', async () => {
  const { github } = await aShop()
  const token = github.createToken({
    login: 'optio-bot',
    permissions: { issues: 'write', contents: 'read' },
    repositories: ['acme/shop'],
  })
  const client = clientOf(github, token)
  const user = await client.users.getAuthenticated()
  expect(user.headers['x-oauth-scopes']).toBeUndefined()
  const issue = await client.issues.create({ ...SHOP, title: 'Allowed' })
  expect(issue.headers).toMatchObject({ 'x-accepted-github-permissions': 'issues=write' })
  const refused = await answerOf(client.pulls.list(SHOP))
  expect(refused).toMatchObject({
    status: 403,
    data: { message: 'Resource not accessible by personal access token' },
    headers: { 'x-accepted-github-permissions': 'pull_requests=read' },
  })
  const { data, errors } = await graphql(
    github,
    token,
    'query { repository(owner: "acme", name: "shop") { pullRequests(first: 1) { totalCount } } }',
  )
  expect([data.repository, errors?.[0]?.type]).toEqual([null, 'FORBIDDEN'])
  const classic = clientOf(github, github.createToken({ login: 'ann', scopes: ['repo'] }))
  expect((await classic.users.getAuthenticated()).headers['x-oauth-scopes']).toBe('repo')
})

test('what is public is read with any token, and written to only with one that may', async () => {
  const { github, repo } = await aShop({ private: false })
  const { number } = repo.openIssue({ title: 'Open' })
  const speak = async (token: string) => {
    const client = clientOf(github, token)
    const read = await answerOf(client.issues.get({ ...SHOP, issue_number: number }))
    const said = await answerOf(client.issues.createComment({ ...SHOP, issue_number: number, body: 'Hello' }))
    return [read.status, said.status]
  }
  expect(await speak(github.createToken({ login: 'stranger', scopes: [] }))).toEqual([200, 404])
  expect(await speak(github.createToken({ login: 'stranger', scopes: ['public_repo'] }))).toEqual([200, 201])
  expect(await speak(github.createToken({ login: 'stranger', permissions: {} }))).toEqual([200, 403])
  expect(await speak(github.createToken({ login: 'stranger', permissions: { issues: 'write' } }))).toEqual([
    200, 201,
  ])
})

test('what has not changed is 304 and costs nothing', async () => {
  const { github, octokit, repo } = await aShop()
  const { number } = repo.openIssue({ title: 'Same' })
  const first = await octokit.issues.listForRepo(SHOP)
  const spent = github.requests.pointsSpent()
  const again = () =>
    answerOf(
      octokit.request('GET /repos/{owner}/{repo}/issues', {
        ...SHOP,
        headers: { 'if-none-match': first.headers.etag },
      }),
    )
  const same = await again()
  expect([same.status, same.headers['x-ratelimit-remaining']]).toEqual([
    304,
    first.headers['x-ratelimit-remaining'],
  ])
  expect(github.requests.pointsSpent()).toBe(spent)
  expect(github.requests.all('GET *issues').map(({ conditional, cost }) => [conditional, cost])).toEqual([
    [false, 1],
    [true, 0],
  ])
  repo.editIssue(number, { title: 'Other' })
  expect((await again()).status).toBe(200)
  const one = await octokit.issues.get({ ...SHOP, issue_number: number })
  const since = { 'if-modified-since': one.headers['last-modified'] }
  const late = await answerOf(
    octokit.request('GET /repos/{owner}/{repo}/issues/{issue_number}', {
      ...SHOP,
      issue_number: number,
      headers: since,
    }),
  )
  expect(late.status).toBe(304)
})

test('when nothing is left it is 403 until the hour is over, for all tokens of that user and for nobody else', async () => {
  const { github, octokit } = await aShop({}, { limits: { core: 2 } })
  await octokit.repos.get(SHOP)
  const last = await octokit.repos.get(SHOP)
  expect(last.headers).toMatchObject({
    'x-ratelimit-limit': '2',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-resource': 'core',
  })
  const second = clientOf(github, github.createToken({ login: 'optio-bot' }))
  expect(await answerOf(second.repos.get(SHOP))).toMatchObject({
    status: 403,
    data: { message: expect.stringContaining('API rate limit exceeded for user ID') },
    headers: { 'x-ratelimit-remaining': '0' },
  })
  const ann = clientOf(github, github.createToken({ login: 'ann' }))
  expect((await ann.repos.get(SHOP)).status).toBe(200)
  expect((await octokit.rateLimit.get()).data.resources).toMatchObject({
    core: { remaining: 0 },
    graphql: { remaining: 5000 },
  })
  await github.clock.advance(3_600_000)
  expect((await octokit.repos.get(SHOP)).status).toBe(200)
  github.setRemaining('optio-bot', 'core', 0, 1000)
  expect((await answerOf(octokit.repos.get(SHOP))).status).toBe(403)
})

test('a GraphQL query costs its connections by the hundred, from a quota of its own', async () => {
  const shop = await aShop()
  const { github, token } = shop
  await aPull(shop)
  const ask = async (query: string) => {
    const { data } = await graphql<{ rateLimit: { cost: number; remaining: number } }>(github, token, query)
    return data.rateLimit
  }
  // The example of GitHub's documentation: 1 + 100 + 100 × 50 requests; here of one repository: 1 + 50.
  expect(
    await ask(
      'query { repository(owner: "acme", name: "shop") { issues(first: 50) { nodes { labels(first: 60) { totalCount } } } } rateLimit { cost remaining } }',
    ),
  ).toEqual({ cost: 1, remaining: 4999 })
  expect(
    await ask(
      'query { repository(owner: "acme", name: "shop") { pullRequests(first: 100) { nodes { reviewThreads(first: 20) { nodes { comments(first: 1) { totalCount } } } } } } rateLimit { cost remaining } }',
    ),
  ).toEqual({ cost: 21, remaining: 4978 })
  expect(github.requests.pointsSpent('graphql')).toBe(22)
  github.setRemaining('optio-bot', 'graphql', 0)
  const { errors } = await graphql(github, token, 'query { viewer { login } }')
  expect(errors).toMatchObject([{ type: 'RATE_LIMIT' }])
})

test('lists come in pages of at most a hundred, with links to the others', async () => {
  const { octokit, repo } = await aShop()
  for (let index = 0; index < 120; index += 1) repo.openIssue({ title: `Issue ${index}` })
  const { data, headers } = await octokit.issues.listForRepo({ ...SHOP, per_page: 1000 })
  expect(data).toHaveLength(100)
  expect(headers.link).toMatch(/<http:\S+page=2>; rel="next", <http:\S+page=2>; rel="last"/)
  expect(await octokit.paginate(octokit.issues.listForRepo, { ...SHOP, per_page: 50 })).toHaveLength(120)
})

test('what is asked without a user agent, with broken JSON, or of an unknown path is refused in GitHub’s words', async () => {
  const { github, token } = await aShop()
  const headers = { authorization: `token ${token}`, 'user-agent': 'test' }
  const broken = await fetch(`${github.apiUrl}/repos/acme/shop/issues`, {
    method: 'POST',
    headers,
    body: '{',
  })
  expect([broken.status, await broken.json()]).toEqual([
    400,
    expect.objectContaining({ message: 'Problems parsing JSON' }),
  ])
  const unknown = await fetch(`${github.apiUrl}/nothing`, { headers })
  expect(await unknown.json()).toEqual({
    message: 'Not Found',
    documentation_url: expect.any(String),
    status: '404',
  })
})
