import { expect, test } from 'vitest'
import { aPull, aShop, graphql } from './support/github.ts'

const WATCH = `
query Watch($owner: String!, $name: String!, $number: Int!) {
  one: repository(owner: $owner, name: $name) {
    pr: pullRequest(number: $number) {
      number url id state isDraft merged mergedAt mergedBy { login } closedAt
      headRefName headRefOid baseRefName baseRefOid mergeable mergeStateStatus reviewDecision
      mergeCommit { oid } updatedAt labels(first: 10) { nodes { name } } author { login } isInMergeQueue
      baseRef { target { oid } }
      commits(last: 1) { nodes { commit { oid
        statusCheckRollup { state contexts(first: 50) { totalCount pageInfo { hasNextPage endCursor } nodes {
          __typename
          ... on CheckRun { databaseId name status conclusion detailsUrl title summary isRequired(pullRequestNumber: $number)
            checkSuite { app { slug } workflowRun { databaseId } } }
          ... on StatusContext { context state description targetUrl isRequired(pullRequestNumber: $number) }
        } } }
        checkSuites(first: 20) { nodes { status conclusion app { slug } } }
      } } }
      latestReviews(first: 10) { nodes { author { login } authorAssociation state body submittedAt commit { oid } } }
      latestOpinionatedReviews(first: 10, writersOnly: true) { nodes { author { login } state } }
      reviewThreads(first: 20) { nodes { id isResolved isOutdated path line
        comments(last: 5) { nodes { databaseId author { login } authorAssociation body createdAt } } } }
      timelineItems(last: 1, itemTypes: [CLOSED_EVENT]) { nodes { ... on ClosedEvent { actor { login } createdAt } } }
    }
  }
  rateLimit { cost remaining resetAt limit nodeCount }
}`

interface Watched {
  one: { pr: Record<string, unknown> }
  rateLimit: { cost: number; remaining: number; limit: number }
}

test('one query tells all of a pull request: checks with what is required, reviews that count, threads, and who closed it', async () => {
  const shop = await aShop()
  const number = await aPull(shop)
  const { github, repo, token } = shop
  repo.protect('main', { requiredChecks: ['test'], requiredReviews: 1 })
  repo.addChecks('work', [
    { name: 'test', kind: 'workflow', conclusion: 'failure', log: 'no' },
    { name: 'lint', kind: 'status', after: 'manual' },
  ])
  await repo.review(number, {
    by: 'ann',
    event: 'REQUEST_CHANGES',
    body: 'No.',
    comments: [{ path: 'sum.js', line: 2, body: 'Why loud?' }],
  })
  const { data, errors } = await graphql<Watched>(github, token, WATCH, {
    owner: 'acme',
    name: 'shop',
    number,
  })
  expect(errors).toBeUndefined()
  expect(data.one.pr).toMatchObject({
    number,
    state: 'OPEN',
    mergeable: 'MERGEABLE',
    mergeStateStatus: 'BLOCKED',
    reviewDecision: 'CHANGES_REQUESTED',
    headRefOid: repo.branchHead('work'),
    baseRefOid: repo.branchHead('main'),
    commits: {
      nodes: [
        {
          commit: {
            oid: repo.branchHead('work'),
            statusCheckRollup: {
              state: 'FAILURE',
              contexts: {
                totalCount: 2,
                nodes: [
                  { __typename: 'CheckRun', name: 'test', conclusion: 'FAILURE', isRequired: true },
                  { __typename: 'StatusContext', context: 'lint', state: 'PENDING', isRequired: false },
                ],
              },
            },
          },
        },
      ],
    },
    latestOpinionatedReviews: { nodes: [{ author: { login: 'ann' }, state: 'CHANGES_REQUESTED' }] },
    reviewThreads: {
      nodes: [
        { isResolved: false, isOutdated: false, line: 2, comments: { nodes: [{ body: 'Why loud?' }] } },
      ],
    },
    timelineItems: { nodes: [] },
  })
  repo.closePullRequest(number, 'eve')
  const closed = await graphql<Watched>(github, token, WATCH, { owner: 'acme', name: 'shop', number })
  expect(closed.data.one.pr).toMatchObject({
    state: 'CLOSED',
    timelineItems: { nodes: [{ actor: { login: 'eve' } }] },
  })
})

test('a document that GitHub’s schema does not allow is refused, and so is one that asks for too much or without a bound', async () => {
  const { github, token } = await aShop()
  const message = async (selection: string) => {
    const query = `query { repository(owner: "acme", name: "shop") { ${selection} } }`
    return (await graphql(github, token, query)).errors?.map((error) => [error.type, error.message])
  }
  expect(await message('colour')).toEqual([
    [undefined, expect.stringContaining('Cannot query field "colour"')],
  ])
  expect(await message('issues { totalCount }')).toEqual([
    ['MISSING_PAGINATION_BOUNDARIES', expect.any(String)],
  ])
  expect(await message('issues(first: 101) { totalCount }')).toEqual([
    ['EXCESSIVE_PAGINATION', expect.any(String)],
  ])
  const deep =
    'issues(first: 100) { nodes { comments(first: 100) { nodes { reactions(first: 100) { totalCount } } } } }'
  expect(await message(deep)).toEqual([['MAX_NODE_LIMIT_EXCEEDED', expect.stringContaining('1,010,100')]])
  expect(await message('stargazerCount')).toEqual([
    [undefined, 'The fake of GitHub does not serve Repository.stargazerCount.'],
  ])
})

test('what is not there, or not to be seen, is null with the reason, and the rest is answered', async () => {
  const { github, token } = await aShop()
  const query = 'query { gone: repository(owner: "acme", name: "gone") { id } viewer { login } }'
  const { data, errors } = await graphql(github, token, query)
  expect(data).toEqual({ gone: null, viewer: { login: 'optio-bot' } })
  expect(errors).toMatchObject([{ type: 'NOT_FOUND', path: ['gone'] }])
  const stranger = github.createToken({ login: 'stranger' })
  const unseen = await graphql(github, stranger, 'query { repository(owner: "acme", name: "shop") { id } }')
  expect(unseen.errors).toMatchObject([{ type: 'NOT_FOUND' }])
})

test('connections are paged by cursors that hold while things are added', async () => {
  const { github, token, repo } = await aShop()
  for (const title of ['a', 'b', 'c', 'd', 'e']) repo.openIssue({ title })
  type Page = {
    repository: {
      issues: { nodes: { title: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
    }
  }
  const page = async (after: string | null) => {
    const query = `query ($after: String) { repository(owner: "acme", name: "shop") {
      issues(first: 2, after: $after) { totalCount nodes { title } pageInfo { endCursor hasNextPage } } } }`
    const { data } = await graphql<Page>(github, token, query, { after })
    const { nodes, pageInfo } = data.repository.issues
    return { titles: nodes.map(({ title }) => title).join(), ...pageInfo }
  }
  const first = await page(null)
  const second = await page(first.endCursor)
  repo.openIssue({ title: 'f' })
  const third = await page(second.endCursor)
  expect([first.titles, second.titles, third.titles]).toEqual(['a,b', 'c,d', 'e,f'])
  expect([first.hasNextPage, third.hasNextPage]).toEqual([true, false])
})

test('a draft is made ready and a draft again by those who can push', async () => {
  const shop = await aShop()
  const { github, token, repo } = shop
  const number = await aPull(shop, { draft: true })
  const { data } = await graphql<{ repository: { pullRequest: { id: string } } }>(
    github,
    token,
    `query { repository(owner: "acme", name: "shop") { pullRequest(number: ${number}) { id } } }`,
  )
  const set = (name: string, as: string) =>
    graphql(
      github,
      as,
      `mutation ($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
      {
        id: data.repository.pullRequest.id,
      },
    )
  const eve = github.createToken({ login: 'eve' })
  expect((await set('markPullRequestReadyForReview', eve)).errors).toMatchObject([{ type: 'FORBIDDEN' }])
  expect(repo.pullRequest(number).draft).toBe(true)
  await set('markPullRequestReadyForReview', token)
  expect(repo.pullRequest(number).draft).toBe(false)
  await set('convertPullRequestToDraft', token)
  expect(repo.pullRequest(number).draft).toBe(true)
})

test('where GraphQL is switched off, its address is not there', async () => {
  const { github, token } = await aShop({}, { graphql: false })
  const response = await fetch(github.graphqlUrl, {
    method: 'POST',
    headers: { authorization: `bearer ${token}`, 'user-agent': 'test' },
    body: '{}',
  })
  expect(response.status).toBe(404)
})
