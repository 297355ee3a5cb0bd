import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { detectSettings } from '../../src/features/repos/detect.ts'
import { failure } from './support/failure.ts'
import { startOptio, type TestOptio } from './support/optio.ts'

const detect = (files: Record<string, string>) =>
  detectSettings({ names: Object.keys(files), texts: new Map(Object.entries(files)) })

const manifest = (more: object = {}) => JSON.stringify({ scripts: { test: 'vitest run' }, ...more })

describe('what files suggest', () => {
  it.each([
    ['package-lock.json', 'npm ci', 'npm test'],
    ['npm-shrinkwrap.json', 'npm ci', 'npm test'],
    ['pnpm-lock.yaml', 'pnpm install --frozen-lockfile', 'pnpm test'],
    ['yarn.lock', 'yarn install --frozen-lockfile', 'yarn test'],
    ['bun.lock', 'bun install --frozen-lockfile', 'bun run test'],
  ])('with %s is what installs exactly what is locked', (lock, setupCommands, testCommand) => {
    const evidence = ['package.json with a test script', lock]
    expect(detect({ 'package.json': manifest(), [lock]: '' })).toEqual({
      setupCommands,
      testCommand,
      evidence,
    })
  })

  it('without a lock file installs what is named, and nothing where nothing is', () => {
    const named = detect({ 'package.json': manifest({ devDependencies: { vitest: '4' } }) })
    expect(named).toMatchObject({ setupCommands: 'npm install', testCommand: 'npm test' })
    const other = { packageManager: 'pnpm@9.1.0', dependencies: { x: '1' } }
    expect(detect({ 'package.json': manifest(other) }).setupCommands).toBe('pnpm install')
    expect(detect({ 'package.json': manifest() }).setupCommands).toBeNull()
  })

  it('knows the newer yarn by its settings file', () => {
    const files = { 'package.json': manifest(), 'yarn.lock': '', '.yarnrc.yml': '' }
    expect(detect(files).setupCommands).toBe('yarn install --immutable')
  })

  it('takes no test script for one that npm made up', () => {
    const test = 'echo "Error: no test specified" && exit 1'
    for (const scripts of [{ test }, { test: '' }, { test: 1 }, {}, null, 'x']) {
      expect(detect({ 'package.json': JSON.stringify({ scripts }) }).testCommand).toBeNull()
    }
  })

  it('survives files that are not what they are called', () => {
    for (const text of ['', '{', '[]', 'null', '"x"', '\0']) {
      expect(detect({ 'package.json': text })).toEqual({
        setupCommands: null,
        testCommand: null,
        evidence: ['package.json that is no JSON'],
      })
    }
    expect(detect({ 'package.json': '\uFEFF{"scripts":{"test":"x"}}' }).testCommand).toBe('npm test')
    expect(detect({ 'package.json': '{"scripts":{"test":"x"},"packageManager":7}' }).testCommand).toBe(
      'npm test',
    )
  })

  it('is pytest where something says so', () => {
    const venv = (wanted: string) => `python3 -m venv .venv && .venv/bin/pip install ${wanted}`
    expect(detect({ 'requirements.txt': 'flask\npytest==8\n' })).toEqual({
      setupCommands: venv('-r requirements.txt'),
      testCommand: '.venv/bin/python -m pytest',
      evidence: ['requirements.txt', 'pytest in requirements.txt'],
    })
    expect(detect({ 'pyproject.toml': '[project]\n[tool.pytest.ini_options]\n' })).toMatchObject({
      setupCommands: venv('-e .'),
      testCommand: '.venv/bin/python -m pytest',
    })
    const locked = { 'pyproject.toml': '[project]\ndev = ["pytest>=8"]\n' }
    expect(detect({ ...locked, 'uv.lock': '' })).toMatchObject({
      setupCommands: 'uv sync --locked',
      testCommand: 'uv run pytest',
    })
    expect(detect({ ...locked, 'poetry.lock': '' })).toMatchObject({ testCommand: 'poetry run pytest' })
    expect(detect({ 'conftest.py': '' })).toMatchObject({
      setupCommands: null,
      testCommand: 'python3 -m pytest',
    })
    expect(detect({ 'tox.ini': '[pytest]\n' })).toMatchObject({ testCommand: 'python3 -m pytest' })
    expect(detect({ 'setup.py': '' })).toMatchObject({ setupCommands: venv('-e .'), testCommand: null })
    expect(detect({ 'requirements.txt': 'pytester\n' }).testCommand).toBeNull()
  })

  it('is cargo and go', () => {
    expect(detect({ 'Cargo.toml': '', 'Cargo.lock': '' })).toEqual({
      setupCommands: 'cargo fetch --locked',
      testCommand: 'cargo test',
      evidence: ['Cargo.toml', 'Cargo.lock'],
    })
    expect(detect({ 'go.mod': '' })).toEqual({
      setupCommands: 'go mod download',
      testCommand: 'go test ./...',
      evidence: ['go.mod'],
    })
  })

  it('of several kinds sets up all, and takes the tests of the Makefile', () => {
    const several = { 'package.json': manifest(), 'package-lock.json': '', 'go.mod': '' }
    expect(detect(several)).toMatchObject({
      setupCommands: 'npm ci && go mod download',
      testCommand: 'npm test',
    })
    const withMake = detect({ ...several, Makefile: 'all:\n\ttrue\ntest: all\n\tgo test\n' })
    expect(withMake.testCommand).toBe('make test')
    expect(withMake.evidence).toContain('Makefile with a target “test”')
    expect(detect({ 'go.mod': '', Makefile: 'test:\n' }).testCommand).toBe('go test ./...')
    expect(detect({ Makefile: 'test:\n' }).testCommand).toBe('make test')
    for (const text of ['test := 1\n', 'testing:\n', '\ttest: x\n', '# test:\n']) {
      expect(detect({ Makefile: text }).testCommand).toBeNull()
    }
  })

  it('is nothing where nothing is recognised', () => {
    expect(detect({ 'README.md': 'x' })).toEqual({ setupCommands: null, testCommand: null, evidence: [] })
  })
})

describe('detection over HTTP', () => {
  let optio: TestOptio
  beforeAll(async () => {
    optio = await startOptio()
  })
  afterAll(() => optio.close())
  const ask = async (id: string) => (await optio.client.repos.detect({ params: { id } })).detected

  it('reads what the default branch has now, and neither changes nor runs anything', async () => {
    const { repo, repository } = await optio.connected()
    const mark = join(optio.directory, 'it-ran')
    expect(await ask(repo.id)).toEqual({ setupCommands: null, testCommand: null, evidence: [] })
    const scripts = { test: `touch ${mark}`, preinstall: `touch ${mark}` }
    await repository.commit('main', {
      'package.json': JSON.stringify({ scripts }),
      'package-lock.json': '{}',
      'sub/Cargo.toml': '',
    })
    await repository.commit('elsewhere', { 'go.mod': 'module x' })
    expect(await ask(repo.id)).toEqual({
      setupCommands: 'npm ci',
      testCommand: 'npm test',
      evidence: ['package.json with a test script', 'package-lock.json'],
    })
    expect(existsSync(mark)).toBe(false)
    const { repo: after } = await optio.client.repos.get({ params: { id: repo.id } })
    expect(after).toEqual(repo)
  })

  it('reads no link that leads out of the repository, and no huge file', async () => {
    const { repo, repository } = await optio.connected()
    const outside = join(optio.directory, 'outside.json')
    await writeFile(outside, manifest())
    await symlink(outside, join(repository.path, 'package.json'))
    await repository.commit('main', {})
    expect(await ask(repo.id)).toEqual({ setupCommands: null, testCommand: null, evidence: [] })
    await repository.git('reset', '-q', '--hard', 'HEAD~1')
    const text = JSON.stringify({ scripts: { test: 'x' }, pad: 'x'.repeat(300_000) })
    await repository.commit('main', { 'package.json': text, 'go.mod': 'module x' })
    expect(await ask(repo.id)).toMatchObject({ testCommand: 'go test ./...' })
  })

  it('is 404 for a repository that is none, and 422 when the branch is gone', async () => {
    const missing = await failure(optio.client.repos.detect({ params: { id: randomUUID() } }))
    expect(missing).toMatchObject({ status: 404, code: 'REPO_NOT_FOUND' })
    const malformed = await failure(optio.client.repos.detect({ params: { id: 'x' } }))
    expect(malformed).toMatchObject({ status: 400, code: 'VALIDATION' })
    const { repo, repository } = await optio.connected()
    await repository.git('branch', '-m', 'main', 'trunk')
    const gone = await failure(optio.client.repos.detect({ params: { id: repo.id } }))
    expect(gone).toMatchObject({ status: 422, code: 'BRANCH_NOT_FOUND' })
  })
})
