import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MergeMethod, MergeRequest } from '@optio/forges'
import { commit, plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { type ForgeWorld, forgeWorld, type OpenedPullRequest, sandbox } from './support/world.ts'

const root = sandbox()
const mergeOf = (pr: OpenedPullRequest, method: MergeMethod = 'squash'): MergeRequest => ({
  ...pr,
  method,
  actor: 'test',
})
const log = (w: ForgeWorld, format = '%s') =>
  plainGit(w.upstream, 'log', `--format=${format}`, 'main').split('\n')

describe('a merge', () => {
  test.each(['squash', 'merge', 'rebase'] as const)(
    'by %s brings exactly the change, and saying it again changes nothing',
    async (method) => {
      const w = await forgeWorld(root, { bare: true })
      const pr = await w.open('optio/a', { a: '1\n', b: '2\n' })
      const other = commit(join(w.upstream, '..', 'upstream'), 'README', 'one\ntwo\nthree\nfour\n')
      plainGit(join(w.upstream, '..', 'upstream'), 'push', '--quiet', w.upstream, `${other}:main`)
      const request = mergeOf({ ...pr, baseSha: other }, method)
      const first = await w.forge.merge(w.repository, request)
      expect(first).toEqual({ outcome: 'merged', mergedSha: w.head('main') })
      expect(await w.forge.merge(w.repository, request)).toEqual(first)
      expect(await w.anotherForge().merge(w.repository, request)).toEqual(first)
      expect(plainGit(w.upstream, 'ls-tree', '--name-only', 'main').split('\n')).toEqual(['README', 'a', 'b'])
      expect(plainGit(w.upstream, 'show', 'main:README')).toContain('four')
      const subjects = {
        squash: ['Fix it (#1)', 'change "README"', 'change "README"'],
        merge: [
          'Merge pull request #1: Fix it',
          'change "README"',
          'change "b"',
          'change "a"',
          'change "README"',
        ],
        rebase: ['change "b"', 'change "a"', 'change "README"', 'change "README"'],
      }
      expect(log(w).sort()).toEqual(subjects[method].sort())
      expect(plainGit(w.upstream, 'log', '-1', '--format=%cn %ce', 'main')).toBe('Optio optio@localhost')
      expect(plainGit(w.upstream, 'log', '-1', '--format=%an', 'main')).toBe(
        method === 'merge' ? 'Optio' : 'Ada',
      )
      expect(await w.forge.observe(w.repository, pr.number)).toMatchObject({
        state: 'merged',
        mergedSha: w.head('main'),
      })
    },
  )

  test('by rebase onto an unmoved base keeps the very commits', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n', b: '2\n' })
    expect(await w.forge.merge(w.repository, mergeOf(pr, 'rebase'))).toEqual({
      outcome: 'merged',
      mergedSha: pr.headSha,
    })
  })

  test('by rebase that would give another result than the checked merge is refused', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { README: 'ONE\ntwo\nthree\n', x: '1\n' })
    const work = await w.propose('optio/a', { README: 'one\ntwo\nthree\n', y: '2\n' }, pr.headSha)
    await w.forge.publish(w.repository, { branch: 'optio/a', sha: work, expected: pr.headSha })
    const base = await w.propose('main', { README: 'uno\ntwo\nthree\n' })
    plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${base}:refs/heads/main`)
    const request = { ...mergeOf(pr, 'rebase'), headSha: work, baseSha: base }
    expect(await w.forge.merge(w.repository, request)).toMatchObject({ outcome: 'refused', code: 'conflict' })
    expect(w.head('main')).toBe(base)
    expect(await w.forge.merge(w.repository, { ...request, method: 'squash' })).toMatchObject({
      outcome: 'merged',
    })
  })

  test('of a head or a base that moved is refused, and nothing changes', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const moved = await w.propose('optio/a', { more: '2\n' }, pr.headSha)
    plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${moved}:refs/heads/optio/a`)
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      outcome: 'refused',
      code: 'head_moved',
    })
    const base = await w.propose('main', { other: 'x\n' })
    plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${base}:refs/heads/main`)
    expect(await w.forge.merge(w.repository, { ...mergeOf(pr), headSha: moved })).toMatchObject({
      outcome: 'refused',
      code: 'base_moved',
    })
    expect(w.head('main')).toBe(base)
    expect(w.store.pullRequests.get(`${w.repository.id}#1`)?.mergingSha).toBe(null)
  })

  test('that conflicts is refused with the files', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { README: 'ONE\ntwo\nthree\n' })
    const base = await w.propose('main', { README: 'uno\ntwo\nthree\n' })
    plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${base}:refs/heads/main`)
    for (const method of ['squash', 'merge', 'rebase'] as const) {
      expect(await w.forge.merge(w.repository, { ...mergeOf(pr, method), baseSha: base })).toEqual({
        outcome: 'refused',
        code: 'conflict',
        message: 'Head and base conflict in "README".',
      })
    }
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({
      mergeable: false,
      conflictFiles: ['README'],
    })
  })

  test('of a closed pull request is refused; of an empty one too', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const empty = await w.open('optio/empty', {})
    expect(await w.forge.merge(w.repository, mergeOf(empty))).toMatchObject({ code: 'blocked' })
    await w.forge.close(w.repository, pr.number, 'ada')
    await w.forge.close(w.repository, pr.number, 'ada')
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      outcome: 'refused',
      code: 'not_open',
    })
    expect(w.head('main')).toBe(pr.baseSha)
  })

  test('runs the upstream’s own hooks, and is blocked in their words when one refuses', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const hook = join(w.upstream, 'hooks', 'pre-receive')
    writeFileSync(hook, '#!/bin/sh\necho "not on a friday" >&2\nexit 1\n', { mode: 0o755 })
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({
      outcome: 'refused',
      code: 'blocked',
      message: expect.stringContaining('not on a friday'),
    })
    rmSync(hook)
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
  })
})

describe('a process that dies in the middle of a merge', () => {
  const points = {
    'before it is recorded': (change: object) => 'mergingSha' in change,
    'after the push, before that is recorded': (change: object) => 'mergedSha' in change,
  }
  for (const [point, dies] of Object.entries(points)) {
    test.each(['squash', 'merge', 'rebase'] as const)(
      `${point}: leaves exactly one merge (%s)`,
      async (method) => {
        for (const after of ['merge', 'observe'] as const) {
          const w = await forgeWorld(root, { bare: true })
          const pr = await w.open('optio/a', { a: '1\n', b: '2\n' })
          const base = await w.propose('main', { other: 'x\n' })
          plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${base}:refs/heads/main`)
          const request = { ...mergeOf(pr, method), baseSha: base }
          w.store.beforeUpdate = (change) => {
            if (dies(change)) throw new Error('killed')
          }
          await expect(w.forge.merge(w.repository, request)).rejects.toThrow('killed')
          w.store.beforeUpdate = () => {}
          const before = log(w, '%H').length
          const next = w.anotherForge()
          if (after === 'observe') await next.observe(w.repository, pr.number)
          const result = await next.merge(w.repository, request)
          expect(result).toEqual({ outcome: 'merged', mergedSha: w.head('main') })
          expect(log(w, '%H').length - before).toBe(
            dies === points['before it is recorded']
              ? method === 'squash'
                ? 1
                : method === 'merge'
                  ? 3
                  : 2
              : 0,
          )
          expect(await next.observe(w.repository, pr.number)).toMatchObject({
            state: 'merged',
            mergedSha: w.head('main'),
          })
          expect(plainGit(w.upstream, 'diff', '--name-only', base, 'main').split('\n')).toEqual(['a', 'b'])
        }
      },
    )
  }

  test('and a close in between: the merge that is in the repository counts', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    w.store.beforeUpdate = (change) => {
      if ('mergedSha' in change) throw new Error('killed')
    }
    await expect(w.forge.merge(w.repository, mergeOf(pr))).rejects.toThrow('killed')
    w.store.beforeUpdate = () => {}
    await expect(w.forge.close(w.repository, pr.number, 'ada')).rejects.toMatchObject({
      code: 'PULL_REQUEST_NOT_OPEN',
      status: 409,
    })
    expect(await w.forge.observe(w.repository, pr.number)).toMatchObject({
      state: 'merged',
      mergedSha: w.head('main'),
    })
  })
})

describe('merges that race', () => {
  test('of one pull request, from several processes, make one merge which all report', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const results = await Promise.all([1, 2, 3].map(() => w.anotherForge().merge(w.repository, mergeOf(pr))))
    const merged = { outcome: 'merged', mergedSha: w.head('main') }
    expect(results).toEqual([merged, merged, merged])
    expect(log(w)).toEqual(['Fix it (#1)', 'change "README"'])
  })

  test('of two pull requests onto one base: one wins, the other is told that the base moved', async () => {
    const w = await forgeWorld(root, { bare: true })
    const prs = [await w.open('optio/a', { a: '1\n' }), await w.open('optio/b', { b: '1\n' })]
    const results = await Promise.all(prs.map((pr) => w.anotherForge().merge(w.repository, mergeOf(pr))))
    expect(results.map((result) => (result.outcome === 'merged' ? 'merged' : result.code)).sort()).toEqual([
      'base_moved',
      'merged',
    ])
    expect(log(w)).toHaveLength(2)
  })
})

describe('hostile text', () => {
  test('in titles, bodies, paths of the repository and file names is only text', async () => {
    const w = await forgeWorld(root, { name: `it's "odd"; $(touch pwned)\n'; touch pwned #` })
    const title = '$(touch pwned)`touch pwned`\n"; touch pwned #\u0000'
    const pr = await w.open('optio/$(touch-pwned)\'"`;&|<>!', { "-x'$(touch pwned)\n": 'x\n' }, title)
    expect(await w.forge.observe(w.repository, pr.number)).toMatchObject({ state: 'open', mergeable: true })
    expect(await w.forge.merge(w.repository, mergeOf(pr))).toMatchObject({ outcome: 'merged' })
    expect(log(w)[0]).toBe('$(touch pwned)`touch pwned` "; touch pwned # (#1)')
    expect(existsSync(join(w.upstream, 'pwned'))).toBe(false)
    expect(existsSync('pwned')).toBe(false)
  })

  test('in branch names is refused before git sees it', async () => {
    const w = await forgeWorld(root)
    const headSha = await w.propose('x', { a: '1\n' })
    for (const branch of [
      '-d',
      '--receive-pack=x',
      'a..b',
      'a b',
      'a\nb',
      ':main',
      'HEAD',
      'a\0b',
      'x^{}',
      '../x',
    ]) {
      const attempt = w.forge.publish(w.repository, { branch, sha: headSha, expected: null })
      await expect(attempt, branch).rejects.toMatchObject({ code: 'VALIDATION', status: 400 })
    }
  })

  test('an author without a usable name does not stop a merge', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const tree = plainGit(w.repository.mirrorDir, 'rev-parse', `${pr.headSha}^{tree}`)
    const raw = `tree ${tree}\nparent ${pr.baseSha}\nauthor <> 1 +0000\ncommitter <> 1 +0000\n\nx\n`
    writeFileSync(join(root, 'raw'), raw)
    const sha = plainGit(
      w.repository.mirrorDir,
      'hash-object',
      '-t',
      'commit',
      '-w',
      '--literally',
      join(root, 'raw'),
    )
    plainGit(w.repository.mirrorDir, 'push', '--quiet', '--force', w.upstream, `${sha}:refs/heads/optio/a`)
    expect(await w.forge.merge(w.repository, { ...mergeOf(pr), headSha: sha })).toMatchObject({
      outcome: 'merged',
    })
    expect(plainGit(w.upstream, 'log', '-1', '--format=%an', 'main')).toBe('Optio')
  })
})
