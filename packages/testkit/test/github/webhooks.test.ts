import { verify } from '@octokit/webhooks-methods'
import { expect, test } from 'vitest'
import { aPull, aShop, clientOf, SHOP } from './support/github.ts'
import { aReceiver } from './support/receiver.ts'

test('a hook is pinged, and told of what it asked for and of nothing else; every body carries a signature that holds', async () => {
  const { github, repo } = await aShop()
  const receiver = await aReceiver()
  const admin = clientOf(github, github.createToken({ login: 'acme' }))
  const { data: hook } = await admin.repos.createWebhook({
    ...SHOP,
    config: { url: receiver.url, secret: 'hush', content_type: 'json' },
    events: ['issues'],
  })
  const { number } = repo.openIssue({ title: 'Größe', by: 'ann' })
  repo.comment(number, { by: 'ann', body: 'Not asked for' })
  repo.label(number, 'optio', 'ann')
  await github.webhooks.settled()
  expect(receiver.names()).toEqual(['ping', 'issues.opened', 'issues.labeled'])
  for (const { headers, body } of receiver.received) {
    expect(await verify('hush', body, String(headers['x-hub-signature-256']))).toBe(true)
    expect(await verify('other', body, String(headers['x-hub-signature-256']))).toBe(false)
    expect(headers).toMatchObject({
      'x-github-hook-id': String(hook.id),
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'user-agent': expect.stringMatching(/^GitHub-Hookshot\//),
      'content-type': 'application/json',
    })
  }
  expect(receiver.received[2]?.payload).toMatchObject({
    issue: { number, title: 'Größe', labels: [{ name: 'optio' }] },
    label: { name: 'optio' },
    repository: { full_name: 'acme/shop' },
    sender: { login: 'ann', type: 'User' },
  })
})

test('a pull request tells its whole life, in the order it happened', async () => {
  const shop = await aShop()
  const { github, repo } = shop
  const receiver = await aReceiver()
  repo.addHook({ url: receiver.url, ping: false })
  const issue = repo.openIssue({ title: 'Quiet' })
  repo.onPush(({ branch }) => (branch === 'work' ? [{ name: 'test', kind: 'workflow' }] : []))
  const number = await aPull(shop, { body: `Fixes #${issue.number}`, draft: true })
  repo.markReady(number, 'ann')
  repo.convertToDraft(number, 'ann')
  repo.markReady(number, 'ann')
  repo.label(number, 'bug', 'ann')
  await repo.review(number, {
    by: 'ann',
    event: 'REQUEST_CHANGES',
    body: 'Why?',
    comments: [{ path: 'sum.js', line: 2, body: 'Here' }],
  })
  repo.resolveThread(number, 'ann')
  await repo.commit({ branch: 'work', files: { more: 'x\n' }, by: 'ann' })
  await repo.mergePullRequest(number, 'ann')
  await github.webhooks.settled()
  const checks = [
    'workflow_run.requested',
    'check_run.created',
    'check_run.completed',
    'workflow_run.completed',
    'check_suite.completed',
  ]
  expect(receiver.names()).toEqual([
    'issues.opened',
    'push',
    ...checks,
    'pull_request.opened',
    'pull_request.ready_for_review',
    'pull_request.converted_to_draft',
    'pull_request.ready_for_review',
    'pull_request.labeled',
    'pull_request_review.submitted',
    'pull_request_review_comment.created',
    'pull_request_review_thread.resolved',
    'push',
    'pull_request.synchronize',
    ...checks,
    'pull_request.closed',
    'issues.closed',
    'push',
  ])
  const of = (name: string) => receiver.received.filter((each) => each.name === name).at(-1)?.payload
  expect(of('pull_request.opened').pull_request).toMatchObject({
    draft: true,
    mergeable: null,
    changed_files: 1,
  })
  expect(of('pull_request_review.submitted').review.state).toBe('changes_requested')
  expect(of('pull_request.synchronize')).toMatchObject({
    after: repo.pullRequest(number).head.sha,
    sender: { login: 'ann' },
  })
  expect(of('pull_request.closed').pull_request).toMatchObject({ merged: true, merged_by: { login: 'ann' } })
  expect(of('push')).toMatchObject({ ref: 'refs/heads/main', after: repo.branchHead('main'), forced: false })
  expect(of('check_run.completed').check_run).toMatchObject({
    conclusion: 'success',
    pull_requests: [{ number }],
  })
})

test('what is held is sent when it is released, reversed or twice, as it was when it happened', async () => {
  const { github, repo } = await aShop()
  const receiver = await aReceiver()
  repo.addHook({ url: receiver.url, ping: false, events: ['issues'] })
  github.webhooks.hold()
  const { number } = repo.openIssue({ title: 'Before' })
  repo.editIssue(number, { title: 'After' })
  await github.webhooks.settled()
  expect(receiver.received).toEqual([])
  await github.webhooks.release({ order: 'reversed', duplicate: true })
  expect(receiver.received.map(({ name, payload }) => [name, payload.issue.title])).toEqual([
    ['issues.edited', 'After'],
    ['issues.edited', 'After'],
    ['issues.opened', 'Before'],
    ['issues.opened', 'Before'],
  ])
  const guids = receiver.received.map(({ headers }) => headers['x-github-delivery'])
  expect(new Set(guids).size).toBe(2)
  github.webhooks.drop(true)
  repo.closeIssue(number)
  github.webhooks.drop(false)
  repo.reopenIssue(number)
  await github.webhooks.settled()
  expect(receiver.names().slice(4)).toEqual(['issues.reopened'])
})

test('a delivery that failed is not sent again by itself; it is listed, and can be redelivered', async () => {
  const { github, repo } = await aShop()
  const receiver = await aReceiver()
  const admin = clientOf(github, github.createToken({ login: 'acme' }))
  receiver.answer = 500
  const hook_id = repo.addHook({ url: receiver.url, ping: false })
  repo.openIssue({ title: 'Lost' })
  await github.webhooks.settled()
  const list = async () => (await admin.repos.listWebhookDeliveries({ ...SHOP, hook_id })).data
  const [failed] = await list()
  expect(await list()).toMatchObject([{ status_code: 500, event: 'issues', redelivery: false }])
  receiver.answer = 200
  await admin.repos.redeliverWebhookDelivery({ ...SHOP, hook_id, delivery_id: Number(failed?.id) })
  await expect
    .poll(list)
    .toMatchObject([{ status_code: 200, redelivery: true, guid: failed?.guid }, { status_code: 500 }])
  expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body)
})

test('what changes of a repository is told: a new name, an archive, statuses', async () => {
  const { github, repo } = await aShop()
  const receiver = await aReceiver()
  repo.addHook({ url: receiver.url, ping: false, events: ['repository', 'status'] })
  repo.addChecks('main', [{ name: 'ci', kind: 'status', after: 10 }])
  await github.clock.advance(10)
  repo.rename('store')
  repo.archive()
  await github.webhooks.settled()
  expect(receiver.names()).toEqual(['status', 'status', 'repository.renamed', 'repository.archived'])
  expect(receiver.received.map(({ payload }) => payload.state ?? payload.repository.full_name)).toEqual([
    'pending',
    'success',
    'acme/store',
    'acme/store',
  ])
})
