import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLocalForge, mergeCandidate } from '@optio/forges'
import { commit, plainGit } from '@optio/testkit/repositories'
import { afterEach, describe, expect, test } from 'vitest'
import { forgeWorld, pushTo, sandbox } from './support/world.ts'

const root = sandbox()
const pathBefore = process.env.PATH
afterEach(() => {
  process.env.PATH = pathBefore
})

describe('publishing', () => {
  test('moves the branch only from where Optio left it, and again changes nothing', async () => {
    const w = await forgeWorld(root, { bare: true })
    const first = await w.propose('optio/a', { a: '1\n' })
    const publish = (sha: string, expected: string | null) =>
      w.forge.publish(w.repository, { branch: 'optio/a', sha, expected })
    expect(await publish(first, null)).toEqual({ outcome: 'published', sha: first })
    expect(await publish(first, null)).toEqual({ outcome: 'published', sha: first })
    expect(await w.forge.branchHead(w.repository, 'optio/a')).toBe(first)
    const rewritten = await w.propose('optio/a', { b: '1\n' })
    expect(await publish(rewritten, first)).toEqual({ outcome: 'published', sha: rewritten })
    const theirs = await pushTo(w, 'optio/a', { c: '1\n' }, rewritten)
    const next = await w.propose('optio/a', { d: '1\n' }, rewritten)
    expect(await publish(next, rewritten)).toEqual({ outcome: 'moved', actualSha: theirs })
    plainGit(w.upstream, 'branch', '-D', 'optio/a')
    expect(await publish(next, rewritten)).toEqual({ outcome: 'moved', actualSha: null })
    expect(await w.forge.branchHead(w.repository, 'optio/a')).toBe(null)
  })

  test('of a commit that is not in the mirror, or where a branch leaves no room, fails in words', async () => {
    const w = await forgeWorld(root, { bare: true })
    const sha = await w.propose('optio/a', { a: '1\n' })
    const absent = w.forge.publish(w.repository, { branch: 'optio/a', sha: 'f'.repeat(40), expected: null })
    await expect(absent).rejects.toThrow(/not in the mirror/)
    plainGit(w.upstream, 'branch', 'optio', 'main')
    const noRoom = w.forge.publish(w.repository, { branch: 'optio/a', sha, expected: null })
    await expect(noRoom).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining("'refs/heads/optio' exists"),
    })
  })
})

describe('a pull request', () => {
  test('is opened once for a head branch', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const request = {
      runId: randomUUID(),
      title: 't',
      body: 'b',
      headRef: 'optio/a',
      headSha: pr.headSha,
      baseRef: 'main',
      draft: false,
    }
    expect((await w.forge.openPullRequest(w.repository, request)).number).toBe(pr.number)
    const gone = w.forge.openPullRequest(w.repository, { ...request, baseRef: 'nope' })
    await expect(gone).rejects.toMatchObject({ code: 'BRANCH_NOT_FOUND', status: 422 })
    await expect(w.forge.observe(w.repository, 99)).rejects.toMatchObject({
      code: 'PULL_REQUEST_NOT_FOUND',
      status: 404,
    })
  })

  test('shows head and base as they are now, what checks said, and which head a review spoke about', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    w.store.checkItems = [
      { name: 'test', status: 'completed', conclusion: 'failure', summary: 's', url: null, log: 'l' },
    ]
    await w.forge.observe(w.repository, 1)
    const review = await w.forge.review(w.repository, 1, {
      author: 'ada',
      state: 'approved',
      body: 'good',
      comments: [],
    })
    expect(review).toMatchObject({ author: 'ada', state: 'approved', sha: pr.headSha })
    const head = await pushTo(w, 'optio/a', { b: '1\n' }, pr.headSha)
    const base = await pushTo(w, 'main', { c: '1\n' })
    const seen = await w.forge.observe(w.repository, 1)
    expect(seen).toMatchObject({
      number: 1,
      state: 'open',
      headSha: head,
      baseSha: base,
      mergeable: true,
      mergeBlocked: null,
      checks: { required: true, headSha: head, baseSha: base, items: [{ conclusion: 'failure', log: 'l' }] },
      reviews: [{ author: 'ada', headSha: pr.headSha }],
    })
    expect(
      await w.forge.review(w.repository, 1, { author: 'ada', state: 'commented', body: '', comments: [] }),
    ).toMatchObject({ sha: head })
    const late = { author: 'eve', state: 'approved', body: '', comments: [], headSha: pr.headSha } as const
    expect(await w.forge.review(w.repository, 1, late)).toMatchObject({ sha: pr.headSha })
    expect((await w.forge.observe(w.repository, 1)).reviews.at(-1)).toMatchObject({
      author: 'eve',
      headSha: pr.headSha,
    })
  })

  test('merged by a person, in whatever way, is merged, and by the commit that brought it', async () => {
    const ways: Record<string, (upstream: string) => string> = {
      'a merge commit': (upstream) => {
        plainGit(upstream, 'merge', '--quiet', '--no-ff', '-m', 'theirs', 'optio/a')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a fast-forward': (upstream) => {
        plainGit(upstream, 'merge', '--quiet', '--ff-only', 'optio/a')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a squash': (upstream) => {
        plainGit(upstream, 'merge', '--quiet', '--squash', 'optio/a')
        plainGit(upstream, 'commit', '--quiet', '-m', 'squashed')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a squash onto a base that had moved': (upstream) => {
        commit(upstream, 'before', 'x')
        plainGit(upstream, 'merge', '--quiet', '--squash', 'optio/a')
        plainGit(upstream, 'commit', '--quiet', '-m', 'squashed')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a merge, and the branch deleted': (upstream) => {
        plainGit(upstream, 'merge', '--quiet', '--no-ff', '-m', 'theirs', 'optio/a')
        plainGit(upstream, 'branch', '--quiet', '-D', 'optio/a')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a squash, and the branch deleted': (upstream) => {
        plainGit(upstream, 'merge', '--quiet', '--squash', 'optio/a')
        plainGit(upstream, 'commit', '--quiet', '-m', 'squashed')
        plainGit(upstream, 'branch', '--quiet', '-D', 'optio/a')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
      'a rebase and fast-forward': (upstream) => {
        commit(upstream, 'before', 'x')
        plainGit(upstream, 'rebase', '--quiet', 'main', 'optio/a')
        plainGit(upstream, 'checkout', '--quiet', 'main')
        plainGit(upstream, 'merge', '--quiet', '--ff-only', 'optio/a')
        return plainGit(upstream, 'rev-parse', 'HEAD')
      },
    }
    for (const [name, merge] of Object.entries(ways)) {
      for (const more of name === 'a fast-forward' ? [false, true] : [true]) {
        const w = await forgeWorld(root)
        const pr = await w.open('optio/a', { a: '1\n', b: '2\n' })
        await w.forge.observe(w.repository, 1)
        const mergedSha = merge(w.upstream)
        if (more) commit(w.upstream, 'later', 'x')
        const label = `${name}${more ? ', and work after it' : ''}`
        expect(await w.forge.observe(w.repository, 1), label).toMatchObject({ state: 'merged', mergedSha })
        expect(await w.forge.merge(w.repository, { ...pr, method: 'squash', actor: 'x' }), label).toEqual({
          outcome: 'merged',
          mergedSha,
        })
      }
    }
  })

  test('is not merged by what only looks like it', async () => {
    const w = await forgeWorld(root)
    const pr = await w.open('optio/a', { a: '1\n' })
    const base = commit(w.upstream, 'other', 'x')
    plainGit(w.upstream, 'branch', '--force', 'optio/a', 'main')
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({
      state: 'open',
      mergeBlocked: { code: 'no_commits' },
    })
    plainGit(w.upstream, 'branch', '--force', 'optio/a', pr.headSha)
    // Squashed and then reverted: the change is not there.
    plainGit(w.upstream, 'merge', '--quiet', '--squash', 'optio/a')
    plainGit(w.upstream, 'commit', '--quiet', '-m', 'squashed')
    plainGit(w.upstream, 'revert', '--no-edit', 'HEAD')
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({ state: 'open' })
    plainGit(w.upstream, 'reset', '--quiet', '--hard', base)
    const empty = await w.open('optio/empty', {})
    expect(await w.forge.observe(w.repository, empty.number)).toMatchObject({
      state: 'open',
      mergeBlocked: { code: 'no_commits' },
    })
  })

  test('whose branch a person deleted is closed; one that was closed cannot be reviewed', async () => {
    const w = await forgeWorld(root)
    await w.open('optio/a', { a: '1\n' })
    plainGit(w.upstream, 'branch', '-D', 'optio/a')
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({
      state: 'closed',
      mergedSha: null,
      mergeable: null,
    })
    const review = w.forge.review(w.repository, 1, { author: 'a', state: 'approved', body: '', comments: [] })
    await expect(review).rejects.toMatchObject({ code: 'PULL_REQUEST_NOT_OPEN', status: 409 })
  })

  test('is not closed because the repository cannot be read: that is no answer', async () => {
    const w = await forgeWorld(root)
    await w.open('optio/a', { a: '1\n' })
    renameSync(w.upstream, `${w.upstream}.away`)
    await expect(w.forge.observe(w.repository, 1)).rejects.toMatchObject({ status: 422 })
    mkdirSync(w.upstream)
    await expect(w.forge.observe(w.repository, 1)).rejects.toMatchObject({ status: 422 })
    plainGit(w.upstream, 'init', '--quiet')
    await expect(w.forge.observe(w.repository, 1)).rejects.toMatchObject({ code: 'REPO_EMPTY' })
    rmSync(w.upstream, { recursive: true })
    renameSync(`${w.upstream}.away`, w.upstream)
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({ state: 'open', mergeable: true })
  })

  test('without its base branch waits and says so', async () => {
    const w = await forgeWorld(root)
    await w.open('optio/a', { a: '1\n' })
    plainGit(w.upstream, 'checkout', '--quiet', '--detach')
    plainGit(w.upstream, 'branch', '-m', 'main', 'trunk')
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({
      state: 'open',
      mergeable: null,
      mergeBlocked: { code: 'base_missing' },
    })
  })

  test('survives the loss of the mirror and a force-pushed base', async () => {
    const w = await forgeWorld(root, { bare: true })
    await w.open('optio/a', { a: '1\n' })
    rmSync(w.repository.mirrorDir, { recursive: true })
    expect(await w.anotherForge().observe(w.repository, 1)).toMatchObject({ state: 'open', mergeable: true })
    const other = plainGit(w.repository.mirrorDir, 'commit-tree', 'main^{tree}', '-m', 'other root')
    plainGit(w.repository.mirrorDir, 'push', '--quiet', '--force', w.upstream, `${other}:refs/heads/main`)
    expect(await w.forge.observe(w.repository, 1)).toMatchObject({
      state: 'open',
      mergeable: false,
      baseSha: other,
    })
  })
})

describe('the cost of looking', () => {
  test('at 50 unchanged pull requests of one repository is a handful of git processes', async () => {
    const w = await forgeWorld(root)
    const head = await w.propose('x', { a: '1\n' })
    const numbers: number[] = []
    const lines: string[] = []
    for (let i = 0; i < 50; i++) lines.push(`create refs/heads/optio/b${i} ${head}\n`)
    plainGit(w.repository.mirrorDir, 'push', '--quiet', w.upstream, `${head}:refs/heads/x`)
    execFileSync('git', ['update-ref', '--stdin'], { cwd: w.upstream, input: lines.join('') })
    let clock = 0
    const forge = createLocalForge({ store: w.store, forbiddenDirs: [], freshMs: 1000, now: () => clock })
    for (let i = 0; i < 50; i++) {
      const headRef = `optio/b${i}`
      const request = {
        runId: randomUUID(),
        title: 't',
        body: '',
        headRef,
        headSha: head,
        baseRef: 'main',
        draft: false,
      }
      numbers.push((await forge.openPullRequest(w.repository, request)).number)
    }
    const observeAll = () => Promise.all(numbers.map((number) => forge.observe(w.repository, number)))
    await observeAll()

    // A git that counts itself.
    const bin = join(root, randomUUID())
    mkdirSync(bin)
    const count = join(bin, 'count')
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
    writeFileSync(join(bin, 'git'), `#!/bin/sh\necho x >>'${count}'\nexec ${real} "$@"\n`)
    chmodSync(join(bin, 'git'), 0o755)
    process.env.PATH = `${bin}:${pathBefore}`
    clock += 1001
    const seen = await observeAll()
    expect(seen.every(({ state, mergeable }) => state === 'open' && mergeable === true)).toBe(true)
    // The branches, the working trees, and the state of the one that has the base checked out.
    expect(readFileSync(count, 'utf8').length / 2).toBe(3)
    clock += 999
    await observeAll()
    expect(readFileSync(count, 'utf8').length / 2).toBe(3)
  })
})

describe('a merge candidate', () => {
  test('is the same commit at every call, holds both sides, and is let go of at the end', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { a: '1\n' })
    const base = await pushTo(w, 'main', { b: '1\n' })
    await w.forge.observe(w.repository, 1)
    const first = await mergeCandidate(w.repository, { headSha: pr.headSha, baseSha: base })
    const second = await mergeCandidate(w.repository, { headSha: pr.headSha, baseSha: base })
    expect(second).toEqual(first)
    if (first.outcome !== 'clean') throw new Error('it conflicts')
    const { mirrorDir } = w.repository
    expect(plainGit(mirrorDir, 'ls-tree', '--name-only', first.commit)).toBe('README\na\nb')
    expect(plainGit(mirrorDir, 'for-each-ref', '--format=%(objectname)', 'refs/optio/candidates')).toBe(
      first.commit,
    )
    const result = await w.forge.merge(w.repository, { ...pr, baseSha: base, method: 'squash', actor: 'x' })
    if (result.outcome !== 'merged') throw new Error(result.message)
    expect(plainGit(mirrorDir, 'rev-parse', `${result.mergedSha}^{tree}`)).toBe(
      plainGit(mirrorDir, 'rev-parse', `${first.commit}^{tree}`),
    )
    expect(plainGit(mirrorDir, 'for-each-ref', 'refs/optio/candidates')).toBe('')
  })

  test('of sides that conflict names the files', async () => {
    const w = await forgeWorld(root, { bare: true })
    const pr = await w.open('optio/a', { README: '1\n', 'new\nline': 'x\n' })
    const base = await pushTo(w, 'main', { README: '2\n', 'new\nline': 'y\n' })
    await w.forge.observe(w.repository, 1)
    expect(await mergeCandidate(w.repository, { headSha: pr.headSha, baseSha: base })).toEqual({
      outcome: 'conflict',
      files: ['README', 'new\nline'],
    })
  })
})
