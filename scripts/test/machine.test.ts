import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { gitVersionProblem } from '../setup/git-version.mjs'
import { nodeVersionProblem } from '../setup/node-version.mjs'
import { ROOT } from '../setup/paths.mjs'
import { judgePlatform } from '../setup/platform.mjs'

describe('Node', () => {
  it.each(['v14.21.3', 'v18.20.8', 'v20.18.3', 'v0.12.0', 'what'])(
    'refuses %s and says what to do',
    (version) => {
      const problem = nodeVersionProblem(version)
      expect(problem).toContain('needs Node 20.19 or newer')
      expect(problem).toContain(version)
      expect(problem).toContain('Install')
    },
  )

  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.21.0', 'v100.0.0'])('accepts %s', (version) => {
    expect(nodeVersionProblem(version)).toBeNull()
  })

  it('asks for the version that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))
    expect(engines.node).toBe('>=20.19.0')
  })

  it('reads nothing but the version check before it has checked the version', () => {
    const entry = readFileSync(path.join(ROOT, 'scripts/run.mjs'), 'utf8')
    expect([...entry.matchAll(/^import .*/gm)].map(([line]) => line)).toEqual([
      "import { nodeVersionProblem } from './setup/node-version.mjs'",
    ])
    expect(readFileSync(path.join(ROOT, 'scripts/setup/node-version.mjs'), 'utf8')).not.toMatch(/^import /m)
  })
})

describe('git', () => {
  it.each(['git version 2.38.0\n', 'git version 2.39.5 (Apple Git-154)', 'git version 3.0.0.rc1'])(
    'accepts %j',
    (answer) => expect(gitVersionProblem(answer)).toBeNull(),
  )

  it('refuses a git without merge-tree --write-tree', () => {
    expect(gitVersionProblem('git version 2.34.1')).toContain(
      'needs git 2.38 or newer; this is git version 2.34.1',
    )
    expect(gitVersionProblem('git version 1.99.0')).toContain('2.38')
  })

  it('says so when there is none, or its answer names no version', () => {
    expect(gitVersionProblem(null)).toContain('found none')
    expect(gitVersionProblem('git: broken')).toContain('names no version')
  })
})

describe('platform', () => {
  const linux = { platform: 'linux', arch: 'x64', musl: false, externalDatabase: false }

  it('accepts Linux with glibc on x64 and arm64 without a word', () => {
    expect(judgePlatform(linux)).toEqual({ refusal: null, note: null })
    expect(judgePlatform({ ...linux, arch: 'arm64' })).toEqual({ refusal: null, note: null })
  })

  it('sends Windows to WSL', () => {
    expect(judgePlatform({ ...linux, platform: 'win32' }).refusal).toContain('wsl --install')
  })

  it('accepts macOS as best effort, and says so', () => {
    expect(judgePlatform({ ...linux, platform: 'darwin', arch: 'arm64' })).toMatchObject({
      refusal: null,
      note: expect.stringContaining('best effort'),
    })
  })

  it('refuses musl and unknown processors unless the database is elsewhere', () => {
    expect(judgePlatform({ ...linux, musl: true }).refusal).toContain('DATABASE_URL')
    expect(judgePlatform({ ...linux, arch: 'riscv64' }).refusal).toContain('DATABASE_URL')
    expect(judgePlatform({ ...linux, musl: true, externalDatabase: true }).refusal).toBeNull()
    expect(judgePlatform({ ...linux, arch: 'riscv64', externalDatabase: true }).refusal).toBeNull()
  })

  it('refuses anything else by its name', () => {
    expect(judgePlatform({ ...linux, platform: 'sunos' }).refusal).toContain('sunos')
  })
})
