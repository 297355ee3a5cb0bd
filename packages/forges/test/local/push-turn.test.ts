import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inPushTurn } from '../../src/local/push-turn.ts'

const LONG_MS = 60_000
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-push-turn-'))
})
afterEach(async () => {
  await rm(directory, { recursive: true, force: true })
})

/** A process that ended just now: nobody has its pid yet. */
async function deadPid(): Promise<number> {
  const child = spawn('true', { stdio: 'ignore' })
  await once(child, 'exit')
  return child.pid ?? 0
}

test('of many at once one pushes at a time, and nothing is left behind', async () => {
  let inside = 0
  let most = 0
  await Promise.all(
    Array.from({ length: 8 }, () =>
      inPushTurn(directory, LONG_MS, async () => {
        most = Math.max(most, ++inside)
        await sleep(5)
        inside--
      }),
    ),
  )
  expect(most).toBe(1)
  expect(await readdir(directory)).toEqual([])
})

test('a git that outlives its killed Optio keeps the turn until it ends', async () => {
  const git = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
  const claim = { token: 'of a killed Optio', pid: await deadPid(), group: git.pid }
  await writeFile(join(directory, 'optio-push'), JSON.stringify(claim))
  let pushed = false
  const waiting = inPushTurn(directory, LONG_MS, async () => {
    pushed = true
  })
  await sleep(150)
  expect(pushed).toBe(false)
  git.kill('SIGKILL')
  await waiting
  expect(pushed).toBe(true)
})

test('the turn of an Optio that died before its git began is taken over at once', async () => {
  const claim = { token: 'of a killed Optio', pid: await deadPid(), group: null }
  await writeFile(join(directory, 'optio-push'), JSON.stringify(claim))
  expect(await inPushTurn(directory, LONG_MS, async () => 'pushed')).toBe('pushed')
})

test('a claim of an earlier process with the same pid, and one that is too old, are left over', async () => {
  const file = join(directory, 'optio-push')
  await writeFile(file, JSON.stringify({ token: 'before a restart', pid: process.pid, group: null }))
  expect(await inPushTurn(directory, LONG_MS, async () => 'pushed')).toBe('pushed')
  await writeFile(file, JSON.stringify({ token: 'ages ago', pid: process.ppid, group: null }))
  await sleep(20)
  expect(await inPushTurn(directory, 10, async () => 'pushed')).toBe('pushed')
})
