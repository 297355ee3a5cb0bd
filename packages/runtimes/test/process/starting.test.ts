import { existsSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  claimField,
  createWorld,
  describeEachMechanism,
  NEVER,
  output,
  readQuietly,
  startDriver,
  until,
  withMark,
} from './support.ts'

const world = createWorld()
const options = { stateDir: world.stateDir, orphanMs: 60_000 }

describeEachMechanism('starting', (mechanism) => {
  const runtime = world.runtime({ isolation: mechanism })

  test('a second start of the same step starts nothing, also after its end', async () => {
    const spec = world.sh('echo ran; sleep 0.1')
    const first = await runtime.start(spec)
    expect(first).toEqual({ state: 'running', pid: Number(claimField(spec.dir, 'pid')) })
    expect(await world.runtime().start(spec)).toEqual(first)
    const end = await runtime.waitForEnd(spec.dir, NEVER)
    expect(await runtime.start(spec)).toEqual(end)
    expect(end).toEqual({ state: 'exited', exitCode: 0, signal: null, stopped: null })
    expect(output(spec)).toBe('ran\n')
  })

  test('many starts at once start one', async () => {
    const spec = world.sh('echo ran; sleep 0.2')
    const statuses = await Promise.all(Array.from({ length: 8 }, () => runtime.start(spec)))
    expect(new Set(statuses.map((status) => JSON.stringify(status))).size).toBe(1)
    await runtime.waitForEnd(spec.dir, NEVER)
    expect(output(spec)).toBe('ran\n')
  })

  test('the environment is exactly what was asked for, and the mark', async () => {
    const env = {
      PATH: '/usr/bin:/bin',
      EMPTY: '',
      LINES: 'one\ntwo',
      QUOTES: `'"$(id)\`id\`\\`,
      code: 'x',
      dir: 'y',
      why: 'z',
    }
    const spec = world.spec(['/usr/bin/env', '-0'], { env })
    await runtime.start(spec)
    await runtime.waitForEnd(spec.dir, NEVER)
    const seen = Object.fromEntries(
      output(spec)
        .split('\0')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    expect(seen).toEqual({ ...env, OPTIO_STEP: claimField(spec.dir, 'mark') })
  })

  test('arguments pass untouched: newlines, quotes, substitutions, options', async () => {
    const args = [
      'a\nb\n',
      '$(touch /pwned)',
      '`id`',
      `'"`,
      '',
      '-n',
      '--',
      '*',
      '~',
      '\\',
      'é\u2028',
      'x=y',
      ';',
      '&&',
    ]
    const spec = world.spec(['/usr/bin/printf', '%s\\0', ...args])
    await runtime.start(spec)
    await runtime.waitForEnd(spec.dir, NEVER)
    expect(readQuietly(join(spec.dir, 'err'))).toBe('')
    expect(Buffer.from(output(spec), 'latin1').toString('utf8')).toBe(args.map((arg) => `${arg}\0`).join(''))
  })

  test('a binary input file passes intact, and without one the input is empty', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 256))
    const stdinFile = join(world.root, 'input with spaces')
    writeFileSync(stdinFile, bytes)
    const spec = world.spec(['/bin/cat'], { stdinFile })
    const empty = world.sh('cat; echo end')
    for (const each of [spec, empty]) {
      await runtime.start(each)
      expect(await runtime.waitForEnd(each.dir, NEVER)).toMatchObject({ exitCode: 0 })
    }
    expect(Buffer.from(output(spec), 'latin1').equals(bytes)).toBe(true)
    expect(output(empty)).toBe('end\n')
  })

  test('the program starts clean: its directory, no open files, no ignored signals, an ordinary umask, a session of its own', async () => {
    const files = world.spec(['/bin/ls', '-l', '/proc/self/fd'])
    await runtime.start(files)
    await runtime.waitForEnd(files.dir, NEVER)
    const open = [...output(files).matchAll(/-> (.*)$/gm)].map(([, target]) => target?.split('/').at(-1))
    expect(open.filter((target) => target !== 'fd').sort()).toEqual(
      ['null', 'out', 'err', ...open.filter((target) => target === 'null').slice(1)].sort(),
    )

    const spec = world.sh(
      'pwd; grep -E "Sig(Ign|Blk)" /proc/self/status; umask; kill -TERM 0; echo unreached',
    )
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({
      exitCode: null,
      signal: 'SIGTERM',
      stopped: null,
    })
    expect(output(spec)).toMatch(/^\S+\nSigBlk:\t0+\nSigIgn:\t0+\n0022\n$/)
    expect(output(spec).split('\n')[0]).toBe(world.root)
    for (const name of ['', 'out', 'err', 'ctl', 'ctl/claim', 'ctl/exit']) {
      expect(statSync(join(spec.dir, name)).mode & 0o077).toBe(0)
    }
  })

  test.each([
    ['exit 7', { exitCode: 7, signal: null }],
    ['exit 145', { exitCode: 145, signal: null }],
    ['kill -KILL $$', { exitCode: null, signal: 'SIGKILL' }],
    ['kill -SEGV $$', { exitCode: null, signal: 'SIGSEGV' }],
    ['exec /nonexistent/program', { exitCode: 127, signal: null }],
  ])('the end is told as it was: %s', async (script, expected) => {
    const spec = world.sh(script)
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toEqual({ state: 'exited', stopped: null, ...expected })
  })

  test('a program that does not exist is an exit code and a word, not a fault', async () => {
    const spec = world.spec(['no-such-program'])
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'exited', exitCode: 127 })
    expect(readQuietly(join(spec.dir, 'err'))).toContain('no-such-program')
  })
})

describe('another process that starts the same step', () => {
  test('starts nothing and sees what the first one sees', async () => {
    const runtime = world.runtime()
    const spec = world.sh('echo ran; sleep 600')
    const status = await runtime.start(spec)
    const driver = startDriver({ do: 'start', steps: [{ spec }], stay: false, options })
    expect(JSON.parse(await driver.line())).toEqual([status])
    await driver.ended
    await runtime.stop(spec.dir, { graceMs: 0 })
    expect(output(spec)).toBe('ran\n')
  })
})

describe('what its Optio inherited', () => {
  test('is not held open by a step: no pipe of a terminal, no lock', async () => {
    const spec = world.sh('ls -l /proc/self/fd >listed; sleep 0.1', { cwd: world.root })
    const driver = startDriver({ do: 'start', steps: [{ spec }], stay: true, options })
    await driver.line()
    try {
      const { pid } = driver.child
      const held = readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`))
      expect(held.some((target) => target.endsWith('driver.ts'))).toBe(true)
      await world.runtime().waitForEnd(spec.dir, NEVER)
      expect(readQuietly(join(world.root, 'listed'))).toContain('/err')
      expect(readQuietly(join(world.root, 'listed'))).not.toContain('driver.ts')
    } finally {
      driver.child.kill('SIGKILL')
      await driver.ended
    }
  })
})

describe('a step that was stopped before it started', () => {
  test('never starts', async () => {
    const runtime = world.runtime()
    const spec = world.sh('echo ran')
    expect(await runtime.status(spec.dir)).toEqual({ state: 'absent' })
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toEqual({ state: 'absent' })
    expect(await runtime.stop(spec.dir, { graceMs: 1000 })).toMatchObject({ state: 'lost' })
    expect(await runtime.start(spec)).toMatchObject({ state: 'lost' })
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'lost' })
    expect(existsSync(join(spec.dir, 'out'))).toBe(false)
  })

  test('never ran, whoever raced from however many processes', async () => {
    const specs = Array.from({ length: 60 }, () => world.sh('echo ran', { graceMs: 0 }))
    const beginAt = Date.now() + 2500
    const drivers = [1, 2, 3].map(() => startDriver({ do: 'race', specs, beginAt, everyMs: 60, options }))
    await Promise.all(drivers.map(({ ended }) => ended))
    const runtime = world.runtime()
    const seen = { abandoned: 0, ran: 0 }
    for (const spec of specs) {
      const end = await runtime.waitForEnd(spec.dir, NEVER)
      expect(['', 'ran\n']).toContain(output(spec))
      if (claimField(spec.dir, 'pid') === '') {
        seen.abandoned += 1
        expect(end.state).toBe('lost')
        expect(output(spec)).toBe('')
      } else {
        seen.ran += output(spec) === '' ? 0 : 1
        expect(end.state).toBe('exited')
      }
      expect(readdirSync(join(spec.dir, 'ctl')).filter((name) => name.startsWith('claim.'))).toEqual([])
    }
    expect(seen.abandoned).toBeGreaterThan(0)
    expect(seen.ran).toBeGreaterThan(0)
    await until('nothing is left', () => withMark(world.mark).length === 0, 2000)
  })
})

describe('a specification that cannot run', () => {
  test.each([
    ['no program', { argv: [] }, /no program/],
    ['a NUL byte', { argv: ['/bin/echo', 'a\0b'] }, /NUL/],
    ['a name the shell cannot pass on', { env: { 'a.b': 'c' } }, /a\.b/],
    ['a missing directory', { cwd: '/nonexistent' }, /\/nonexistent/],
    ['a missing input', { stdinFile: '/nonexistent' }, /\/nonexistent/],
    ['a limit that is no number', { maxMs: Number.NaN }, /maxMs/],
  ])('is refused in words before anything is made: %s', async (_name, over, message) => {
    const spec = { ...world.sh('echo ran'), ...over }
    await expect(world.runtime().start(spec)).rejects.toMatchObject({
      code: 'STEP_START',
      message: expect.stringMatching(message),
    })
    expect(existsSync(spec.dir)).toBe(false)
  })

  test('is refused in words when its arguments are too long for the system, and can be stopped for good', async () => {
    const spec = world.spec(['/bin/echo', 'x'.repeat(300_000)])
    await expect(world.runtime().start(spec)).rejects.toMatchObject({ code: 'STEP_START' })
    expect(await world.runtime().stop(spec.dir, { graceMs: 0 })).toMatchObject({ state: 'lost' })
  })
})
