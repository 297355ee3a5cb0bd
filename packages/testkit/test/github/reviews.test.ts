import { expect, test } from 'vitest'
import { answerOf, aPull, aShop, clientOf, graphql, SHOP } from './support/github.ts'

test('nobody approves, or asks for changes on, their own pull request; a comment they may', async () => {
  const shop = await aShop()
  const pull = { ...SHOP, pull_number: await aPull(shop) }
  const own = async (event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT') =>
    await answerOf(shop.octokit.pulls.createReview({ ...pull, event, body: 'Mine' }))
  expect(await own('APPROVE')).toMatchObject({
    status: 422,
    data: { errors: ['Can not approve your own pull request'] },
  })
  expect((await own('REQUEST_CHANGES')).status).toBe(422)
  expect((await own('COMMENT')).status).toBe(200)
})

test('a comment on a line that is not in the diff refuses the whole review', async () => {
  const shop = await aShop()
  const pull = { ...SHOP, pull_number: await aPull(shop) }
  const ann = clientOf(shop.github, shop.github.createToken({ login: 'ann' }))
  const review = (line: number, path = 'sum.js') =>
    answerOf(
      ann.pulls.createReview({
        ...pull,
        event: 'REQUEST_CHANGES',
        body: 'See.',
        comments: [
          { path: 'sum.js', line: 2, body: 'Here' },
          { path, line, body: 'And there' },
        ],
      }),
    )
  expect((await review(99)).status).toBe(422)
  expect((await review(1, 'README.md')).status).toBe(422)
  expect((await ann.pulls.listReviews(pull)).data).toEqual([])
  expect((await review(3)).status).toBe(200)
  expect((await ann.pulls.listReviewComments(pull)).data.map(({ line, body }) => [line, body])).toEqual([
    [2, 'Here'],
    [3, 'And there'],
  ])
})

test('answers go into the thread, and threads are resolved, over REST and GraphQL', async () => {
  const shop = await aShop()
  const { github, repo, token, octokit } = shop
  const number = await aPull(shop)
  await repo.review(number, {
    by: 'ann',
    event: 'COMMENT',
    comments: [{ path: 'sum.js', line: 2, body: 'Why?' }],
  })
  const [thread] = repo.pullRequest(number).threads
  const reply = await octokit.pulls.createReplyForReviewComment({
    ...SHOP,
    pull_number: number,
    comment_id: thread?.comments[0]?.id ?? 0,
    body: 'Because.',
  })
  expect(reply.data.in_reply_to_id).toBe(thread?.comments[0]?.id)
  const mutate = (query: string) => graphql(github, token, query, { id: thread?.id })
  await mutate(
    `mutation ($id: ID!) { addPullRequestReviewThreadReply(input: { pullRequestReviewThreadId: $id, body: "Done." }) { comment { databaseId } } }`,
  )
  const { data } = await mutate(
    `mutation ($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { isResolved resolvedBy { login } } } }`,
  )
  expect(data).toEqual({
    resolveReviewThread: { thread: { isResolved: true, resolvedBy: { login: 'optio-bot' } } },
  })
  expect(repo.pullRequest(number).threads).toMatchObject([
    { resolved: true, comments: [{ body: 'Why?' }, { body: 'Because.' }, { body: 'Done.' }] },
  ])
})

test('a thread moves with its line, and is outdated once the line is changed', async () => {
  const shop = await aShop()
  const { repo } = shop
  const number = await aPull(shop)
  await repo.review(number, {
    by: 'ann',
    event: 'COMMENT',
    comments: [{ path: 'sum.js', line: 2, body: 'Why?' }],
  })
  await repo.commit({ branch: 'work', files: { 'sum.js': 'zero\none\nTWO\nthree\nfour\nfive\n' } })
  expect(repo.pullRequest(number).threads).toMatchObject([{ line: 3, outdated: false }])
  await repo.commit({ branch: 'work', files: { 'sum.js': 'zero\none\nzwei\nthree\nfour\nfive\n' } })
  expect(repo.pullRequest(number).threads).toMatchObject([{ line: null, outdated: true }])
})

test('the decision goes by the latest opinion of each reviewer who can push; a comment takes none back', async () => {
  const shop = await aShop({ permissions: { ann: 'write', bob: 'write', eve: 'read', 'optio-bot': 'write' } })
  const { github, repo, token } = shop
  const number = await aPull(shop)
  repo.protect('main', { requiredReviews: 1, dismissStaleReviews: true })
  const decision = async () => {
    const { data } = await graphql<{ repository: { pullRequest: { reviewDecision: string | null } } }>(
      github,
      token,
      `query { repository(owner: "acme", name: "shop") { pullRequest(number: ${number}) { reviewDecision } } }`,
    )
    return data.repository.pullRequest.reviewDecision
  }
  expect(await decision()).toBe('REVIEW_REQUIRED')
  await repo.review(number, { by: 'ann', event: 'REQUEST_CHANGES', body: 'No' })
  await repo.review(number, { by: 'bob', event: 'APPROVE' })
  await repo.review(number, { by: 'ann', event: 'COMMENT', body: 'Hm' })
  expect(await decision()).toBe('CHANGES_REQUESTED')
  await repo.review(number, { by: 'ann', event: 'APPROVE' })
  expect(await decision()).toBe('APPROVED')
  await repo.commit({ branch: 'work', files: { more: 'm\n' } })
  expect(await decision()).toBe('REVIEW_REQUIRED')
  repo.unprotect('main')
  expect(await decision()).toBeNull()
})
