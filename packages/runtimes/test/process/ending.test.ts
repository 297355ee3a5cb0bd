import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { MechanismName, StepSpec } from '../../src/index.ts'
import {
  claimField,
  createWorld,
  describeEachMechanism,
  NEVER,
  ofSteps,
  output,
  readQuietly,
  until,
  withMark,
} from './support.ts'

const world = createWorld()

/** 200 children in every way that leaves the parent: own sessions, deaf to hang-ups, doubly forked. */
const SCATTER = `
i=0
while [ $i -lt 50 ]; do
  setsid sleep 600 &
  nohup sleep 600 >/dev/null 2>&1 &
  ( ( sleep 600 & ) & )
  setsid sh -c 'sleep 600 & exit 0' &
  i=$((i + 1))
done
echo scattered
sleep 600`

async function stopScattered(spec: StepSpec, isolation: MechanismName, graceMs: number) {
  const runtime = world.runtime({ isolation })
  await runtime.start(spec)
  await until('the agent has scattered its children', () => output(spec).includes('scattered'))
  await until('all of them run', () => withMark(world.mark).length >= 200)
  const began = performance.now()
  const status = await runtime.stop(spec.dir, { graceMs })
  return { status, tookMs: performance.now() - began, left: ofSteps(world) }
}

describeEachMechanism('stopping', (mechanism) => {
  test('leaves no process behind, with an agent that scatters 200 children, well before the grace is over', async () => {
    const { status, tookMs, left } = await stopScattered(world.sh(SCATTER), mechanism, 30_000)
    expect(left).toEqual([])
    expect(status).toEqual({ state: 'exited', exitCode: null, signal: null, stopped: 'requested' })
    expect(tookMs).toBeLessThan(15_000)
  })

  test('leaves no process behind when the agent and its 200 children ignore the polite signal', async () => {
    const { status, tookMs, left } = await stopScattered(
      world.sh(`trap '' TERM HUP INT${SCATTER}`),
      mechanism,
      500,
    )
    expect(left).toEqual([])
    expect(status).toEqual({ state: 'exited', exitCode: null, signal: null, stopped: 'requested' })
    expect(tookMs).toBeGreaterThan(480)
    expect(tookMs).toBeLessThan(15_000)
  })

  test.skipIf(mechanism === 'best-effort')(
    'finds also those who left everything behind: session, parent, environment',
    async () => {
      const number = `600.${Math.floor(Math.random() * 1e9)}1`
      const runtime = world.runtime({ isolation: mechanism })
      const spec = world.sh(
        `(env -i setsid sleep ${number} &); (env -i setsid sh -c 'sleep ${number} & :' &); echo ready; sleep 600`,
      )
      await runtime.start(spec)
      await until('they run', () => withMark(`sleep\0${number}`).length === 2)
      await runtime.stop(spec.dir, { graceMs: 1000 })
      expect(withMark(number)).toEqual([])
    },
  )

  test('gives the agent its grace to finish what it is doing', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const spec = world.sh(
      `trap 'sleep 0.3; echo saved; exit 0' TERM; echo ready; while :; do sleep 0.05; done`,
    )
    await runtime.start(spec)
    await until('it is ready', () => output(spec).includes('ready'))
    await runtime.stop(spec.dir, { graceMs: 5000 })
    expect(output(spec)).toContain('saved')
  })

  test('an impatient second request cuts the grace of the first short', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const spec = world.sh(`trap '' TERM; echo ready; sleep 600`)
    await runtime.start(spec)
    await until('it is ready', () => output(spec).includes('ready'))
    const patient = runtime.stop(spec.dir, { graceMs: 60_000 })
    await delay(100)
    const began = performance.now()
    await runtime.stop(spec.dir, { graceMs: 0 })
    await patient
    expect(performance.now() - began).toBeLessThan(20_000)
    expect(ofSteps(world)).toEqual([])
  })

  test('an agent that ends leaves nothing running behind it', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const spec = world.sh(
      'setsid sleep 600 & nohup sleep 600 >/dev/null 2>&1 & ( ( sleep 600 & ) & ); exit 3',
    )
    await runtime.start(spec)
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'exited', exitCode: 3 })
    expect(ofSteps(world)).toEqual([])
  })

  test('a stop in the moments around the start is never forgotten', async () => {
    for (let round = 0; round < 8; round += 1) {
      const runtime = world.runtime({ isolation: mechanism })
      const spec = world.sh('sleep 600')
      const [, stopped] = await Promise.all([
        runtime.start(spec),
        delay(round * 2).then(() => runtime.stop(spec.dir, { graceMs: 1000 })),
      ])
      expect(stopped.state).not.toBe('running')
      // A supervisor that came too late to claim is on its way out.
      await until('nothing is left', () => withMark(world.mark).length === 0, 500)
    }
  })

  test('works for a process that did not start the step, after its monitor was killed', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const spec = world.sh('setsid sleep 600 & echo ready; sleep 600')
    await runtime.start(spec)
    await until('it is ready', () => output(spec).includes('ready'))
    process.kill(Number(claimField(spec.dir, 'monitor')), 'SIGKILL')
    const status = await world.runtime().stop(spec.dir, { graceMs: 300 })
    expect(status).toMatchObject({ state: 'exited', stopped: 'requested' })
    expect(ofSteps(world)).toEqual([])
  })
})

describe('stopping a step that somebody froze', () => {
  test('thaws its supervisor and ends it', async () => {
    const runtime = world.runtime()
    const spec = world.sh('echo ready; sleep 600')
    await runtime.start(spec)
    await until('it is ready', () => output(spec).includes('ready'))
    for (const name of ['pid', 'monitor']) process.kill(Number(claimField(spec.dir, name)), 'SIGSTOP')
    expect(await runtime.stop(spec.dir, { graceMs: 500 })).toMatchObject({
      state: 'exited',
      stopped: 'requested',
    })
    expect(ofSteps(world)).toEqual([])
  })
})

describe('best effort', () => {
  test('remembers a process that later leaves its session, its parent and its environment behind', async () => {
    const runtime = world.runtime({ isolation: 'best-effort' })
    const number = `600.${Math.floor(Math.random() * 1e6)}1`
    const spec = world.sh(`(sh -c 'env -i setsid sleep ${number} & sleep 2.5') & echo ready; sleep 600`)
    await runtime.start(spec)
    const lives = (): boolean => withMark(`sleep\0${number}`).length > 0
    await until('it runs', lives)
    await until('it is remembered', () => readQuietly(join(spec.dir, 'ctl', 'known')).includes(':'))
    await until('its parent is gone', () =>
      withMark(`sleep\0${number}`).every((pid) => /\) . 1 /.test(readQuietly(`/proc/${pid}/stat`))),
    )
    await runtime.stop(spec.dir, { graceMs: 500 })
    expect(lives()).toBe(false)
  })

  test('never touches what is not of the step, whatever its session or its parent', async () => {
    const runtime = world.runtime({ isolation: 'best-effort' })
    const other = world.sh('setsid sleep 600 & echo ready; sleep 600')
    const spec = world.sh('setsid sleep 600 & echo ready; sleep 600')
    for (const each of [other, spec]) {
      await runtime.start(each)
      await until('it is ready', () => output(each).includes('ready'))
    }
    await delay(50)
    const before = ofSteps(world).length
    await runtime.stop(spec.dir, { graceMs: 500 })
    expect(ofSteps(world).length).toBe(before / 2)
    expect(await runtime.status(other.dir)).toMatchObject({ state: 'running' })
    await runtime.stop(other.dir, { graceMs: 500 })
    expect(ofSteps(world)).toEqual([])
    rmSync(other.dir, { recursive: true })
  })
})
