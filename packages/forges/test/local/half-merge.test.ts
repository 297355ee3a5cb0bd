import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MergeRequest } from '@optio/forges'
import { plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { type ForgeWorld, forgeWorld, type OpenedPullRequest, sandbox } from './support/world.ts'

const root = sandbox()
const mergeOf = (pr: OpenedPullRequest): MergeRequest => ({ ...pr, method: 'squash', actor: 'test' })
const status = (w: ForgeWorld) => plainGit(w.upstream, 'status', '--porcelain')

/** A merge that does not come to its end: git has brought the checkout up to date, and then the hook lets the branch not move. */
async function tear(w: ForgeWorld, pr: OpenedPullRequest, how = 'exit 1'): Promise<void> {
  const hook = join(w.upstream, '.git', 'hooks', 'reference-transaction')
  const script = `#!/bin/sh\n[ "$1" = prepared ] && grep -q 'refs/heads/main$' && ${how}\nexit 0\n`
  writeFileSync(hook, script, { mode: 0o755 })
  await expect(w.forge.merge(w.repository, mergeOf(pr))).rejects.toThrow()
  rmSync(hook)
}

/** The same with a loss of power: nobody was there to tidy up. */
async function losePower(w: ForgeWorld, pr: OpenedPullRequest): Promise<void> {
  await tear(w, pr)
  const row = await w.store.get(w.repository.id, pr.number)
  plainGit(w.upstream, 'read-tree', '-m', '-u', 'HEAD', row?.mergingSha ?? '')
  expect(status(w)).toBe('M  README\nA  a')
}

describe('a merge that is torn before the branch moves', () => {
  test.each([
    ['by a hook that declines', 'exit 1'],
    // git push, git receive-pack and the hook are one process group.
    ['by the death of its git', 'kill -KILL 0'],
  ])('%s leaves the checkout clean', async (_, how) => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n', README: 'other\n' })
    await tear(w, pr, how)
    expect(status(w)).toBe('')
    expect(w.head('main')).toBe(pr.baseSha)
    for (const lock of ['HEAD.lock', 'refs/heads/main.lock']) {
      rmSync(join(w.upstream, '.git', lock), { force: true })
    }
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(status(w)).toBe('')
    expect(readFileSync(join(w.upstream, 'a'), 'utf8')).toBe('1\n')
  })

  test('by a loss of power is cleared away by its repetition', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n', README: 'other\n' })
    await losePower(w, pr)
    expect((await w.forge.observe(w.repository, pr.number)).mergeBlocked).toBeNull()
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(status(w)).toBe('')
    expect(plainGit(w.upstream, 'log', '--format=%s', '-1', 'main')).toMatch(/\(#1\)$/)
  })

  test('and changed by a person since then is left alone', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n', README: 'other\n' })
    await losePower(w, pr)
    writeFileSync(join(w.upstream, 'README'), 'mine\n')
    expect((await w.forge.observe(w.repository, pr.number)).mergeBlocked).toMatchObject({
      code: 'checkout_dirty',
    })
    const answer = await w.forge.merge(w.repository, mergeOf(pr))
    expect(answer).toMatchObject({ outcome: 'refused', code: 'blocked' })
    expect(readFileSync(join(w.upstream, 'README'), 'utf8')).toBe('mine\n')
    expect(existsSync(join(w.upstream, 'a'))).toBe(true)
  })
})
