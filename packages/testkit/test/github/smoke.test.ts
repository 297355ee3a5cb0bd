import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from '@octokit/rest'
import { expect, test } from 'vitest'
import { startFakeGithub } from '../../src/github/index.ts'

test('smoke', async () => {
  console.time('start')
  const github = await startFakeGithub()
  console.timeEnd('start')
  console.time('repo')
  const repo = await github.createRepository({ owner: 'acme', name: 'shop', private: true, permissions: { bot: 'write', ann: 'write' } })
  console.timeEnd('repo')
  const token = github.createToken({ login: 'bot' })
  const octokit = new Octokit({ auth: token, baseUrl: github.apiUrl })
  const issue = repo.openIssue({ title: 'x', by: 'ann' })
  const dir = mkdtempSync(join(tmpdir(), 'clone-'))
  const run = promisify(execFile)
  const git = (...args: string[]) => run('git', ['-C', dir, ...args], { timeout: 8000 })
  await git('clone', '-q', repo.cloneUrl.replace('//', `//x:${token}@`), dir)
  writeFileSync(join(dir, 'a'), 'a\n')
  await git('add', '.'); await git('-c', 'user.name=b', '-c', 'user.email=b@c', 'commit', '-qm', 'add a'); await git('push', '-q', 'origin', 'HEAD:refs/heads/work')
  const { data: pull } = await octokit.pulls.create({ owner: 'acme', repo: 'shop', title: 'T', head: 'work', base: 'main', body: `Closes #${issue.number}` })
  console.log(pull.mergeable, pull.mergeable_state, pull.changed_files, pull.additions)
  console.log((await octokit.pulls.listFiles({ owner: 'acme', repo: 'shop', pull_number: pull.number })).data)
  const merged = await octokit.pulls.merge({ owner: 'acme', repo: 'shop', pull_number: pull.number, merge_method: 'squash', sha: pull.head.sha })
  console.log(merged.data, repo.issue(issue.number), await repo.git('log', '--format=%h %an %s', 'main'))
  await github.close()
})
