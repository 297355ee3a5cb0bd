import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MergeRequest } from '@optio/forges'
import { describe, expect, test } from 'vitest'
import { type ForgeWorld, forgeWorld, type OpenedPullRequest, plainGit, sandbox } from './support/world.ts'

const root = sandbox()
const mergeOf = (pr: OpenedPullRequest): MergeRequest => ({ ...pr, method: 'squash', actor: 'test' })

/** Something that happens after git has brought the checkout up to date, and before it moves the branch. */
function beforeTheBranchMoves(w: ForgeWorld, command: string): () => void {
  const hook = join(w.upstream, '.git', 'hooks', 'reference-transaction')
  const script = `#!/bin/sh\n[ "$1" = prepared ] && grep -q 'refs/heads/main$' && ${command}\nexit 0\n`
  writeFileSync(hook, script, { mode: 0o755 })
  return () => rmSync(hook)
}

describe('a merge that is torn before the branch moves', () => {
  test('by a hook that declines leaves the checkout clean, and goes on when the hook lets it', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n', README: null })
    const mend = beforeTheBranchMoves(w, 'exit 1')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'refused' })
    expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('')
    expect(w.head('main')).toBe(pr.baseSha)
    mend()
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('')
    expect(readFileSync(join(w.upstream, 'a'), 'utf8')).toBe('1\n')
  })

  test('by a loss of power is cleared away by its repetition', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n' })
    // git push, git receive-pack and the hook are one process group.
    const mend = beforeTheBranchMoves(w, 'kill -KILL 0')
    await expect(w.forge.merge(w.repository, mergeOf(pr))).rejects.toThrow()
    mend()
    rmSync(join(w.upstream, '.git', 'refs', 'heads', 'main.lock'))
    expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('A  a')
    expect((await w.forge.observe(w.repository, pr.number)).mergeBlocked).toBeNull()
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('')
    expect(plainGit(w.upstream, 'log', '--format=%s', '-1', 'main')).toMatch(/\(#1\)$/)
  })

  test('and changed by a person since then is left alone', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n' })
    const mend = beforeTheBranchMoves(w, 'kill -KILL 0')
    await expect(w.forge.merge(w.repository, mergeOf(pr))).rejects.toThrow()
    mend()
    rmSync(join(w.upstream, '.git', 'refs', 'heads', 'main.lock'))
    writeFileSync(join(w.upstream, 'a'), 'mine\n')
    expect((await w.forge.observe(w.repository, pr.number)).mergeBlocked).toMatchObject({
      code: 'checkout_dirty',
    })
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      outcome: 'refused',
      code: 'blocked',
    })
    expect(readFileSync(join(w.upstream, 'a'), 'utf8')).toBe('mine\n')
  })
})
