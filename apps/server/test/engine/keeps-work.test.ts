import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { keepsWorkOf } from '../../src/engine/effects/keeps-work.ts'

const directory = mkdtempSync(join(tmpdir(), 'optio-keeps-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function git(who: string, ...args: string[]): string {
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    ...{ GIT_AUTHOR_NAME: who, GIT_AUTHOR_EMAIL: `${who}@example.org` },
    ...{ GIT_COMMITTER_NAME: who, GIT_COMMITTER_EMAIL: `${who}@example.org` },
  }
  return execFileSync('git', args, { cwd: directory, env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

function commit(who: string, file: string, content: string): string {
  writeFileSync(join(directory, file), content)
  git(who, 'add', '--all')
  git(who, 'commit', '--quiet', '-m', `${who} changes ${file}`)
  return git(who, 'rev-parse', 'HEAD')
}

test('commits of others are kept by building on them or by rebasing them, also through a conflict, and by nothing else', async () => {
  git('agent', 'init', '--quiet', '--initial-branch=main')
  commit('agent', 'file', 'one\n')
  git('agent', 'checkout', '--quiet', '-b', 'work')
  const published = commit('agent', 'file', 'one by the agent\n')
  const theirs = commit('ada', 'file', 'one by ada\n')
  git('agent', 'checkout', '--quiet', 'main')
  commit('agent', 'file', 'one on main\n')
  const gitDir = join(directory, '.git')
  const about = { theirs, published, branch: 'work', baseRef: 'main' }

  git('agent', 'checkout', '--quiet', '-b', 'built', theirs)
  expect(await keepsWorkOf(gitDir, { ...about, ours: commit('agent', 'more', 'x\n') })).toBe(true)

  git('agent', 'checkout', '--quiet', '-b', 'rebased', theirs)
  // Every conflict is resolved in another way than any patch says.
  for (const step of [
    ['rebase', 'main'],
    ['-c', 'core.editor=true', 'rebase', '--continue'],
    ['-c', 'core.editor=true', 'rebase', '--continue'],
  ]) {
    try {
      git('agent', ...step)
    } catch {
      writeFileSync(join(directory, 'file'), `${step.join(' ')} ${Math.random()}\n`)
      git('agent', 'add', '--all')
    }
  }
  expect(git('agent', 'log', '--format=%an', 'main..rebased')).toBe('ada\nagent')
  git('agent', 'branch', '--force', 'kept', 'rebased')
  const ours = git('agent', 'rev-parse', 'rebased')
  git('agent', 'checkout', '--quiet', '--detach')
  git('agent', 'branch', '-D', 'rebased', 'kept')
  expect(await keepsWorkOf(gitDir, { ...about, ours })).toBe(true)

  git('agent', 'checkout', '--quiet', '--detach', published)
  expect(await keepsWorkOf(gitDir, { ...about, ours: commit('agent', 'other', 'y\n') })).toBe(false)
  expect(
    await keepsWorkOf(gitDir, { ...about, theirs: git('agent', 'rev-parse', 'main'), ours: published }),
  ).toBe(false)
  expect(await keepsWorkOf(gitDir, { ...about, theirs: '1'.repeat(40), ours: published })).toBe(false)

  // Somebody took the branch back to before what was published.
  const [rewound, built] = [git('agent', 'rev-parse', `${published}~`), git('agent', 'rev-parse', 'built')]
  expect(await keepsWorkOf(gitDir, { ...about, theirs: rewound, ours: built })).toBe(false)
  git('agent', 'checkout', '--quiet', '--detach', rewound)
  expect(await keepsWorkOf(gitDir, { ...about, theirs: rewound, ours: rewound })).toBe(true)
  const anew = commit('agent', 'file', 'one by the agent, in another way\n')
  expect(await keepsWorkOf(gitDir, { ...about, theirs: rewound, ours: anew })).toBe(true)
  git('agent', 'merge', '--quiet', '--strategy=ours', '--no-edit', published)
  const again = git('agent', 'rev-parse', 'HEAD')
  expect(await keepsWorkOf(gitDir, { ...about, theirs: rewound, ours: again })).toBe(false)
})
