import { existsSync, readFileSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { npmEnvironment } from '../setup/install.mjs'
import { treeMatches } from '../setup/installed-tree.mjs'
import { type Checkout, makeCheckout, until } from './checkout.ts'

let checkout: Checkout

afterEach(() => checkout?.remove())

const WORKSPACE = { 'packages/one/package.json': JSON.stringify({ name: '@optio/one', version: '1.0.0' }) }
const LOCK = {
  name: 'sample',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'sample', workspaces: ['packages/*', 'apps/*'] },
    'node_modules/@optio/one': { resolved: 'packages/one', link: true },
    'packages/one': { name: '@optio/one', version: '1.0.0' },
  },
}
/** Stands in for npm where a test needs it slow: links and list as npm leaves them, after the time it was told to take. */
const SLOW_NPM = `
  const fs = require('node:fs')
  fs.appendFileSync('npm-runs', 'run ' + process.pid + '\\n')
  setTimeout(() => {
    fs.mkdirSync('node_modules/@optio', { recursive: true })
    fs.symlinkSync('../../packages/one', 'node_modules/@optio/one')
    const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'))
    const { '': root, ...others } = packages
    fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: others }))
    fs.appendFileSync('npm-runs', 'end ' + process.pid + '\\n')
  }, Number(process.env.SLOW_NPM_MS))
`

/** The set-up alone, which the real table of commands lacks. */
const SET_UP_ONLY = `
  import { ROOT } from '../setup/paths.mjs'
  import { setUp } from '../setup/setup.mjs'
  export const runCommand = () => setUp(ROOT, { compile: false })
`

/** A checkout in which nothing is installed. */
function fresh(): Checkout {
  const files = {
    ...WORKSPACE,
    'package-lock.json': JSON.stringify(LOCK),
    'fake/npm-cli.js': SLOW_NPM,
    'fake/package.json': '{}',
    'scripts/commands/index.mjs': SET_UP_ONLY,
  }
  return makeCheckout(files, { installed: false })
}

const install = (checkout: Checkout, env: NodeJS.ProcessEnv = {}) => checkout.start([], env)

function npmRuns(checkout: Checkout): string[] {
  const file = path.join(checkout.root, 'npm-runs')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

it('installs once, and again only when the lock file changed', async () => {
  checkout = fresh()
  const first = install(checkout)
  expect([await first.ended, first.stderr]).toEqual([
    0,
    expect.stringMatching(/installing dependencies …\ndependencies installed \(/),
  ])
  expect(existsSync(path.join(checkout.root, 'node_modules/@optio/one/package.json'))).toBe(true)

  const second = install(checkout)
  expect([await second.ended, second.stderr]).toEqual([0, ''])

  checkout.write({ 'package-lock.json': `${JSON.stringify(LOCK)}\n` })
  const touched = install(checkout)
  // The file changed but asks for the same packages, and npm's own list says they are there.
  expect([await touched.ended, touched.stderr]).toEqual([0, ''])

  const changed = structuredClone(LOCK)
  changed.packages['packages/one'].version = '1.0.1'
  checkout.write({
    'package-lock.json': JSON.stringify(changed),
    'packages/one/package.json': JSON.stringify({ name: '@optio/one', version: '1.0.1' }),
  })
  const third = install(checkout)
  expect([await third.ended, third.stderr]).toEqual([0, expect.stringContaining('dependencies installed')])
})

it('installs whatever NODE_ENV, CI or the user’s npm configuration say', async () => {
  checkout = fresh()
  checkout.write({ 'home/.npmrc': 'ignore-scripts=true\nomit[]=dev\nomit[]=optional\npackage-lock=false\n' })
  const running = install(checkout, {
    NODE_ENV: 'production',
    CI: 'true',
    HOME: path.join(checkout.root, 'home'),
    npm_config_cache: path.join(checkout.root, 'empty cache'),
    npm_config_workspace: 'packages/none',
    npm_config_dry_run: 'true',
  })
  expect([await running.ended, running.stderr]).toEqual([
    0,
    expect.stringContaining('dependencies installed'),
  ])
  expect(existsSync(path.join(checkout.root, 'node_modules/@optio/one'))).toBe(true)
})

it('accepts what a person installed with npm by hand, and notices when they changed it since', async () => {
  checkout = fresh()
  expect(await install(checkout).ended).toBe(0)
  const list = path.join(checkout.root, 'node_modules/.package-lock.json')
  const { atime, mtimeMs } = statSync(list)
  utimesSync(list, atime, new Date(mtimeMs + 5000))
  const same = install(checkout)
  expect([await same.ended, same.stderr]).toEqual([0, ''])
  checkout.write({ 'node_modules/.package-lock.json': JSON.stringify({ packages: {} }) })
  const pruned = install(checkout)
  expect([await pruned.ended, pruned.stderr]).toEqual([0, expect.stringContaining('dependencies installed')])
})

it('installs again after everything was killed in the middle', async () => {
  checkout = fresh()
  const npm = { npm_execpath: path.join(checkout.root, 'fake/npm-cli.js') }
  const first = install(checkout, { ...npm, SLOW_NPM_MS: '60000' })
  await until(
    () => npmRuns(checkout).length === 1,
    () => first.stderr,
  )
  first.child.kill('SIGKILL')
  await first.ended
  process.kill(Number(npmRuns(checkout)[0]?.split(' ')[1]), 'SIGKILL')
  const second = install(checkout, { ...npm, SLOW_NPM_MS: '0' })
  expect([await second.ended, second.stderr]).toEqual([0, expect.stringContaining('dependencies installed')])
})

it('waits for an npm that a killed run left behind instead of starting a second beside it', async () => {
  checkout = fresh()
  const npm = { npm_execpath: path.join(checkout.root, 'fake/npm-cli.js'), SLOW_NPM_MS: '1500' }
  const first = install(checkout, npm)
  await until(
    () => npmRuns(checkout).length === 1,
    () => first.stderr,
  )
  first.child.kill('SIGKILL')
  const second = install(checkout, npm)
  expect([await second.ended, second.stderr]).toEqual([
    0,
    expect.stringContaining('waiting for another set-up of this checkout (npm ci, process '),
  ])
  // It found what the left-over npm had installed.
  expect(npmRuns(checkout).map((line) => line.split(' ')[0])).toEqual(['run', 'end'])
})

it('is done once when several start at the same time', async () => {
  checkout = fresh()
  const npm = { npm_execpath: path.join(checkout.root, 'fake/npm-cli.js'), SLOW_NPM_MS: '300' }
  const all = Array.from({ length: 4 }, () => install(checkout, npm))
  expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0])
  expect(npmRuns(checkout)).toHaveLength(2)
})

it('ends npm when it is interrupted', async () => {
  checkout = fresh()
  const npm = { npm_execpath: path.join(checkout.root, 'fake/npm-cli.js'), SLOW_NPM_MS: '60000' }
  const running = install(checkout, npm)
  await until(
    () => npmRuns(checkout).length === 1,
    () => running.stderr,
  )
  running.child.kill('SIGINT')
  expect([await running.ended, running.stderr]).toEqual([130, expect.stringContaining('Interrupted.')])
  const pid = Number(npmRuns(checkout)[0]?.split(' ')[1])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

it('shows the end of npm’s log and what to do when npm fails', async () => {
  checkout = fresh()
  checkout.write({
    'package.json': JSON.stringify({ name: 'sample', dependencies: { '@optio/not-in-the-lock': '1.0.0' } }),
  })
  const running = install(checkout, {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
  })
  expect(await running.ended).toBe(1)
  expect(running.stderr).toContain('npm-ci.log')
  expect(running.stderr).toContain('npm error code ')
  expect(running.stderr).not.toContain('    at ')
})

it('takes a tree for complete only with the packages made for this platform', () => {
  const here = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] }
  const elsewhere = { version: '1.0.0', optional: true, os: ['aix'], cpu: ['ppc64'] }
  const plain = { version: '2.0.0', integrity: 'sha512-a' }
  const wanted = {
    '': {},
    'node_modules/here': here,
    'node_modules/elsewhere': elsewhere,
    'node_modules/plain': plain,
  }
  expect(treeMatches(wanted, { 'node_modules/here': here, 'node_modules/plain': plain })).toBe(true)
  expect(treeMatches(wanted, { 'node_modules/plain': plain })).toBe(false)
  expect(treeMatches(wanted, { 'node_modules/here': here })).toBe(false)
  expect(
    treeMatches(wanted, {
      'node_modules/here': here,
      'node_modules/plain': { ...plain, integrity: 'sha512-b' },
    }),
  ).toBe(false)
  expect(
    treeMatches(wanted, {
      'node_modules/here': here,
      'node_modules/plain': plain,
      'node_modules/more': plain,
    }),
  ).toBe(false)
})

it('does not hand the outer npm’s choice of directory or parts down to the inner one', () => {
  const env = {
    PATH: '/bin',
    npm_config_prefix: '/x',
    npm_config_workspace: 'a',
    npm_config_omit: 'dev',
    npm_config_registry: 'r',
  }
  expect(npmEnvironment(env)).toEqual({ PATH: '/bin', npm_config_registry: 'r' })
})
