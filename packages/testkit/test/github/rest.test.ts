import { expect, test } from 'vitest'
import { answerOf, aPull, aShop, clientOf, SHOP } from './support/github.ts'

test('issues are listed with pull requests among them, by state, label, assignee and time of change', async () => {
  const shop = await aShop()
  const { github, repo, octokit } = shop
  const first = repo.openIssue({ title: 'First', by: 'ann', labels: ['bug'], assignees: ['ann'] })
  await github.clock.advance(10_000)
  const second = repo.openIssue({ title: 'Second', body: 'words' })
  const number = await aPull(shop)
  const list = async (facts: object) =>
    (await octokit.issues.listForRepo({ ...SHOP, ...facts })).data.map((issue) => issue.number)
  expect(await list({})).toEqual([number, second.number, first.number])
  expect(await list({ labels: 'bug' })).toEqual([first.number])
  expect(await list({ assignee: 'none', direction: 'asc' })).toEqual([second.number, number])
  await github.clock.advance(2000)
  repo.closeIssue(second.number, 'ann')
  expect(await list({ state: 'closed' })).toEqual([second.number])
  const since = new Date(github.clock.now() + 5000).toISOString()
  await github.clock.advance(10_000)
  repo.editIssue(first.number, { title: 'Changed' })
  expect(await list({ state: 'all', since })).toEqual([first.number])
  const { data } = await octokit.issues.listForRepo({ ...SHOP, state: 'all', sort: 'updated' })
  expect(data.map((issue) => [issue.number, issue.pull_request === undefined])).toEqual([
    [first.number, true],
    [second.number, true],
    [number, false],
  ])
})

test('an issue is commented on, labelled, assigned, closed and opened again; a label that exists is 422', async () => {
  const { repo, octokit } = await aShop()
  const { data: issue } = await octokit.issues.create({ ...SHOP, title: 'New', body: 'words' })
  const where = { ...SHOP, issue_number: issue.number }
  const label = () => answerOf(octokit.issues.createLabel({ ...SHOP, name: 'optio', color: '6d28d9' }))
  expect((await label()).status).toBe(201)
  expect(await label()).toMatchObject({
    status: 422,
    data: { errors: [{ code: 'already_exists', field: 'name' }] },
  })
  await octokit.issues.addLabels({ ...where, labels: ['optio', 'fresh'] })
  await octokit.issues.removeLabel({ ...where, name: 'fresh' })
  const { data: comment } = await octokit.issues.createComment({ ...where, body: 'On it.' })
  await octokit.issues.updateComment({ ...SHOP, comment_id: comment.id, body: 'Done.' })
  await octokit.issues.addAssignees({ ...where, assignees: ['ann', 'stranger'] })
  await octokit.issues.update({ ...where, state: 'closed', state_reason: 'completed' })
  expect((await octokit.issues.get(where)).data).toMatchObject({
    state: 'closed',
    closed_by: { login: 'optio-bot' },
    labels: [{ name: 'optio', color: '6d28d9' }],
    assignees: [{ login: 'ann' }],
    comments: 1,
  })
  expect((await octokit.issues.listComments(where)).data).toMatchObject([
    { body: 'Done.', author_association: 'COLLABORATOR' },
  ])
  await octokit.issues.update({ ...where, state: 'open' })
  expect(repo.issue(issue.number)).toMatchObject({ state: 'open', stateReason: 'reopened' })
  expect((await octokit.issues.listEvents(where)).data.map(({ event }) => event)).toEqual([
    'labeled',
    'labeled',
    'unlabeled',
    'assigned',
    'closed',
    'reopened',
  ])
})

test('readers may speak but not label, and have no say in what is others’', async () => {
  const { github, repo } = await aShop()
  const { number } = repo.openIssue({ title: 'One', by: 'ann' })
  const eve = clientOf(github, github.createToken({ login: 'eve' }))
  const where = { ...SHOP, issue_number: number }
  expect((await answerOf(eve.issues.createComment({ ...where, body: 'Me too' }))).status).toBe(201)
  expect((await answerOf(eve.issues.addLabels({ ...where, labels: ['optio'] }))).status).toBe(403)
  expect((await answerOf(eve.issues.update({ ...where, state: 'closed' }))).status).toBe(403)
  const permission = async (username: string) =>
    (await eve.repos.getCollaboratorPermissionLevel({ ...SHOP, username })).data.permission
  expect(await Promise.all(['acme', 'ann', 'eve'].map(permission))).toEqual(['admin', 'write', 'read'])
})

test('files, directories, trees and blobs are what is in the repository, whole or raw', async () => {
  const { octokit, repo } = await aShop({
    files: {
      'a.txt': 'ä\n',
      'docs/x/deep.md': '# Deep\n',
      'run.sh': { content: '#!/bin/sh\n', mode: '100755' },
    },
  })
  const contents = async (path: string, facts: object = {}) =>
    (await octokit.repos.getContent({ ...SHOP, path, ...facts })).data
  const file = (await contents('a.txt')) as { content: string }
  expect(Buffer.from(file.content, 'base64').toString('utf8')).toBe('ä\n')
  expect(await contents('docs/x/deep.md', { mediaType: { format: 'raw' } })).toBe('# Deep\n')
  expect(await contents('')).toMatchObject([
    { name: 'a.txt', type: 'file' },
    { name: 'docs', type: 'dir' },
    { name: 'run.sh' },
  ])
  expect((await answerOf(octokit.repos.getContent({ ...SHOP, path: 'none' }))).status).toBe(404)
  const { data: tree } = await octokit.git.getTree({ ...SHOP, tree_sha: 'main', recursive: 'true' })
  expect(tree.tree.map(({ path, mode, type }) => [path, mode, type])).toEqual([
    ['a.txt', '100644', 'blob'],
    ['docs', '040000', 'tree'],
    ['docs/x', '040000', 'tree'],
    ['docs/x/deep.md', '100644', 'blob'],
    ['run.sh', '100755', 'blob'],
  ])
  const { data: blob } = await octokit.git.getBlob({ ...SHOP, file_sha: tree.tree[0]?.sha ?? '' })
  expect(blob).toMatchObject({ encoding: 'base64', size: 3 })
  expect((await octokit.git.getRef({ ...SHOP, ref: 'heads/main' })).data.object.sha).toBe(
    repo.branchHead('main'),
  )
})

test('commits, their files and the distance of two of them are git’s', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  await aPull(shop)
  await repo.commit({ files: { 'old name.txt': 'a\nb\nc\nd\n' }, message: 'Add\n\nWith a body.' })
  await repo.commit({
    files: { 'old name.txt': null, 'new/name.txt': 'a\nb\nc\nd\n', 'sum.js': null },
    by: 'ann',
  })
  const { data: commits } = await octokit.repos.listCommits({ ...SHOP, per_page: 2 })
  expect(commits.map(({ commit }) => commit.message)).toEqual(['Change', 'Add\n\nWith a body.'])
  expect(commits[0]?.author?.login).toBe('ann')
  const { data: last } = await octokit.repos.getCommit({ ...SHOP, ref: 'main' })
  expect(
    last.files?.map(({ filename, status, previous_filename }) => [filename, status, previous_filename]),
  ).toEqual([
    ['new/name.txt', 'renamed', 'old name.txt'],
    ['sum.js', 'removed', undefined],
  ])
  const { data: comparison } = await octokit.repos.compareCommitsWithBasehead({
    ...SHOP,
    basehead: 'main...work',
  })
  expect(comparison).toMatchObject({
    status: 'diverged',
    ahead_by: 1,
    behind_by: 2,
    files: [{ filename: 'sum.js', changes: 2 }],
  })
  await octokit.git.deleteRef({ ...SHOP, ref: 'heads/work' })
  expect(repo.branches()).toEqual(['main'])
  expect((await answerOf(octokit.git.deleteRef({ ...SHOP, ref: 'heads/work' }))).status).toBe(422)
})

test('a pull request is edited, closed, opened again and shown as a diff', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  const pull = { ...SHOP, pull_number: await aPull(shop) }
  await octokit.pulls.update({ ...pull, title: 'Louder', body: 'More' })
  await octokit.pulls.requestReviewers({ ...pull, reviewers: ['ann'] })
  await octokit.pulls.update({ ...pull, state: 'closed' })
  expect(repo.pullRequest(pull.pull_number)).toMatchObject({
    title: 'Louder',
    state: 'closed',
    closedBy: 'optio-bot',
  })
  await octokit.pulls.update({ ...pull, state: 'open' })
  expect((await octokit.pulls.get(pull)).data).toMatchObject({
    state: 'open',
    requested_reviewers: [{ login: 'ann' }],
  })
  const diff = await octokit.pulls.get({ ...pull, mediaType: { format: 'diff' } })
  expect(String(diff.data)).toContain('-two\n+TWO')
  expect((await octokit.pulls.listCommits(pull)).data.map(({ commit }) => commit.message)).toEqual([
    'Two is loud',
  ])
})
