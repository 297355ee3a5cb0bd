import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { isRunning, livenessOf, ownIdentity } from '../../src/platform/process-identity.ts'
import { parseWorkingDirectories } from '../../src/platform/processes-in-directory.ts'

test('another process under the same pid, and any of another boot, is not the one that was meant', () => {
  const own = ownIdentity()
  expect(livenessOf(own)).toBe('alive')
  expect(livenessOf({ ...own, start: `${own.start}1` })).toBe('dead')
  expect(livenessOf({ ...own, bootId: 'another' })).toBe('dead')
  expect(livenessOf({ ...own, pidNamespace: 'pid:[1]' })).toBe('unknown')
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
})

test('working directories are read from what lsof prints', () => {
  const listing = 'p10\nfcwd\nn/var/data\np11\nfcwd\nn/with a space\n'
  expect([...parseWorkingDirectories(listing)]).toEqual([
    [10, '/var/data'],
    [11, '/with a space'],
  ])
})
