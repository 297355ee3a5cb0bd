import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OptioError } from '@optio/contract'
import { createLocalForge } from '@optio/forges'
import { bareClone, commit, makeRepository, plainGit } from '@optio/testkit/repositories'
import { afterEach, describe, expect, test } from 'vitest'
import { memoryStore } from './support/store.ts'
import { sandbox } from './support/world.ts'

const root = sandbox()
const own = join(root, 'own')
mkdirSync(own)
const forge = createLocalForge({ store: memoryStore(), forbiddenDirs: [own, join(root, 'not-made-yet')] })
const home = process.env.HOME
afterEach(() => {
  process.env.HOME = home
})

async function refusal(repoUrl: string): Promise<{ code: string; status: number; message: string }> {
  const error = await forge.connect(repoUrl).then(
    (facts) => facts,
    (caught: unknown) => caught,
  )
  if (!(error instanceof OptioError))
    throw new Error(`expected an OptioError, got ${JSON.stringify(error)} ${String(error)}`)
  return { code: error.code, status: error.status, message: error.message }
}

describe('connecting', () => {
  test('one repository is one however it is spelled', async () => {
    const path = makeRepository(join(root, 'spelled (ü)'))
    symlinkSync(path, join(root, 'link'))
    plainGit(path, 'worktree', 'add', '--quiet', join(root, 'linked-tree'), '-b', 'linked')
    const spellings = [
      path,
      `${path}/`,
      `${path}/.git`,
      join(root, 'link'),
      `${root}/own/../link/`,
      pathToFileURL(path).href,
      `${pathToFileURL(path).href}/`,
      `file://localhost${path.replaceAll(' ', '%20')}`,
      join(root, 'linked-tree'),
    ]
    for (const spelling of spellings) {
      expect(await forge.connect(spelling), spelling).toEqual({
        repoUrl: path,
        fullName: 'spelled (ü)',
        defaultBranch: 'main',
        isPrivate: true,
      })
    }
  })

  test('a bare repository is as good, also with a linked working tree', async () => {
    const bare = bareClone(makeRepository(join(root, 'bare')))
    plainGit(bare, 'worktree', 'add', '--quiet', join(root, 'bare-tree'), '-b', 'other')
    for (const spelling of [bare, join(root, 'bare-tree')]) {
      expect(await forge.connect(spelling)).toMatchObject({
        repoUrl: bare,
        fullName: 'bare',
        defaultBranch: 'main',
      })
    }
  })

  test('the default branch is HEAD’s, or else the likeliest there is', async () => {
    const path = makeRepository(join(root, 'branches'))
    plainGit(path, 'checkout', '--quiet', '-b', 'work/x')
    expect(await forge.connect(path)).toMatchObject({ defaultBranch: 'work/x' })
    plainGit(path, 'checkout', '--quiet', '--detach')
    expect(await forge.connect(path)).toMatchObject({ defaultBranch: 'main' })
    plainGit(path, 'checkout', '--quiet', '--orphan', 'unborn')
    expect(await forge.connect(path)).toMatchObject({ defaultBranch: 'main' })
    plainGit(path, 'branch', '-D', 'main')
    expect(await forge.connect(path)).toMatchObject({ defaultBranch: 'work/x' })
  })

  test('what cannot be used is a 422 that says why', async () => {
    const at = (name: string) => join(root, name)
    writeFileSync(at('file'), '')
    mkdirSync(at('plain'))
    mkdirSync(at('empty'))
    plainGit(at('empty'), 'init', '--quiet')
    mkdirSync(join(makeRepository(at('outer')), 'inner'))
    symlinkSync(at('circle'), at('circle'))
    makeRepository(join(own, 'mirror'))
    plainGit(root, 'clone', '--quiet', '--depth=1', pathToFileURL(at('outer')).href, at('shallow'))
    plainGit(makeRepository(at('partial')), 'config', 'remote.origin.promisor', 'true')
    mkdirSync(at('separate'))
    plainGit(at('separate'), 'init', '--quiet', `--separate-git-dir=${at('elsewhere')}`)
    commit(at('separate'), 'x', 'x')
    const expected: Record<string, [string, RegExp]> = {
      [at('nothing')]: ['REPO_NOT_FOUND_ON_DISK', /nothing at/],
      [at('circle')]: ['REPO_NOT_FOUND_ON_DISK', /circle/],
      'relative/path': ['REPO_NOT_FOUND_ON_DISK', /absolute/],
      '-x': ['REPO_NOT_FOUND_ON_DISK', /absolute/],
      '': ['REPO_NOT_FOUND_ON_DISK', /absolute/],
      'file://elsewhere/x': ['REPO_NOT_FOUND_ON_DISK', /file URL/],
      [at('file')]: ['REPO_NOT_GIT', /is a file/],
      [at('plain')]: ['REPO_NOT_GIT', /not a git repository/],
      [join(at('outer'), 'inner')]: ['REPO_NOT_GIT', /not a git repository/],
      [at('empty')]: ['REPO_EMPTY', /first commit/],
      [join(own, 'mirror')]: ['UNSUPPORTED', /for itself/],
      [at('shallow')]: ['UNSUPPORTED', /--unshallow/],
      [at('partial')]: ['UNSUPPORTED', /partial clone/],
      [at('separate')]: ['UNSUPPORTED', /lies elsewhere/],
      [`ext::sh -c touch% ${at('pwned')}`]: ['UNSUPPORTED', /absolute path/],
      'https://example.org/x.git': ['UNSUPPORTED', /absolute path/],
      'git@example.org:x/y.git': ['UNSUPPORTED', /absolute path/],
    }
    for (const [repoUrl, [code, message]] of Object.entries(expected)) {
      expect(await refusal(repoUrl), repoUrl).toEqual({
        code,
        status: 422,
        message: expect.stringMatching(message),
      })
    }
    expect(existsSync(at('pwned'))).toBe(false)
    expect(await refusal('/a\0b')).toMatchObject({ code: 'VALIDATION', status: 400 })
  })

  const damages: Record<string, (gitDir: string) => void> = {
    'HEAD is garbage': (gitDir) => writeFileSync(join(gitDir, 'HEAD'), 'garbage'),
    'HEAD is missing': (gitDir) => rmSync(join(gitDir, 'HEAD')),
    'the objects are missing': (gitDir) => rmSync(join(gitDir, 'objects'), { recursive: true }),
    'the objects are emptied': (gitDir) => {
      for (const part of readdirSync(join(gitDir, 'objects'))) {
        if (part.length === 2) rmSync(join(gitDir, 'objects', part), { recursive: true })
      }
    },
    'a file of the newest commit is missing': (gitDir) => {
      const blob = plainGit(gitDir, 'rev-parse', 'main:README')
      rmSync(join(gitDir, 'objects', blob.slice(0, 2), blob.slice(2)))
    },
    'the configuration is garbage': (gitDir) => writeFileSync(join(gitDir, 'config'), '[[['),
  }
  test.each(Object.entries(damages))('%s: a 422 that says it is corrupt', async (name, damage) => {
    const path = makeRepository(join(root, `damaged ${name}`))
    damage(join(path, '.git'))
    expect(await refusal(path)).toEqual({
      code: 'REPO_CORRUPT',
      status: 422,
      message: expect.stringContaining('git fsck'),
    })
  })

  test.runIf(process.getuid?.() === 0)(
    'another’s repository is refused with the commands that remedy it, and they do',
    async () => {
      const path = makeRepository(join(root, 'other’s "repo"'))
      execFileSync('chown', ['-R', '65534', path])
      const { code, status, message } = await refusal(path)
      expect({ code, status }).toEqual({ code: 'REPO_DUBIOUS_OWNERSHIP', status: 422 })
      const commands = message.slice(message.indexOf('git config --global'))
      process.env.HOME = join(root, 'home')
      mkdirSync(process.env.HOME)
      execFileSync('sh', ['-c', commands], { env: { PATH: process.env.PATH, HOME: process.env.HOME } })
      expect(await forge.connect(path)).toMatchObject({ repoUrl: path })
    },
  )

  test.runIf(process.getuid?.() !== 0)('a directory that cannot be entered is refused in words', async () => {
    const path = makeRepository(join(root, 'locked', 'repository'))
    chmodSync(join(root, 'locked'), 0o000)
    expect(await refusal(path)).toMatchObject({ code: 'REPO_NOT_ACCESSIBLE', status: 422 })
    chmodSync(join(root, 'locked'), 0o700)
  })

  test('nothing of the repository is executed', async () => {
    const path = makeRepository(join(root, 'hostile'))
    const mark = join(root, 'hostile.ran')
    const script = join(root, 'hostile.sh')
    writeFileSync(script, `#!/bin/sh\ntouch '${mark}'\n`)
    chmodSync(script, 0o755)
    for (const key of [
      'core.fsmonitor',
      'core.hooksPath',
      'core.sshCommand',
      'core.pager',
      'core.alternateRefsCommand',
      'uploadpack.packObjectsHook',
      'filter.evil.clean',
      'filter.evil.smudge',
      'diff.external',
      'alias.rev-parse',
      'alias.for-each-ref',
      'credential.helper',
    ]) {
      const value =
        key === 'core.hooksPath'
          ? join(path, '.git', 'hooks')
          : key.startsWith('alias')
            ? `!${script}`
            : script
      plainGit(path, 'config', key, value)
    }
    for (const hook of ['reference-transaction', 'post-checkout', 'post-index-change']) {
      mkdirSync(join(path, '.git', 'hooks'), { recursive: true })
      symlinkSync(script, join(path, '.git', 'hooks', hook))
    }
    await forge.connect(path)
    expect(existsSync(mark)).toBe(false)
  })
})
