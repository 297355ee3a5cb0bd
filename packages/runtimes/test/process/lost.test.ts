import { describe, expect, test } from 'vitest'
import {
  claimField,
  createWorld,
  describeEachMechanism,
  NEVER,
  ofSteps,
  output,
  readQuietly,
  startDriver,
  until,
  withMark,
} from './support.ts'

const world = createWorld()

describeEachMechanism('a supervisor that is killed', (mechanism) => {
  test('leaves its step lost, and nothing of it runs once that is told', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const spec = world.sh('setsid sleep 600 & nohup sleep 600 >/dev/null 2>&1 & echo ready; sleep 600')
    await runtime.start(spec)
    await until('it is ready', () => output(spec).includes('ready'))
    process.kill(Number(claimField(spec.dir, 'pid')), 'SIGKILL')
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'lost' })
    expect(ofSteps(world)).toEqual([])
    expect(await runtime.stop(spec.dir, { graceMs: 0 })).toMatchObject({ state: 'lost' })
    expect(await runtime.start(spec)).toMatchObject({ state: 'lost' })
  })

  test('takes its tree with it when nobody looks, and at the latest when somebody does if its monitor died too', async () => {
    const runtime = world.runtime({ isolation: mechanism })
    const alone = world.sh('setsid sleep 600 & echo ready; sleep 600')
    await runtime.start(alone)
    await until('it is ready', () => output(alone).includes('ready'))
    process.kill(Number(claimField(alone.dir, 'pid')), 'SIGKILL')
    await until('the monitor has ended the tree', () => withMark(world.mark).length === 0, 5000)

    const both = world.sh('setsid sleep 600 & echo ready; sleep 600')
    await runtime.start(both)
    await until('it is ready', () => output(both).includes('ready'))
    process.kill(-Number(claimField(both.dir, 'pid')), 'SIGKILL')
    expect(await runtime.stop(both.dir, { graceMs: 0 })).toMatchObject({ state: 'lost' })
    expect(ofSteps(world)).toEqual([])
  })
})

describe('a supervisor that is a zombie', () => {
  test('is dead', async () => {
    const spec = world.sh('echo ready; sleep 600')
    const driver = startDriver({
      do: 'start',
      steps: [{ spec }],
      stay: true,
      options: { stateDir: world.stateDir, orphanMs: 60_000 },
    })
    await driver.line()
    const supervisor = Number(claimField(spec.dir, 'pid'))
    process.kill(driver.child.pid ?? 0, 'SIGSTOP')
    try {
      process.kill(supervisor, 'SIGKILL')
      await until('it is a zombie', () => /\) Z /.test(readQuietly(`/proc/${supervisor}/stat`)))
      expect(process.kill(supervisor, 0)).toBe(true)
      expect(await world.runtime().waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'lost' })
    } finally {
      process.kill(driver.child.pid ?? 0, 'SIGKILL')
      await driver.ended
    }
  })
})
