import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MergeRequest } from '@optio/forges'
import { plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { forgeWorld, type OpenedPullRequest, sandbox } from './support/world.ts'

const root = sandbox()
const mergeOf = (pr: OpenedPullRequest): MergeRequest => ({ ...pr, method: 'squash', actor: 'test' })

describe('a person’s own checkout of the base branch', () => {
  test('is updated with the merge when it is clean', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n' })
    writeFileSync(join(w.upstream, 'untracked'), 'mine')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(readFileSync(join(w.upstream, 'a'), 'utf8')).toBe('1\n')
    expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('?? untracked')
  })

  const obstacles: Record<string, [(upstream: string) => void, (upstream: string) => void, RegExp]> = {
    'a changed file': [
      (upstream) => writeFileSync(join(upstream, 'README'), 'changed'),
      (upstream) => plainGit(upstream, 'checkout', 'README'),
      /not committed \("README"\)/,
    ],
    'a staged file': [
      (upstream) => {
        writeFileSync(join(upstream, 'new'), 'x')
        plainGit(upstream, 'add', 'new')
      },
      (upstream) => plainGit(upstream, 'rm', '--quiet', '--force', 'new'),
      /not committed \("new"\)/,
    ],
    'an untracked file in the way': [
      (upstream) => writeFileSync(join(upstream, 'a'), 'mine'),
      (upstream) => rmSync(join(upstream, 'a')),
      /untracked "a" is in the way/,
    ],
    'an ignored file in the way': [
      (upstream) => {
        writeFileSync(join(upstream, '.git', 'info', 'exclude'), 'a\n')
        writeFileSync(join(upstream, 'a'), 'mine')
      },
      (upstream) => rmSync(join(upstream, 'a')),
      /"a" is in the way/,
    ],
    'another git at work': [
      (upstream) => writeFileSync(join(upstream, '.git', 'index.lock'), ''),
      (upstream) => rmSync(join(upstream, '.git', 'index.lock')),
      /index\.lock/,
    ],
    'a rebase of that branch under way': [
      (upstream) => {
        plainGit(upstream, 'commit', '--quiet', '--allow-empty', '-m', 'mine')
        try {
          plainGit(
            upstream,
            '-c',
            'sequence.editor=sed -i 1s/^pick/edit/',
            'rebase',
            '--quiet',
            '-i',
            'HEAD~1',
          )
        } catch {
          // `edit` stops the rebase, which git reports as an error on some versions.
        }
      },
      (upstream) => {
        plainGit(upstream, 'rebase', '--abort')
      },
      /in the middle of a rebase/,
    ],
  }
  test.each(Object.entries(obstacles))(
    'is never touched with %s: the merge waits and says why',
    async (name, [obstruct, clear, words]) => {
      const w = await forgeWorld(root)
      const pr = await w.open('optio/a', { a: '1\n' })
      obstruct(w.upstream)
      const base = w.head('main')
      const state = () => [
        plainGit(w.upstream, 'status', '--porcelain', '--ignored'),
        w.head('main'),
        plainGit(w.upstream, 'rev-parse', 'HEAD'),
      ]
      const before = state()
      const seen = await w.forge.observe(w.repository, pr.number)
      expect(seen).toMatchObject({
        state: 'open',
        mergeable: true,
        mergeBlocked: { message: expect.stringMatching(words) },
      })
      expect(await w.forge.merge(w.repository, mergeOf({ ...pr, baseSha: base }))).toEqual({
        outcome: 'refused',
        code: 'blocked',
        message: expect.stringMatching(words),
      })
      expect(state()).toEqual(before)
      if (name.includes('untracked') || name.includes('ignored'))
        expect(readFileSync(join(w.upstream, 'a'), 'utf8')).toBe('mine')
      clear(w.upstream)
      expect(await w.forge.merge(w.repository, mergeOf({ ...pr, baseSha: base }))).toMatchObject({
        outcome: 'merged',
      })
      expect(plainGit(w.upstream, 'status', '--porcelain')).toBe('')
      expect(existsSync(join(w.upstream, 'a'))).toBe(true)
    },
  )

  test('in a linked working tree is looked at just the same, and another branch’s checkout does not matter', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n' })
    plainGit(w.upstream, 'checkout', '--quiet', '-b', 'mine')
    writeFileSync(join(w.upstream, 'README'), 'changed')
    const linked = join(w.upstream, '..', 'linked')
    plainGit(w.upstream, 'worktree', 'add', '--quiet', linked, 'main')
    writeFileSync(join(linked, 'README'), 'changed')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      code: 'blocked',
      message: expect.stringContaining(linked),
    })
    plainGit(linked, 'checkout', 'README')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(existsSync(join(linked, 'a'))).toBe(true)
    expect(readFileSync(join(w.upstream, 'README'), 'utf8')).toBe('changed')
  })

  test('that becomes dirty between the look and the push is refused by git itself, untouched', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { README: 'ONE\n' })
    w.store.beforeUpdate = () => writeFileSync(join(w.upstream, 'README'), 'typing…')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      outcome: 'refused',
      code: 'blocked',
      message: expect.stringMatching(/unstaged changes/),
    })
    expect(readFileSync(join(w.upstream, 'README'), 'utf8')).toBe('typing…')
    expect(w.head('main')).toBe(pr.baseSha)
  })
})
