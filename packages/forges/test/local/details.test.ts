import { randomUUID } from 'node:crypto'
import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PATCH_LIMITS } from '@optio/forges'
import { describe, expect, test } from 'vitest'
import { commit, forgeWorld, plainGit, pushTo, sandbox } from './support/world.ts'

const root = sandbox()

describe('the details', () => {
  test('list commits and files of every kind, with patches', async () => {
    const w = await forgeWorld(root, { bare: true })
    const long = Array.from({ length: 20 }, (_, i) => `line ${i}\n`).join('')
    const base = await pushTo(w, 'main', { moved: long, removed: 'x\n', kind: 'text\n' })
    const clone = join(root, randomUUID())
    plainGit(root, 'clone', '--quiet', w.upstream, clone)
    renameSync(join(clone, 'moved'), join(clone, 'renamed'))
    rmSync(join(clone, 'kind'))
    symlinkSync('README', join(clone, 'kind'))
    rmSync(join(clone, 'removed'))
    writeFileSync(join(clone, 'README'), 'one\nTWO\nthree\n')
    writeFileSync(join(clone, 'new\n"file"\t'), 'diff --git a/x b/x\n@@ -1 +1 @@\n')
    writeFileSync(join(clone, 'binary'), '\0\u0001\0')
    writeFileSync(join(clone, 'empty'), '')
    writeFileSync(join(clone, '.gitattributes'), '* diff=evil\n')
    commit(clone, 'large', 'x'.repeat(PATCH_LIMITS.file))
    plainGit(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/optio/a')
    const headSha = plainGit(clone, 'rev-parse', 'HEAD')
    await w.forge.openPullRequest(w.repository, {
      runId: randomUUID(),
      title: 'Title',
      body: 'Body',
      headRef: 'optio/a',
      headSha,
      baseRef: 'main',
      draft: true,
    })
    const details = await w.forge.details(w.repository, 1)
    expect(details).toMatchObject({
      title: 'Title',
      body: 'Body',
      headRef: 'optio/a',
      observation: { draft: true, headSha, baseSha: base },
    })
    expect(details.commits).toEqual([
      { sha: headSha, message: 'change "large"', author: 'Ada', committedAt: expect.any(Number) },
    ])
    const file = (path: string) => details.files.find((each) => each.path === path)
    expect(file('README')).toEqual({
      path: 'README',
      previousPath: null,
      status: 'modified',
      additions: 1,
      deletions: 1,
      patch: '@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n',
      patchOmitted: null,
    })
    expect(file('renamed')).toMatchObject({
      previousPath: 'moved',
      status: 'renamed',
      patch: '',
      patchOmitted: null,
    })
    expect(file('removed')).toMatchObject({ status: 'removed', deletions: 1, patch: '@@ -1 +0,0 @@\n-x\n' })
    expect(file('kind')).toMatchObject({
      status: 'modified',
      patch: expect.stringMatching(/-text[\s\S]*\+README/),
    })
    expect(file('new\n"file"\t')).toMatchObject({
      status: 'added',
      patch: '@@ -0,0 +1,2 @@\n+diff --git a/x b/x\n+@@ -1 +1 @@\n',
    })
    expect(file('binary')).toMatchObject({ status: 'added', patch: null, patchOmitted: 'binary' })
    expect(file('empty')).toMatchObject({ status: 'added', patch: '', patchOmitted: null })
    expect(file('large')).toMatchObject({ status: 'added', additions: 1, patch: null, patchOmitted: 'too_large' })
  })

  test('of a pull request that is over stay when the upstream is gone, and are empty when the mirror is', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    await w.forge.merge(w.repository, { ...pr, method: 'squash', actor: 'x' })
    rmSync(w.upstream, { recursive: true })
    expect(await w.forge.details(w.repository, 1)).toMatchObject({ files: [{ path: 'a' }], commits: [{}] })
    rmSync(w.repository.mirrorDir, { recursive: true })
    expect(await w.forge.details(w.repository, 1)).toMatchObject({ files: [], commits: [], title: 'Fix it' })
  })

  test('of a diff beyond all limits still name every file', async () => {
    const w = await forgeWorld(root, { bare: true })
    const clone = join(root, randomUUID())
    plainGit(root, 'clone', '--quiet', w.upstream, clone)
    for (let i = 10; i < 60; i++) writeFileSync(join(clone, `f${i}`), `${'y'.repeat(1000)}\n`.repeat(60))
    commit(clone, 'last', 'z\n')
    plainGit(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/optio/a')
    const headSha = plainGit(clone, 'rev-parse', 'HEAD')
    const request = {
      runId: randomUUID(),
      title: 't',
      body: '',
      headRef: 'optio/a',
      headSha,
      baseRef: 'main',
      draft: false,
    }
    await w.forge.openPullRequest(w.repository, request)
    const { files } = await w.forge.details(w.repository, 1)
    expect(files).toHaveLength(51)
    expect(files[0]).toMatchObject({ path: 'f10', additions: 60, truncated: false })
    expect(files.at(-1)).toMatchObject({ path: 'last', additions: 1, patch: null, truncated: true })
  })
})
