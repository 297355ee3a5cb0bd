import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { takeLock } from '../setup/lock.mjs'
import { ROOT } from '../setup/paths.mjs'
import { processIdentity } from '../setup/process-identity.mjs'
import { type Running, startProcess, until } from './checkout.ts'

let directory: string
let journal: string

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'optio-lock-'))
  journal = path.join(directory, 'journal')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function holder(rounds: number, holdMs: number): Running {
  const script = path.join(ROOT, 'scripts/test/fixtures/lock-holder.mjs')
  return startProcess([script, path.join(directory, 'lock'), String(rounds), journal, String(holdMs)], {
    cwd: directory,
  })
}

function journalLines(): string[] {
  return existsSync(journal) ? readFileSync(journal, 'utf8').trim().split('\n') : []
}

const silently = { what: 'a test', onWait: () => {} }

it('is held by one of many processes at a time', async () => {
  const holders = Array.from({ length: 6 }, () => holder(8, 3))
  expect(await Promise.all(holders.map(({ ended }) => ended))).toEqual(Array(6).fill(0))
  const lines = journalLines()
  expect(lines).toHaveLength(6 * 8 * 2)
  for (let at = 0; at < lines.length; at += 2) {
    expect(lines[at + 1]).toBe(lines[at]?.replace('in', 'out'))
  }
})

it('is taken over at once from a process that was killed while it held it', async () => {
  const first = holder(1, 60_000)
  await until(
    () => journalLines().length === 1,
    () => first.stderr,
  )
  const second = holder(1, 0)
  await until(
    () => second.stdout === `waiting for ${first.child.pid}\n`,
    () => second.stdout,
  )
  first.child.kill('SIGKILL')
  expect(await second.ended).toBe(0)
  expect(journalLines().slice(1)).toEqual([`in ${second.child.pid}`, `out ${second.child.pid}`])
})

it('stays taken while a tool that worked under it lives, although the process that took it was killed', async () => {
  const script = path.join(ROOT, 'scripts/test/fixtures/lock-holder.mjs')
  const lockDirectory = path.join(directory, 'lock')
  const first = startProcess([script, lockDirectory, '1', journal, '60000', 'with-tool'], { cwd: directory })
  await until(
    () => /tool \d+\n/.test(first.stdout),
    () => first.stderr,
  )
  const tool = Number(/tool (\d+)/.exec(first.stdout)?.[1])
  first.child.kill('SIGKILL')
  await first.ended
  const second = holder(1, 0)
  await until(
    () => second.stdout === `waiting for ${tool}\n`,
    () => second.stdout,
  )
  expect(journalLines()).toEqual([`in ${first.child.pid}`])
  process.kill(tool, 'SIGKILL')
  expect(await second.ended).toBe(0)
})

it('leaves one file behind, however often it was taken', async () => {
  for (let round = 0; round < 5; round += 1) (await takeLock(directory, silently)).release()
  expect(readdirSync(directory)).toEqual(['5'])
})

it('knows a living process by more than its pid, and takes a zombie for dead', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' })
  const pid = Number(child.pid)
  const identity = processIdentity(pid)
  expect(identity).not.toBeNull()
  expect(processIdentity(pid)).toBe(identity)
  expect(processIdentity(process.pid)).not.toBe(identity)
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  // Node has not reaped the child yet when this turn of the event loop goes on: it passes through being a zombie.
  const deadline = Date.now() + 5000
  while (processIdentity(pid) !== null && Date.now() < deadline);
  expect(processIdentity(pid)).toBeNull()
  await ended
})
