import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { bootId, diskSpace, identifyProcess, pidNamespace, type StepStatus } from '../../src/index.ts'
import { createWorld, describeEachMechanism, NEVER, output, until } from './support.ts'

const world = createWorld()

/** A directory with a claim that names a live process that has nothing to do with a step. */
function forgedClaim(name: string, change: Record<string, string>): { dir: string; alive: () => boolean } {
  const dir = join(world.root, name)
  mkdirSync(join(dir, 'ctl'), { recursive: true })
  const foreign = spawn('sleep', ['600'], { stdio: 'ignore' })
  onTestFinished(() => void foreign.kill('SIGKILL'))
  const pid = foreign.pid ?? 0
  const start = identifyProcess(pid)?.start ?? ''
  const fields = {
    ...{
      pid: String(pid),
      start,
      monitor: String(pid),
      monitorstart: start,
      boot: bootId(),
      pidns: pidNamespace() ?? '',
    },
    ...{ mechanism: 'best-effort', mark: name, cgroup: '', ...change },
  }
  const text = Object.entries(fields).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(join(dir, 'ctl', 'claim'), text.join(''))
  return { dir, alive: () => foreign.exitCode === null && foreign.signalCode === null }
}

describe('a claim that names a live process', () => {
  test('means that the step runs only when it is that very process', async () => {
    const { dir } = forgedClaim('the-one', {})
    expect(await world.runtime().status(dir)).toMatchObject({ state: 'running' })
  })

  test('does not keep a step running for ever: a supervisor that does not end is ended', async () => {
    const { dir, alive } = forgedClaim('the-stuck-one', { monitorstart: '1' })
    expect(await world.runtime().stop(dir, { graceMs: 0 })).toMatchObject({ state: 'lost' })
    expect(alive()).toBe(false)
  })

  test.each([
    ['started at another time (the pid was reused)', { start: '1', monitorstart: '1' }],
    ['of another boot (the machine restarted)', { boot: '00000000-0000-0000-0000-000000000000' }],
    ['of another pid namespace (the container restarted)', { pidns: 'pid:[1]' }],
  ])('%s means a lost step, and that process is not touched', async (name, change) => {
    const { dir, alive } = forgedClaim(name, change)
    const runtime = world.runtime()
    expect(await runtime.status(dir)).toMatchObject({ state: 'lost' })
    expect(await runtime.waitForEnd(dir, NEVER)).toMatchObject({ state: 'lost' })
    expect(await runtime.stop(dir, { graceMs: 0 })).toMatchObject({ state: 'lost' })
    expect(alive()).toBe(true)
  })
})

const tmpfs = join(world.root, 'small')
const mount = (at: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', at]).status === 0
const unmount = (at: string): void => void spawnSync('umount', ['-l', at])

const canMount = ((): boolean => {
  const probe = mkdtempSync(join(tmpdir(), 'optio-process-mount-'))
  const works = mount(probe)
  if (works) unmount(probe)
  rmdirSync(probe)
  return works
})()
if (!canMount) console.warn('NOT TESTED: a full disk (mounting a small tmpfs needs root).')

describe.skipIf(!canMount)('a full disk', () => {
  beforeAll(() => {
    mkdirSync(tmpfs)
    expect(mount(tmpfs)).toBe(true)
  })
  afterAll(() => unmount(tmpfs))

  describeEachMechanism('under a running step', (mechanism) => {
    test('does not keep its end from being recorded, and it can still be stopped', async () => {
      const runtime = world.runtime({ isolation: mechanism })
      const over = { cwd: '/', sandbox: { readWrite: [], readOnly: [], hidden: [] } }
      const ended = world.sh('head -c 1000000 /dev/zero; exit 9', {
        ...over,
        dir: join(tmpfs, `${mechanism}-1`),
      })
      const stopped = world.sh('echo ready; sleep 600', { ...over, dir: join(tmpfs, `${mechanism}-2`) })
      await runtime.start(stopped)
      await until('it is ready', () => output(stopped).includes('ready'))
      await runtime.start(ended)
      expect(await runtime.waitForEnd(ended.dir, NEVER)).toMatchObject({ state: 'exited', exitCode: 9 })
      expect((await diskSpace(tmpfs)).freeBytes).toBe(0)
      expect(statSync(join(ended.dir, 'out')).size).toBeGreaterThan(100_000)
      expect(await runtime.stop(stopped.dir, { graceMs: 1000 })).toMatchObject({
        state: 'exited',
        stopped: 'requested',
      })
      const refused = runtime.start(world.sh('echo ran', { ...over, dir: join(tmpfs, `${mechanism}-3`) }))
      await expect(refused).rejects.toMatchObject({ code: 'DISK_FULL' })
      spawnSync('rm', ['-rf', ended.dir, stopped.dir, join(tmpfs, `${mechanism}-3`)])
      const later = world.sh('echo ran', { ...over, dir: join(tmpfs, `${mechanism}-4`) })
      await runtime.start(later)
      expect(await runtime.waitForEnd(later.dir, NEVER)).toMatchObject({ state: 'exited', exitCode: 0 })
    })
  })
})

describe('records', () => {
  test('that nobody understands never become a success', async () => {
    const dir = join(world.root, 'garbled')
    mkdirSync(join(dir, 'ctl'), { recursive: true })
    for (const text of ['', 'code=\nstopped=\n', 'code=zero\nstopped=nonsense\n', '\0\0\0']) {
      writeFileSync(join(dir, 'ctl', 'exit'), text)
      const status: StepStatus = await world.runtime().status(dir)
      expect(status.state).toBe('lost')
    }
  })

  test('are small and stay when the step is over', async () => {
    const spec = world.sh('exit 0')
    const runtime = world.runtime()
    await runtime.start(spec)
    const end = await runtime.waitForEnd(spec.dir, NEVER)
    expect(await world.runtime().status(spec.dir)).toEqual(end)
    expect(readFileSync(join(spec.dir, 'ctl', 'log'), 'utf8')).toBe('')
  })
})
