import { existsSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { chmod, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  GitError,
  git,
  gitText,
  gitVersion,
  isAtLeast,
  makeDirectoryOnce,
  retryLocked,
  updateRefs,
} from '@optio/git'
import { plainGit } from '@optio/testkit/repositories'
import { afterEach, describe, expect, test } from 'vitest'
import { sandbox } from './support/sandbox.ts'

const directory = sandbox('run')
const untouched = { ...process.env }
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in untouched)) delete process.env[name]
  Object.assign(process.env, untouched)
})

function repository(name: string): string {
  const path = join(directory, name)
  mkdirSync(path, { recursive: true })
  plainGit(path, 'init', '--quiet', '--initial-branch=main')
  writeFileSync(join(path, 'file'), 'one\n')
  plainGit(path, 'add', '.')
  plainGit(path, 'commit', '--quiet', '-m', 'one')
  return path
}

/** A program that leaves a file when somebody runs it. */
async function canary(name: string): Promise<{ script: string; wasRun: () => boolean }> {
  const script = join(directory, `${name}.sh`)
  const mark = join(directory, `${name}.ran`)
  writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\nexit 0\n`)
  await chmod(script, 0o755)
  return { script, wasRun: () => existsSync(mark) }
}

async function failure(promise: Promise<unknown>): Promise<GitError> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (!(error instanceof GitError)) throw new Error(`expected a GitError, got ${String(error)}`)
  return error
}

describe('running git', () => {
  test('passes arguments as they are: nothing is expanded, split or executed', async () => {
    const path = repository('argv')
    const message = '$(touch pwned) `touch pwned`; touch pwned\n"quoted" \'too\''
    await git(['commit-tree', 'HEAD^{tree}', '-m', message], {
      cwd: path,
      env: { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a' },
    }).then(async ({ stdout }) => {
      const sha = stdout.toString().trim()
      expect(await gitText(['log', '-1', '--format=%B', sha], { cwd: path })).toContain(message)
    })
    expect(existsSync(join(path, 'pwned'))).toBe(false)
  })

  test('nothing of the surrounding environment reaches it but an allow-list', async () => {
    const path = repository('env')
    const spy = await canary('env-spy')
    Object.assign(process.env, {
      GIT_DIR: '/nowhere',
      GIT_WORK_TREE: '/nowhere',
      GIT_INDEX_FILE: '/nowhere/index',
      GIT_EXTERNAL_DIFF: spy.script,
      GIT_SSH_COMMAND: spy.script,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: spy.script,
      npm_config_secret: 'secret',
    })
    writeFileSync(join(path, 'file'), 'two\n')
    expect(await gitText(['status', '--porcelain'], { cwd: path })).toBe(' M file')
    await git(['diff'], { cwd: path })
    expect(spy.wasRun()).toBe(false)
  })

  test('neither hooks nor a file monitor of the repository run, in either profile', async () => {
    const path = repository('hooks')
    const spy = await canary('hook-spy')
    for (const [key, value] of [
      ['core.hooksPath', directory],
      ['core.fsmonitor', spy.script],
    ] as const) {
      plainGit(path, 'config', key, value)
    }
    symlinkSync(spy.script, join(directory, 'post-checkout'))
    writeFileSync(join(path, 'file'), 'two\n')
    for (const profile of ['own', 'upstream'] as const) {
      await git(['status', '--porcelain'], { cwd: path, profile })
      await git(['checkout', '--quiet', '-B', `b-${profile}`], { cwd: path, profile })
    }
    expect(spy.wasRun()).toBe(false)
    // The trap works: git without the neutral settings does run it.
    plainGit(path, 'status')
    expect(spy.wasRun()).toBe(true)
  })

  test('a transport that runs a command is refused', async () => {
    const path = repository('ext')
    const spy = await canary('ext-spy')
    for (const profile of ['own', 'upstream'] as const) {
      const error = await failure(git(['ls-remote', `ext::${spy.script}`], { cwd: path, profile }))
      expect(error.stderr).toContain('not allowed')
    }
    expect(spy.wasRun()).toBe(false)
  })

  test('the person’s global configuration counts for their repository and never for ours', async () => {
    const path = repository('profiles')
    const home = join(directory, 'home')
    mkdirSync(home)
    writeFileSync(join(home, '.gitconfig'), '[optio]\n  probe = yes\n')
    process.env.HOME = home
    delete process.env.XDG_CONFIG_HOME
    const probe = (profile: 'own' | 'upstream') =>
      git(['config', 'optio.probe'], { cwd: path, profile, okCodes: [0, 1] })
    expect((await probe('upstream')).stdout.toString()).toBe('yes\n')
    expect((await probe('own')).code).toBe(1)
  })

  test('a repository above the directory it runs in is not found', async () => {
    const path = repository('outer')
    mkdirSync(join(path, 'inner'))
    expect((await failure(git(['status'], { cwd: join(path, 'inner') }))).kind).toBe('not_git')
  })

  test('a time limit ends git and what it started, and says so', async () => {
    const path = repository('slow')
    const mark = join(directory, 'slow.ran')
    const started = performance.now()
    const error = await failure(
      git(['-c', `alias.slow=!sleep 30; touch '${mark}'`, 'slow'], { cwd: path, timeoutMs: 200 }),
    )
    expect(error.kind).toBe('timeout')
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(existsSync(mark)).toBe(false)
  })

  test('output beyond the limit fails, or is cut where that is asked for', async () => {
    const path = repository('long')
    const args = ['cat-file', '-p', 'HEAD']
    expect((await failure(git(args, { cwd: path, maxOutputBytes: 10 }))).kind).toBe('output_limit')
    const cut = await git(args, { cwd: path, maxOutputBytes: 10, onOutputLimit: 'cut' })
    expect(cut).toMatchObject({ truncated: true })
    expect(cut.stdout.length).toBe(10)
  })

  test('a signal that is aborted ends it', async () => {
    const path = repository('abort')
    const controller = new AbortController()
    const running = failure(
      git(['-c', 'alias.slow=!sleep 5', 'slow'], { cwd: path, signal: controller.signal }),
    )
    controller.abort()
    expect((await running).kind).toBe('aborted')
  })

  test('failures are told apart', async () => {
    const path = repository('failures')
    mkdirSync(join(directory, 'plain'))
    const kinds = {
      missing: () => git(['status'], { cwd: join(directory, 'nothing') }),
      not_git: () => git(['status'], { cwd: join(directory, 'plain') }),
      failed: () => git(['rev-parse', '--verify', 'no-such-branch'], { cwd: path }),
    }
    for (const [kind, run] of Object.entries(kinds)) expect((await failure(run())).kind).toBe(kind)
    writeFileSync(join(path, '.git', 'config'), '[[[')
    expect((await failure(git(['status'], { cwd: path }))).kind).toBe('corrupt')
    process.env.PATH = directory
    expect((await failure(git(['status'], { cwd: directory }))).kind).toBe('no_git')
  })

  test('a name with a NUL is refused instead of being cut', async () => {
    expect((await failure(git(['status', 'a\0b'], { cwd: directory }))).kind).toBe('failed')
  })
})

describe('a lock', () => {
  test('that is held is waited for', async () => {
    const path = repository('held')
    const gitDir = join(path, '.git')
    const lock = join(gitDir, 'refs', 'heads', 'x.lock')
    writeFileSync(lock, '')
    const sha = await gitText(['rev-parse', 'HEAD'], { cwd: path })
    let tries = 0
    await retryLocked(gitDir, async () => {
      tries++
      if (tries === 3) rmSync(lock)
      await git(['update-ref', 'refs/heads/x', sha], { cwd: gitDir, gitDir })
    })
    expect(tries).toBe(3)
  })

  test('that a killed git left behind is removed once it is old, never while it is young', async () => {
    const path = repository('stale')
    const gitDir = join(path, '.git')
    const lock = join(gitDir, 'refs', 'heads', 'x.lock')
    const sha = await gitText(['rev-parse', 'HEAD'], { cwd: path })
    writeFileSync(lock, '')
    const attempt = () => git(['update-ref', 'refs/heads/x', sha], { cwd: gitDir, gitDir })
    expect((await failure(retryLocked(gitDir, attempt, 100))).kind).toBe('locked')
    expect(existsSync(lock)).toBe(true)
    const old = new Date(Date.now() - 10 * 60_000)
    utimesSync(lock, old, old)
    await updateRefs(gitDir, { 'refs/heads/x': sha })
    expect(existsSync(lock)).toBe(false)
  })
})

describe('a directory made at once', () => {
  test('is whole or not there, and what a dead process left is cleared away', async () => {
    const target = join(directory, 'made', 'thing')
    mkdirSync(join(directory, 'made', '.new-thing-999999999-dead'), { recursive: true })
    await expect(
      makeDirectoryOnce(target, async (temporary) => {
        writeFileSync(join(temporary, 'half'), '')
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await readdir(join(directory, 'made'))).toEqual([])
    const made = await Promise.all(
      [1, 2, 3].map((n) =>
        makeDirectoryOnce(target, async (temporary) => writeFileSync(join(temporary, 'by'), String(n))),
      ),
    )
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await readdir(join(directory, 'made'))).toEqual(['thing'])
  })
})

describe('the version of git', () => {
  test('is compared by its numbers', async () => {
    expect(isAtLeast('2.39.5 (Apple Git-154)', '2.38')).toBe(true)
    expect(isAtLeast('2.9.1', '2.38')).toBe(false)
    expect(isAtLeast('3.0', '2.38.1')).toBe(true)
    expect(await gitVersion()).toMatch(/^\d+\.\d+/)
  })
})
