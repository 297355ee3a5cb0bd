import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createLocalWorkspaces } from '@optio/runtimes'
import { commit, makeRepository, plainGit } from '@optio/testkit/repositories'
import { describe, expect, test } from 'vitest'
import { sandbox, world } from './workspace-support/repositories.ts'

const root = sandbox()
const refs = (directory: string) => plainGit(directory, 'for-each-ref', '--format=%(refname) %(objectname)')

describe('the mirror', () => {
  test('follows a force-push and a deletion of the upstream and keeps what only Optio knows', async () => {
    const w = await world(root)
    const run = await w.run()
    const work = commit(run.clone, 'work', 'work\n')
    await run.collect()
    plainGit(w.upstream, 'branch', 'gone')
    await w.refresh()
    plainGit(w.upstream, 'branch', '-D', 'gone')
    plainGit(w.upstream, 'branch', 'gone/below')
    plainGit(w.upstream, 'commit', '--quiet', '--amend', '-m', 'other history')
    plainGit(w.upstream, 'tag', 'v1')
    await w.refresh()
    expect(plainGit(w.mirror, 'rev-parse', 'main')).toBe(plainGit(w.upstream, 'rev-parse', 'main'))
    expect(refs(w.mirror)).toContain('refs/heads/gone/below')
    expect(refs(w.mirror)).toContain('refs/tags/v1')
    expect(refs(w.mirror)).toContain(`refs/optio/runs/${run.runId}/${run.branch} ${work}`)
    expect(plainGit(w.mirror, 'fsck', '--connectivity-only')).not.toContain('missing')
  })

  test('is made once however many make it at the same moment, in one process or several', async () => {
    const upstream = makeRepository(join(root, 'concurrent'))
    const repository = { id: randomUUID(), repoUrl: upstream }
    const dataDir = join(root, 'concurrent-data')
    const several = Array.from({ length: 4 }, () => createLocalWorkspaces({ dataDir }))
    for (let round = 0; round < 3; round++) {
      const head = commit(upstream, 'file', `${round}\n`)
      await Promise.all(
        several.flatMap((each) => [each.refreshMirror(repository), each.refreshMirror(repository)]),
      )
      expect(plainGit(join(dataDir, 'mirrors', `${repository.id}.git`), 'rev-parse', 'main')).toBe(head)
    }
    expect(readdirSync(join(dataDir, 'mirrors'))).toEqual([`${repository.id}.git`])
  })

  test('that was torn while it was made is made again', async () => {
    const upstream = makeRepository(join(root, 'torn'))
    const repository = { id: randomUUID(), repoUrl: upstream }
    const dataDir = join(root, 'torn-data')
    const torn = join(dataDir, 'mirrors', `.new-${repository.id}.git-999999999-ff`)
    mkdirSync(join(torn, 'objects'), { recursive: true })
    await createLocalWorkspaces({ dataDir }).refreshMirror(repository)
    expect(readdirSync(join(dataDir, 'mirrors'))).toEqual([`${repository.id}.git`])
  })

  test('gets over lock files that a killed git left', async () => {
    const w = await world(root)
    const old = new Date(Date.now() - 3_600_000)
    for (const lock of ['packed-refs.lock', 'refs/heads/main.lock']) {
      writeFileSync(join(w.mirror, lock), '')
      utimesSync(join(w.mirror, lock), old, old)
    }
    const head = commit(w.upstream, 'file', 'two\n')
    plainGit(w.upstream, 'branch', 'other')
    await w.refresh()
    expect(plainGit(w.mirror, 'rev-parse', 'main', 'other').split('\n')).toEqual([head, head])
  })

  test('works for an upstream with a hostile path, a linked working tree, and an object format of its own', async () => {
    const w = await world(root, `it's "odd" $(touch pwned)\n-x; y`)
    plainGit(w.upstream, 'worktree', 'add', '--quiet', join(w.upstream, '..', 'linked'), '-b', 'linked')
    commit(join(w.upstream, '..', 'linked'), 'file', 'x\n')
    await w.refresh()
    expect(plainGit(w.mirror, 'rev-parse', 'linked')).toBe(plainGit(w.upstream, 'rev-parse', 'linked'))
    const run = await w.run()
    commit(run.clone, 'work', 'work\n')
    expect(await run.collect()).toMatchObject({ commitsAhead: 1 })

    const sha256 = join(root, 'sha256')
    mkdirSync(sha256)
    plainGit(sha256, 'init', '--quiet', '--object-format=sha256', '--initial-branch=main')
    const head = commit(sha256, 'file', 'x\n')
    const repository = { id: randomUUID(), repoUrl: sha256 }
    await w.workspaces.refreshMirror(repository)
    const request = { runId: randomUUID(), repositoryId: repository.id, branch: 'optio/x-1', baseRef: 'main' }
    await w.workspaces.prepareClone(request)
    const work = commit(w.workspaces.paths(request.runId).clone, 'work', 'work\n')
    expect(await w.workspaces.collectProposal(request)).toMatchObject({
      headSha: work,
      baseSha: head,
      commitsAhead: 1,
      unreadable: null,
    })
  })

  test('takes no push from a clone, by its remote or by its path, and says why', async () => {
    const w = await world(root)
    const run = await w.run()
    commit(run.clone, 'work', 'work\n')
    const before = refs(w.mirror)
    expect(() => plainGit(run.clone, 'push', 'origin', 'HEAD')).toThrow(/Optio-publishes-your-commits/)
    expect(() => plainGit(run.clone, 'push', w.mirror, 'HEAD:refs/heads/mine')).toThrow(
      /Optio publishes your commits/,
    )
    expect(() => plainGit(run.clone, 'push', w.mirror, 'HEAD:refs/optio/mine')).toThrow(/hidden ref/)
    expect(refs(w.mirror)).toBe(before)
  })
})

describe('a clone', () => {
  test('is on its branch, tracks the base, shares nothing, and does not know where the upstream is', async () => {
    const w = await world(root)
    const run = await w.run()
    expect(plainGit(run.clone, 'symbolic-ref', 'HEAD')).toBe(`refs/heads/${run.branch}`)
    expect(plainGit(run.clone, 'rev-parse', '@{upstream}')).toBe(plainGit(w.upstream, 'rev-parse', 'main'))
    expect(plainGit(run.clone, 'config', 'user.name')).toBe('Optio Agent')
    expect(plainGit(run.clone, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      `refs/heads/${run.branch}`,
    )
    expect(existsSync(join(run.clone, '.git', 'objects', 'info', 'alternates'))).toBe(false)
    for (const file of readdirSync(join(run.clone, '.git', 'objects'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (file.isFile()) expect(statSync(join(file.parentPath, file.name)).nlink).toBe(1)
    }
    expect(() => execFileSync('grep', ['-rF', w.upstream, run.clone, w.mirror])).toThrow()
    expect(readdirSync(join(run.clone, '.git', 'hooks'))).toEqual([])
  })

  test('is made once, and one that is there is left as it is', async () => {
    const w = await world(root)
    const run = await w.run()
    writeFileSync(join(run.clone, 'untracked'), 'x')
    expect(await run.prepare()).toEqual({ created: false })
    expect(existsSync(join(run.clone, 'untracked'))).toBe(true)
    const request = {
      runId: randomUUID(),
      repositoryId: w.repositoryId,
      branch: 'optio/b-1',
      baseRef: 'main',
    }
    mkdirSync(join(w.workspaces.paths(request.runId).root, '.new-clone-999999999-ff'), { recursive: true })
    const made = await Promise.all([1, 2, 3].map(() => w.workspaces.prepareClone(request)))
    expect(made.filter(({ created }) => created)).toHaveLength(1)
    expect(readdirSync(w.workspaces.paths(request.runId).root).sort()).toEqual(['clone', 'home', 'tmp'])
  })

  test('made again after its environment was lost starts at the last proposal, else at what was published', async () => {
    const w = await world(root)
    const run = await w.run()
    const first = commit(run.clone, 'one', '1\n')
    await run.collect()
    plainGit(w.mirror, 'push', '--quiet', w.upstream, `${first}:refs/heads/${run.branch}`)
    const second = commit(run.clone, 'two', '2\n')
    await run.collect()
    await w.workspaces.remove(run.runId)
    expect(await run.prepare()).toEqual({ created: true })
    expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(second)

    // A person adds to the published branch what the proposal has, and more.
    plainGit(w.upstream, 'fetch', '--quiet', w.mirror, second)
    plainGit(w.mirror, 'push', '--quiet', w.upstream, `${second}:refs/heads/${run.branch}`)
    plainGit(w.upstream, 'checkout', '--quiet', run.branch)
    const theirs = commit(w.upstream, 'three', '3\n')
    await w.refresh()
    await w.workspaces.remove(run.runId)
    await run.prepare()
    expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(theirs)
  })

  test('can be freshened so that its origin is the upstream’s, even when the agent pointed origin elsewhere', async () => {
    const w = await world(root)
    const run = await w.run()
    plainGit(run.clone, 'config', 'remote.origin.url', '/nowhere')
    plainGit(run.clone, 'update-ref', 'refs/remotes/origin/deleted', 'HEAD')
    const head = commit(w.upstream, 'new', 'new\n')
    await w.refresh()
    const [program = '', ...args] = w.workspaces.refreshCloneCommand(run.runId)
    execFileSync(program, args)
    expect(plainGit(run.clone, 'rev-parse', 'origin/main')).toBe(head)
    expect(refs(run.clone)).not.toContain('origin/deleted')
  })

  test('of a base that is not there is refused in words', async () => {
    const w = await world(root)
    const request = {
      runId: randomUUID(),
      repositoryId: w.repositoryId,
      branch: 'optio/b-1',
      baseRef: 'nope',
    }
    await expect(w.workspaces.prepareClone(request)).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
      status: 422,
    })
    for (const baseRef of ['-x', 'a..b', 'HEAD', 'x^{tree}', 'a\nb']) {
      await expect(w.workspaces.prepareClone({ ...request, baseRef })).rejects.toMatchObject({
        code: 'VALIDATION',
      })
    }
  })

  test('shows its uncommitted files, whatever they are called', async () => {
    const w = await world(root)
    const run = await w.run()
    for (const name of ['a\nb', ' lead', '-x', 'é', '"q"']) writeFileSync(join(run.clone, name), '')
    writeFileSync(join(run.clone, 'README'), 'changed')
    renameSync(join(run.clone, '-x'), join(run.clone, 'R  y'))
    const [program = '', ...args] = w.workspaces.statusCommand()
    const output = execFileSync(program, args, { cwd: run.clone })
    const all = w.workspaces.parseStatus(new Uint8Array(output), 100)
    expect(all.dirtyFiles.sort()).toEqual([' lead', '"q"', 'R  y', 'README', 'a\nb', 'é'])
    expect(w.workspaces.parseStatus(new Uint8Array(output), 2)).toMatchObject({
      total: 6,
      dirtyFiles: { length: 2 },
    })
    expect(w.workspaces.parseStatus(new TextEncoder().encode('garbage\0 M x\0 M cut'), 9)).toEqual({
      dirtyFiles: ['x'],
      total: 1,
    })
  })
})

describe('a proposal', () => {
  test('is never somebody else’s branch that the agent happened to leave checked out', async () => {
    const w = await world(root)
    plainGit(w.upstream, 'checkout', '--quiet', '-b', 'theirs')
    for (const file of ['x', 'y', 'z']) commit(w.upstream, file, 'theirs\n')
    plainGit(w.upstream, 'checkout', '--quiet', 'main')
    await w.refresh()
    const run = await w.run()
    const work = commit(run.clone, 'work', 'work\n')
    plainGit(run.clone, 'checkout', '--quiet', '--detach', 'origin/theirs')
    expect(await run.collect()).toMatchObject({ headSha: work, commitsAhead: 1 })
    const onTop = [commit(run.clone, 'one', '1\n'), commit(run.clone, 'two', '2\n')].at(-1)
    expect(await run.collect()).toMatchObject({ headSha: onTop, commitsAhead: 5 })
  })
})

describe('an id', () => {
  test('becomes a path only when it is a UUID', async () => {
    const w = await world(root)
    for (const bad of ['..', '../x', 'a/b', '', '.kept', `${randomUUID()}/..`]) {
      expect(() => w.workspaces.paths(bad)).toThrow(/is not an id/)
      expect(() => w.workspaces.mirrorDir(bad)).toThrow(/is not an id/)
      await expect(w.workspaces.remove(bad)).rejects.toThrow(/is not an id/)
      await expect(w.workspaces.removeCheckout(bad)).rejects.toThrow(/is not an id/)
    }
    expect(() => w.workspaces.paths(randomUUID()).stepDir(1, '../x')).toThrow(/step/)
  })
})

describe('a checkout for a check', () => {
  test('is clean, detached at the commit, has its history, and one in use is left as it is', async () => {
    const w = await world(root)
    const head = commit(w.upstream, '.gitattributes', '* filter=evil\n')
    plainGit(w.upstream, 'tag', 'v1')
    await w.refresh()
    const request = { checkoutId: randomUUID(), repositoryId: w.repositoryId, commit: head }
    const { dir } = await w.workspaces.prepareCheckout(request)
    expect(plainGit(dir, 'rev-parse', 'HEAD')).toBe(head)
    expect(plainGit(dir, 'status', '--porcelain')).toBe('')
    expect(plainGit(dir, 'describe', '--tags')).toBe('v1')
    writeFileSync(join(dir, 'result'), 'x')
    await w.workspaces.prepareCheckout(request)
    expect(existsSync(join(dir, 'result'))).toBe(true)
    await w.workspaces.removeCheckout(request.checkoutId)
    await w.workspaces.removeCheckout(request.checkoutId)
    expect(existsSync(dir)).toBe(false)
    await expect(w.workspaces.prepareCheckout({ ...request, commit: 'main' })).rejects.toMatchObject({
      code: 'VALIDATION',
    })
  })
})

describe('work that exists only in an environment', () => {
  test('is noticed: commits, stashes, changed and new files, anything unreadable; and nothing else is', async () => {
    const w = await world(root)
    const run = await w.run()
    const unsaved = () => w.workspaces.holdsUnsavedWork(run.runId)
    expect(await w.workspaces.holdsUnsavedWork(randomUUID())).toBe(false)
    expect(await unsaved()).toBe(false)
    writeFileSync(join(run.clone, '.git', 'info', 'exclude'), '*\n')
    writeFileSync(join(run.clone, 'new'), 'x')
    expect(await unsaved()).toBe(true)
    rmSync(join(run.clone, 'new'))
    writeFileSync(join(run.clone, 'README'), 'hellO\n')
    plainGit(run.clone, 'update-index', '--assume-unchanged', 'README')
    expect(await unsaved()).toBe(true)
    plainGit(run.clone, 'update-index', '--no-assume-unchanged', 'README')
    plainGit(run.clone, 'stash')
    expect(await unsaved()).toBe(true)
    plainGit(run.clone, 'stash', 'drop')
    expect(await unsaved()).toBe(false)
    writeFileSync(join(run.clone, 'work'), 'x')
    plainGit(run.clone, 'add', '--force', 'work')
    plainGit(run.clone, 'commit', '--quiet', '-m', 'work')
    expect(await unsaved()).toBe(true)
    await run.collect()
    expect(await unsaved()).toBe(false)
    plainGit(run.clone, 'branch', 'side')
    plainGit(run.clone, 'commit', '--quiet', '--allow-empty', '-m', 'more')
    plainGit(run.clone, 'branch', '-m', 'elsewhere')
    expect(await unsaved()).toBe(true)
    plainGit(run.clone, 'reset', '--hard', '--quiet', 'side')
    plainGit(run.clone, 'pack-refs', '--all')
    expect(await unsaved()).toBe(false)
    writeFileSync(join(run.clone, '.git', 'HEAD'), 'nonsense')
    expect(await unsaved()).toBe(true)
  })

  test('is kept when an environment is set aside, as files and as refs, and the next clone is a new one', async () => {
    const w = await world(root)
    const run = await w.run()
    await run.collect()
    const work = commit(run.clone, 'work', 'work\n')
    writeFileSync(join(run.clone, 'dirty'), 'x')
    await w.workspaces.setAside(run.runId)
    await w.workspaces.setAside(run.runId)
    expect(existsSync(run.clone)).toBe(false)
    const kept = join(w.dataDir, 'environments', '.kept')
    expect(readdirSync(kept)).toEqual([`${run.runId}-1`])
    expect(readFileSync(join(kept, `${run.runId}-1`, 'clone', 'dirty'), 'utf8')).toBe('x')
    expect(refs(w.mirror)).toContain(`refs/optio/kept/${run.runId}/1-0 ${work}`)
    const redo = {
      runId: run.runId,
      repositoryId: w.repositoryId,
      branch: `${run.branch}-2`,
      baseRef: 'main',
    }
    expect(await w.workspaces.prepareClone(redo)).toEqual({ created: true })
    expect(plainGit(run.clone, 'rev-parse', 'HEAD')).toBe(plainGit(w.upstream, 'rev-parse', 'main'))
    await w.workspaces.setAside(run.runId)
    expect(readdirSync(kept).sort()).toEqual([`${run.runId}-1`, `${run.runId}-2`])
  })

  test('an environment is removed whole, also when the agent made parts of it unwritable or leads out of it', async () => {
    const w = await world(root)
    const run = await w.run()
    const outside = join(root, randomUUID())
    mkdirSync(outside)
    writeFileSync(join(outside, 'precious'), 'x')
    symlinkSync(outside, join(run.clone, 'link'))
    mkdirSync(join(run.clone, 'locked', 'inner'), { recursive: true })
    chmodSync(join(run.clone, 'locked'), 0o500)
    await w.workspaces.remove(run.runId)
    await w.workspaces.remove(run.runId)
    expect(existsSync(w.workspaces.paths(run.runId).root)).toBe(false)
    expect(readdirSync(join(w.dataDir, 'scratch'))).toEqual([])
    expect(existsSync(join(outside, 'precious'))).toBe(true)
  })
})
