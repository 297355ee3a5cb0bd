import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { aDirectory, aPull, aShop, SHOP, withToken } from './support/github.ts'

test('a private repository is cloned and pushed to with a token, and a push moves the head of its pull request', async () => {
  const shop = await aShop()
  const { repo, token, octokit } = shop
  const number = await aPull(shop)
  const { path, git } = aDirectory()
  await git('clone', '-q', '-b', 'work', withToken(repo.cloneUrl, token), '.')
  writeFileSync(join(path, 'more.txt'), 'more\n')
  await git('add', '.')
  await git('commit', '-q', '-m', 'More')
  await git('push', '-q', 'origin', 'work')
  const sha = await git('rev-parse', 'HEAD')
  expect(repo.pullRequest(number).head.sha).toBe(sha)
  expect(await repo.git('rev-parse', `refs/pull/${number}/head`)).toBe(sha)
  const { data: files } = await octokit.pulls.listFiles({ ...SHOP, pull_number: number })
  expect(files.map(({ filename, status }) => [filename, status])).toEqual([
    ['more.txt', 'added'],
    ['sum.js', 'modified'],
  ])
})

test('without a token, with a revoked one, or with one that may only read, nothing is pushed', async () => {
  const { github, repo, token } = await aShop()
  const { git } = aDirectory()
  await git('clone', '-q', withToken(repo.cloneUrl, token), '.')
  await git('commit', '-q', '--allow-empty', '-m', 'Empty')
  const reader = github.createToken({ login: 'eve' })
  const fine = github.createToken({ login: 'optio-bot', permissions: { contents: 'read' } })
  const push = (address: string) => git('push', '-q', address, 'HEAD:refs/heads/stolen')
  await expect(push(repo.cloneUrl)).rejects.toThrow(/could not read Username|terminal prompts disabled/)
  await expect(push(withToken(repo.cloneUrl, reader))).rejects.toThrow(/403/)
  await expect(push(withToken(repo.cloneUrl, fine))).rejects.toThrow(/403/)
  github.revokeToken(token)
  await expect(push(withToken(repo.cloneUrl, token))).rejects.toThrow(/Authentication failed/)
  github.restoreToken(token)
  expect(repo.branches()).toEqual(['main'])
  await push(withToken(repo.cloneUrl, token))
  expect(repo.branches()).toEqual(['main', 'stolen'])
})

test('a protected branch takes no push, others in the same push go through; an unreviewed one takes no forced push', async () => {
  const { repo, token } = await aShop()
  repo.protect('main', { requiredReviews: 1 })
  const { git } = aDirectory()
  await git('clone', '-q', withToken(repo.cloneUrl, token), '.')
  const before = repo.branchHead('main')
  await git('commit', '-q', '--allow-empty', '-m', 'Direct')
  await expect(git('push', 'origin', 'HEAD:main', 'HEAD:aside')).rejects.toThrow(
    /GH006: Protected branch update failed for refs\/heads\/main/,
  )
  expect(repo.branchHead('main')).toBe(before)
  expect(repo.branchHead('aside')).not.toBeNull()
  repo.protect('main', {})
  await git('push', '-q', 'origin', 'HEAD:main')
  await git('reset', '-q', '--hard', 'HEAD~1')
  await git('commit', '-q', '--allow-empty', '-m', 'Other')
  await expect(git('push', '--force', 'origin', 'HEAD:main')).rejects.toThrow(/Cannot force-push/)
})

test('a renamed repository is found under its old name by git and REST', async () => {
  const { repo, token, octokit } = await aShop()
  const old = repo.cloneUrl
  repo.rename('store')
  const { git } = aDirectory()
  await git('clone', '-q', withToken(old, token), '.')
  const { data } = await octokit.repos.get(SHOP)
  expect(data.full_name).toBe('acme/store')
  repo.transfer('globex')
  expect((await octokit.issues.listForRepo(SHOP)).data).toEqual([])
  const issue = await octokit.issues.create({ ...SHOP, title: 'Through a redirect' })
  expect(issue.data.repository_url).toMatch(/globex\/store$/)
})

test('an archived repository is read, and nothing else', async () => {
  const { repo, token, octokit } = await aShop()
  repo.archive()
  const { git } = aDirectory()
  await git('clone', '-q', withToken(repo.cloneUrl, token), '.')
  await git('commit', '-q', '--allow-empty', '-m', 'Late')
  await expect(git('push', '-q', 'origin', 'HEAD:late')).rejects.toThrow(/403/)
  await expect(octokit.issues.addLabels({ ...SHOP, issue_number: 1, labels: ['x'] })).rejects.toMatchObject({
    status: 403,
  })
})

test('an empty repository has no branch; a default branch that is renamed takes its pull requests along', async () => {
  const { github, repo, octokit, token } = await aShop()
  const empty = await github.createRepository({
    owner: 'acme',
    name: 'empty',
    files: null,
    permissions: { 'optio-bot': 'write' },
  })
  expect(empty.branches()).toEqual([])
  const { git } = aDirectory()
  await git('clone', '-q', withToken(empty.cloneUrl, token), '.')
  await git('commit', '-q', '--allow-empty', '-m', 'First')
  await git('push', '-q', 'origin', 'HEAD:main')
  expect(empty.branches()).toEqual(['main'])
  await repo.commit({ branch: 'work', files: { a: 'a\n' } })
  const { number } = await repo.openPullRequest({ title: 'A', head: 'work' })
  await repo.renameDefaultBranch('trunk')
  const { data } = await octokit.pulls.get({ ...SHOP, pull_number: number })
  expect([data.base.ref, data.state, repo.branches()]).toEqual(['trunk', 'open', ['trunk', 'work']])
})
