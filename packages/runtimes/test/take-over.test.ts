import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commit, plainGit } from '@optio/testkit/repositories'
import { expect, test } from 'vitest'
import { sandbox, world } from './workspace-support/repositories.ts'

/** Runs a command that is made for a clone, as the isolation does. */
function inClone([program = '', ...args]: readonly string[]): void {
  execFileSync(program, args, { env: { PATH: process.env.PATH, HOME: '/nonexistent' }, stdio: 'pipe' })
}

/** A clone with two commits that were published, and the upstream's branch put back to the first of them. */
async function putBack() {
  const w = await world(sandbox())
  const { clone, request } = await w.run()
  const { runId, branch } = request
  const first = commit(clone, 'one', '1\n')
  const published = commit(clone, 'two', '2\n')
  plainGit(w.upstream, 'fetch', '--quiet', clone, `${first}:${branch}`)
  await w.refresh()
  const takeOver = (since: string | null = published) => {
    inClone(w.workspaces.refreshCloneCommand(runId))
    inClone(w.workspaces.takeOverCommand(runId, branch, since))
  }
  return { clone, first, published, takeOver, head: () => plainGit(clone, 'rev-parse', 'HEAD') }
}

test('a branch that was put back is followed, when it is said what was published', async () => {
  const { clone, first, published, takeOver, head } = await putBack()
  takeOver(null)
  expect(head()).toBe(published)
  writeFileSync(join(clone, 'not-committed'), 'kept\n')
  takeOver()
  expect(head()).toBe(first)
  expect(readFileSync(join(clone, 'not-committed'), 'utf8')).toBe('kept\n')
  takeOver()
  expect(head()).toBe(first)
})

test('commits that were not published are kept on top of it', async () => {
  const { clone, first, takeOver } = await putBack()
  commit(clone, 'three', '3\n')
  takeOver()
  expect(plainGit(clone, 'rev-parse', 'HEAD~')).toBe(first)
  expect(plainGit(clone, 'ls-files')).toMatch(/one\nthree/)
  expect(plainGit(clone, 'ls-files')).not.toMatch(/two/)
})

test('commits that need what was taken out are left where they are', async () => {
  const { clone, takeOver, head } = await putBack()
  const own = commit(clone, 'two', '2, and more\n')
  expect(() => takeOver()).toThrow()
  expect(head()).toBe(own)
  expect(plainGit(clone, 'status', '--porcelain')).toBe('')
})
