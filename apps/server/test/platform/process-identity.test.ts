import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import {
  identifyProcess,
  isRunning,
  livenessOf,
  ownIdentity,
  parseProcStat,
} from '../../src/platform/process-identity.ts'
import { parseWorkingDirectories } from '../../src/platform/processes-in-directory.ts'

test('a process is alive until it ends', async () => {
  const child = spawn('sleep', ['60'])
  const identity = await identifyProcess(child.pid ?? 0)
  if (identity === null) throw new Error('not found')
  expect(await livenessOf(identity)).toBe('alive')
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  expect(await livenessOf(identity)).toBe('dead')
  expect(await identifyProcess(identity.pid)).toBeNull()
})

test('another process under the same pid, and any of another boot, is not the one that was meant', async () => {
  const own = await ownIdentity()
  expect(await livenessOf(own)).toBe('alive')
  expect(await livenessOf({ ...own, start: `${own.start}1` })).toBe('dead')
  expect(await livenessOf({ ...own, boot: 'another' })).toBe('dead')
  expect(await livenessOf({ ...own, namespace: 'pid:[1]' })).toBe('unknown')
})

test.runIf(process.platform === 'linux')('a zombie is dead', async () => {
  // `sleep` replaces the shell, and never waits for the child it inherits.
  const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
  const pid = Number(printed)
  await expect.poll(() => isRunning(pid)).toBe(false)
  expect(process.kill(pid, 0)).toBe(true)
  expect(await identifyProcess(pid)).toBeNull()
})

test('a command name with spaces and parentheses does not shift the fields', () => {
  const rest = Array.from({ length: 18 }, (_, i) => `${i + 4}`)
  expect(parseProcStat(`12 (a) b (c)) S ${rest.join(' ')} 777 0 0`)).toEqual({
    state: 'S',
    parent: 4,
    start: '777',
  })
})

test('working directories are read from what lsof prints', () => {
  const listing = 'p10\nfcwd\nn/var/data\np11\nfcwd\nn/with a space\n'
  expect([...parseWorkingDirectories(listing)]).toEqual([
    [10, '/var/data'],
    [11, '/with a space'],
  ])
})
