import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PATCH_LIMITS } from '@optio/forges'
import { commit, plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { forgeWorld, pushTo, sandbox } from './support/world.ts'

const root = sandbox()

/** A pull request of what `change` does to a clone that has these files. */
async function changed(before: Record<string, string>, change: (clone: string) => void) {
  const w = await forgeWorld(root, { bare: true })
  await pushTo(w, 'main', before)
  const clone = join(root, randomUUID())
  plainGit(root, 'clone', '--quiet', w.upstream, clone)
  change(clone)
  commit(clone, 'README', 'changed\n')
  plainGit(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/optio/a')
  await w.forge.openPullRequest(w.repository, {
    runId: randomUUID(),
    title: 't',
    body: '',
    headRef: 'optio/a',
    headSha: plainGit(clone, 'rev-parse', 'HEAD'),
    baseRef: 'main',
    draft: false,
  })
  const file = (path: string) => w.forge.filePatch(w.repository, 1, path)
  return { file, files: (await w.forge.details(w.repository, 1)).files }
}

describe('a single patch', () => {
  test('is the one the details show, whatever kind of change it is', async () => {
    const before = { moved: 'a\nb\nc\nd\n', removed: 'x\n', kind: 'text\n', 'dir/a': '1\n', plain: '1\n' }
    const { file, files } = await changed(before, (clone) => {
      writeFileSync(join(clone, 'moved'), 'a\nb\nc\nD\n')
      renameSync(join(clone, 'moved'), join(clone, 'to'))
      rmSync(join(clone, 'removed'))
      rmSync(join(clone, 'kind'))
      symlinkSync('README', join(clone, 'kind'))
      // A directory becomes a file and the other way round.
      rmSync(join(clone, 'dir'), { recursive: true })
      writeFileSync(join(clone, 'dir'), 'now a file\n')
      rmSync(join(clone, 'plain'))
      mkdirSync(join(clone, 'plain'))
      writeFileSync(join(clone, 'plain', 'b'), '2\n')
      writeFileSync(join(clone, 'no newline'), 'x')
      writeFileSync(join(clone, 'empty'), '')
      writeFileSync(join(clone, 'binary'), '\0\u0001')
      writeFileSync(join(clone, 'new\n"file"\t\\ \u202e:(top)*'), 'diff --git a/x b/x\n')
      mkdirSync(join(clone, 'module'))
      plainGit(join(clone, 'module'), 'init', '--quiet')
      commit(join(clone, 'module'), 'x', 'x\n')
    })
    const paths = files.map(({ path }) => path).sort()
    expect(paths).toContain('new\n"file"\t\\ \u202e:(top)*')
    expect(paths).toContain('module')
    expect(paths.length).toBeGreaterThan(12)
    for (const { path, patch, patchOmitted } of files) {
      expect(await file(path), path).toEqual({ path, patch, patchOmitted })
    }
    expect(await file('moved')).toBeNull()
    expect(await file('di')).toBeNull()
  })

  test('of names that are no UTF-8 is found by how they are shown', async () => {
    const { file, files } = await changed({}, (clone) => {
      for (const [byte, text] of [
        [0xe9, 'one\n'],
        [0xe8, 'two\n'],
      ] as const) {
        writeFileSync(Buffer.concat([Buffer.from(`${clone}/caf`), Buffer.from([byte])]), text)
      }
    })
    expect(files.map(({ path }) => path)).toEqual(['README', 'caf\\xe8', 'caf\\xe9'])
    expect((await file('caf\\xe9'))?.patch).toBe('@@ -0,0 +1 @@\n+one\n')
    expect((await file('caf\\xe8'))?.patch).toBe('@@ -0,0 +1 @@\n+two\n')
    expect(await file('caf\ufffd')).toBeNull()
  })

  test('is left out only beyond 4 MiB', async () => {
    const line = `${'z'.repeat(1023)}\n`
    const { file, files } = await changed({}, (clone) => {
      writeFileSync(join(clone, 'large'), line.repeat(4000))
      writeFileSync(join(clone, 'huge'), line.repeat(4200))
      writeFileSync(join(clone, 'zzz'), 'small\n')
    })
    const omitted = files.map(({ path, patchOmitted }) => [path, patchOmitted])
    expect(omitted).toEqual([
      ['README', null],
      ['huge', 'too_large'],
      ['large', 'too_large'],
      ['zzz', null],
    ])
    expect((await file('large'))?.patch).toHaveLength('@@ -0,0 +1,4000 @@\n'.length + 4000 * 1025)
    expect(await file('huge')).toEqual({ path: 'huge', patch: null, patchOmitted: 'too_large' })
  })
})

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
    expect(file('large')).toMatchObject({
      status: 'added',
      additions: 1,
      patch: null,
      patchOmitted: 'too_large',
    })
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
    expect(files[0]).toMatchObject({ path: 'f10', additions: 60, patchOmitted: null })
    expect(files[49]).toMatchObject({ path: 'f59', additions: 60, patch: null, patchOmitted: 'too_large' })
    // A small one still fits after large ones that do not.
    expect(files[50]).toMatchObject({ path: 'last', patch: '@@ -0,0 +1 @@\n+z\n', patchOmitted: null })
    const together = files.reduce((sum, { patch }) => sum + (patch?.length ?? 0), 0)
    expect(together).toBeLessThanOrEqual(PATCH_LIMITS.together)
    expect(together).toBeGreaterThan(PATCH_LIMITS.together * 0.9)
    const last = await w.forge.filePatch(w.repository, 1, 'f59')
    expect(last?.patch).toBe(`@@ -0,0 +1,60 @@\n${`+${'y'.repeat(1000)}\n`.repeat(60)}`)
  })
})
