import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { identifyProcess, isProcessAlive, signalProcess } from '../../src/index.ts'
import { parseProcessStat, parsePsStart } from '../../src/local/process/process-identity.ts'

describe('the identity of a process', () => {
  test('is that of a live one, until it ends', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    const identity = identifyProcess(child.pid ?? 0)
    if (identity === null) throw new Error('a live process has an identity')
    expect(isProcessAlive(identity)).toBe(true)
    expect(identifyProcess(identity.pid)).toEqual(identity)
    expect(signalProcess(identity, 'SIGKILL')).toBe(true)
    await once(child, 'exit')
    expect(isProcessAlive(identity)).toBe(false)
    expect(identifyProcess(identity.pid)).toBeNull()
    expect(signalProcess(identity, 'SIGKILL')).toBe(false)
  })

  test('is not that of another with the same pid, of another boot or another pid namespace', () => {
    const own = identifyProcess(process.pid)
    if (own === null) throw new Error('this process is alive')
    expect(isProcessAlive(own)).toBe(true)
    expect(isProcessAlive({ ...own, start: '1' })).toBe(false)
    expect(isProcessAlive({ ...own, bootId: 'another' })).toBe(false)
    expect(isProcessAlive({ ...own, pidNamespace: 'pid:[1]' })).toBe(false)
    expect(isProcessAlive({ ...own, pidNamespace: null })).toBe(true)
  })

  test.each([0, -1, 1.5, Number.NaN, 4_194_305])('is nothing for %d, which is no pid', (pid) => {
    expect(identifyProcess(pid)).toBeNull()
  })
})

describe('parsing', () => {
  test('a stat line whose name contains spaces, parentheses and newlines', () => {
    const fields = Array.from({ length: 48 }, (_, index) => String(index + 100)).join(' ')
    expect(parseProcessStat(`42 (a) b\n) S 1 2 3 ${fields}\n`)).toEqual({
      ...{ pid: 42, name: 'a) b\n', state: 'S', parent: 1, session: 3, start: '115' },
    })
    expect(parseProcessStat('')).toBeNull()
    expect(parseProcessStat('42 (x) S')).toBeNull()
  })

  test('the start time that ps tells, unless of a zombie', () => {
    expect(parsePsStart('Ss   Fri Nov 21 22:30:01 2025    \n')).toBe('Fri Nov 21 22:30:01 2025')
    expect(parsePsStart('Z+   Fri Nov 21 22:30:01 2025\n')).toBeNull()
    expect(parsePsStart('')).toBeNull()
  })
})
