import { chmodSync, chownSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { MECHANISMS } from '../../src/index.ts'
import {
  claimField,
  createWorld,
  describeEachMechanism,
  mechanismWorks,
  NEVER,
  output,
  readQuietly,
  startDriver,
  until,
  withMark,
} from './support.ts'

const world = createWorld()

const LINES = 40
const steps = MECHANISMS.filter((name) => mechanismWorks(name).works).map((isolation) => ({
  isolation,
  talking: world.sh(
    `i=0; while [ $i -lt ${LINES} ]; do echo line $i; sleep 0.02; i=$((i + 1)); done; exit 5`,
  ),
  endless: world.sh('setsid sleep 600 & sleep 600', { maxMs: 1500, graceMs: 200 }),
}))

/** All are started by one other process, whose whole process group is then killed at once. */
beforeAll(async () => {
  const started = steps.flatMap(({ isolation, talking, endless }) => [
    { spec: talking, isolation },
    { spec: endless, isolation },
  ])
  const options = { stateDir: world.stateDir, orphanMs: 60_000 }
  const driver = startDriver({ do: 'start', steps: started, stay: true, options })
  for (const status of JSON.parse(await driver.line())) expect(status).toMatchObject({ state: 'running' })
  process.kill(-(driver.child.pid ?? 0), 'SIGKILL')
  await driver.ended
})

describeEachMechanism('a step whose Optio was killed with its whole process group', (mechanism) => {
  const { talking, endless } = steps.find(({ isolation }) => isolation === mechanism) ?? {}

  test('lives on; its output is complete and its exit known, though nobody was there', async () => {
    const dir = talking?.dir ?? ''
    const end = { state: 'exited', exitCode: 5, signal: null, stopped: null }
    expect(await world.runtime().waitForEnd(dir, NEVER)).toEqual(end)
    const lines = Array.from({ length: LINES }, (_, line) => `line ${line}\n`)
    expect(readQuietly(join(dir, 'out'))).toBe(lines.join(''))
  })

  test('is stopped at its deadline, though no Optio lives', async () => {
    const dir = endless?.dir ?? ''
    await until('its end is recorded', async () => (await world.runtime().status(dir)).state !== 'running')
    const end = { state: 'exited', exitCode: null, signal: null, stopped: 'deadline' }
    expect(await world.runtime().status(dir)).toEqual(end)
    const started = statSync(join(dir, 'ctl', 'claim')).mtimeMs
    expect(statSync(join(dir, 'ctl', 'exit')).mtimeMs - started).toBeGreaterThan(1490)
    await until(
      'nothing of it is left',
      () => withMark(`OPTIO_STEP=${claimField(dir, 'mark')}`).length === 0,
      1000,
    )
  })
})

describe('a step without any Optio', () => {
  test('is stopped after the time for orphans; any heartbeat in the shared directory puts that off', async () => {
    const runtime = world.runtime({ orphanMs: 1200 })
    const spec = world.sh('sleep 600')
    await runtime.heartbeat()
    await runtime.start(spec)
    for (const until = performance.now() + 2600; performance.now() < until; ) {
      await world.runtime().heartbeat()
      await delay(150)
    }
    expect(await runtime.status(spec.dir)).toMatchObject({ state: 'running' })
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'exited', stopped: 'orphaned' })
  })
})

describe('a step that writes too much', () => {
  test('is stopped, and says so', async () => {
    const spec = world.sh('yes >&2 & yes', { outputLimitBytes: 1_000_000, graceMs: 60_000 })
    const runtime = world.runtime()
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({
      state: 'exited',
      stopped: 'output_limit',
    })
    expect(statSync(join(spec.dir, 'out')).size + statSync(join(spec.dir, 'err')).size).toBeGreaterThan(
      1_000_000,
    )
  })

  test('is stopped also when it opened its output anew', async () => {
    const spec = world.sh('exec 3>/proc/self/fd/1; head -c 2000000 /dev/zero >&3; sleep 600', {
      outputLimitBytes: 1_000_000,
    })
    const runtime = world.runtime()
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({
      state: 'exited',
      stopped: 'output_limit',
    })
  })

  test('is left alone below the limit', async () => {
    const spec = world.sh('head -c 900000 /dev/zero; sleep 1.3; exit 0', { outputLimitBytes: 1_000_000 })
    const runtime = world.runtime()
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({
      state: 'exited',
      exitCode: 0,
      stopped: null,
    })
  })
})

describe('waiting for the end', () => {
  test('is prompt', async () => {
    const runtime = world.runtime()
    const delays: number[] = []
    for (let round = 0; round < 10; round += 1) {
      const spec = world.sh('sleep 0.15; date +%s%N')
      await runtime.start(spec)
      await runtime.waitForEnd(spec.dir, NEVER)
      delays.push(Date.now() - Number(output(spec)) / 1e6)
    }
    delays.sort((a, b) => a - b)
    expect(delays[4]).toBeLessThan(150)
  })

  test('ends when it is aborted, and the step goes on', async () => {
    const runtime = world.runtime()
    const spec = world.sh('sleep 600')
    await runtime.start(spec)
    const abort = new AbortController()
    setTimeout(() => abort.abort(new Error('no longer interested')), 50)
    await expect(runtime.waitForEnd(spec.dir, abort.signal)).rejects.toThrow('no longer interested')
    expect(await runtime.status(spec.dir)).toMatchObject({ state: 'running' })
    await runtime.stop(spec.dir, { graceMs: 0 })
  })
})

const NOBODY = 65_534
const rootOnly = process.getuid?.() === 0 && mechanismWorks('unshare').works
if (!rootOnly) console.warn('NOT TESTED: steps of an unprivileged user (the tests do not run as root).')

describe.skipIf(!rootOnly)('an unprivileged user', () => {
  test.each(['bubblewrap', 'unshare-user', 'unshare-user-shared-proc', 'best-effort'] as const)(
    'can stop everything too [%s]',
    async (isolation) => {
      if (isolation === 'bubblewrap' && !mechanismWorks(isolation).works)
        return console.warn('NOT TESTED: no bubblewrap.')
      const home = join(world.root, `nobody-${isolation}`)
      mkdirSync(home)
      chmodSync(world.root, 0o755)
      chownSync(home, NOBODY, NOBODY)
      const spec = world.sh(
        'setsid sleep 600 & ( ( nohup sleep 600 & ) & ); echo $(id -u) ready; sleep 600',
        {
          dir: join(home, 'step'),
          cwd: home,
          sandbox: { readWrite: [home], readOnly: [], hidden: [] },
        },
      )
      const driver = startDriver(
        {
          ...{ do: 'start-and-stop', spec, ready: '300', graceMs: 2000 },
          options: { stateDir: join(home, 'state'), orphanMs: 60_000, isolation },
        },
        [
          'setpriv',
          `--reuid=${NOBODY}`,
          `--regid=${NOBODY}`,
          '--clear-groups',
          'env',
          `HOME=${home}`,
          `TMPDIR=${home}`,
        ],
      )
      expect(JSON.parse((await driver.line()) || 'null')).toMatchObject({
        state: 'exited',
        stopped: 'requested',
      })
      await driver.ended
      expect(output(spec)).toContain(`${NOBODY} ready`)
      expect(claimField(spec.dir, 'mechanism')).toBe(isolation)
      expect(withMark(world.mark)).toEqual([])
    },
  )
})
