import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { StepSpec } from '../../src/index.ts'
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

/** Says what it hears, line by line, and how long each line is; ends with 7 at the end of its input. */
const ECHO = `while IFS= read -r line; do printf 'heard %s: %.20s\\n' \${#line} "$line"; done; exit 7`

const growing = (script: string, over: Partial<StepSpec> = {}): StepSpec =>
  world.sh(script, { inputGrows: true, ...over })

const line = (key: string, text = `line ${key}`) => ({ key, text })

async function heard(spec: StepSpec, text: string): Promise<void> {
  await until(`it heard ${text}`, () => output(spec).includes(text))
}

function feeders(spec: StepSpec): number[] {
  return withMark(`OPTIO_STEP=${claimField(spec.dir, 'mark')}`).filter((pid) =>
    readQuietly(`/proc/${pid}/cmdline`).startsWith('tail'),
  )
}

/** Ticks of processor time of the supervisor and of every process it started itself. */
function ticks(spec: StepSpec): number {
  const supervisor = Number(claimField(spec.dir, 'pid'))
  return withMark(spec.dir)
    .concat(feeders(spec))
    .map((pid) =>
      readQuietly(`/proc/${pid}/stat`)
        .replace(/^.*\) /s, '')
        .split(' '),
    )
    .filter((stat, i, all) => stat.length > 12 && all.indexOf(stat) === i && supervisor > 0)
    .reduce((sum, stat) => sum + Number(stat[11]) + Number(stat[12]), 0)
}

describeEachMechanism('a step whose input grows', (isolation) => {
  const runtime = () => world.runtime({ isolation })

  test('hears its first input, then every line in order, ends at the end, and its exit code is its own', async () => {
    const stdinFile = join(world.root, `first-${isolation}`)
    writeFileSync(stdinFile, 'the prompt\n')
    const spec = growing(ECHO, { stdinFile })
    await runtime().start(spec)
    await heard(spec, 'heard 10: the prompt')
    const odd = '"\\\\n %s $HOME `id` $(id)"'
    await runtime().appendInput(spec.dir, [line('a'), line('b', odd)])
    await heard(spec, `heard 6: line a\nheard ${odd.length}: ${odd.slice(0, 20)}`)
    await runtime().appendInput(spec.dir, [line('c')])
    await heard(spec, 'line c')
    await runtime().endInput(spec.dir)
    expect(await runtime().waitForEnd(spec.dir, NEVER)).toMatchObject({ exitCode: 7, stopped: null })
    expect(output(spec).match(/heard/g)).toHaveLength(4)
    await until('nothing of it is left', () => withMark(spec.dir).length + feeders(spec).length === 0)
  })

  test('that ends by itself leaves nobody behind who waits for more', async () => {
    const spec = growing('read -r line; exit 3')
    await runtime().start(spec)
    await runtime().appendInput(spec.dir, [line('a'), line('b', 'x'.repeat(300_000))])
    expect(await runtime().waitForEnd(spec.dir, NEVER)).toMatchObject({ exitCode: 3, stopped: null })
    await until('nothing of it is left', () => withMark(spec.dir).length + feeders(spec).length === 0)
  })

  test('is stopped like any other while it waits for more', async () => {
    const spec = growing(ECHO)
    await runtime().start(spec)
    await runtime().appendInput(spec.dir, [line('a')])
    await heard(spec, 'line a')
    const stopped = await runtime().stop(spec.dir, { graceMs: 500 })
    expect(stopped).toMatchObject({ state: 'exited', stopped: 'requested' })
    expect([...withMark(spec.dir), ...feeders(spec)]).toEqual([])
  })

  test('goes on hearing when whoever started it is killed, and leaves nothing when its supervisor is', async () => {
    const spec = growing(ECHO)
    const options = { stateDir: world.stateDir, orphanMs: 60_000 }
    const driver = startDriver({ do: 'start', steps: [{ spec, isolation }], stay: true, options })
    await driver.line()
    process.kill(-(driver.child.pid ?? 0), 'SIGKILL')
    await driver.ended
    await runtime().appendInput(spec.dir, [line('a')])
    await heard(spec, 'line a')
    process.kill(Number(claimField(spec.dir, 'pid')), 'SIGKILL')
    expect(await runtime().waitForEnd(spec.dir, NEVER)).toMatchObject({ state: 'lost' })
    await until('nothing of it is left', () => withMark(spec.dir).length + feeders(spec).length === 0)
  })
})

describe('an input that grows', () => {
  test('takes lines of any length, and each key once, whoever repeats it', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    const long = 'é'.repeat(200_000)
    await world.runtime().appendInput(spec.dir, [line('a', long)])
    await world.runtime().appendInput(spec.dir, [line('a', long), line('b')])
    await world.runtime().appendInput(spec.dir, [line('b'), line('a', 'other words')])
    await world.runtime().endInput(spec.dir)
    await world.runtime().endInput(spec.dir)
    await world.runtime().waitForEnd(spec.dir, NEVER)
    expect(output(spec).replaceAll(/: .*/g, '')).toBe('heard 400000\nheard 6\n')
  })

  test('drops a line that was not finished, and takes it whole from who comes next', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    await world.runtime().appendInput(spec.dir, [line('a')])
    appendFileSync(join(spec.dir, 'ctl', 'in'), 'b line b that was torn in the mid')
    await heard(spec, 'line a')
    await world.runtime().appendInput(spec.dir, [line('b')])
    await world.runtime().endInput(spec.dir)
    await world.runtime().waitForEnd(spec.dir, NEVER)
    expect(output(spec)).toBe('heard 6: line a\nheard 6: line b\n')
  })

  test('that was not finished at its end ends all the same', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    appendFileSync(join(spec.dir, 'ctl', 'in'), 'en')
    await world.runtime().endInput(spec.dir)
    expect(await world.runtime().waitForEnd(spec.dir, NEVER)).toMatchObject({ exitCode: 7 })
    expect(output(spec)).toBe('')
  })

  test('takes nothing after its end', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    expect(await world.runtime().appendInput(spec.dir, [line('a')])).toBe(true)
    await world.runtime().endInput(spec.dir)
    expect(await world.runtime().appendInput(spec.dir, [line('a')])).toBe(true)
    expect(await world.runtime().appendInput(spec.dir, [line('a'), line('b')])).toBe(false)
    await world.runtime().waitForEnd(spec.dir, NEVER)
    expect(output(spec)).toBe('heard 6: line a\n')
  })

  test('ends by itself when no Optio comes, before the step is stopped for that', async () => {
    const runtime = world.runtime({ orphanMs: 3_000 })
    const spec = growing(ECHO)
    await runtime.heartbeat()
    await runtime.start(spec)
    await runtime.appendInput(spec.dir, [line('a')])
    appendFileSync(join(spec.dir, 'ctl', 'in'), 'b torn')
    expect(await runtime.waitForEnd(spec.dir, NEVER)).toMatchObject({ exitCode: 7, stopped: null })
    expect(output(spec)).toBe('heard 6: line a\n')
  })

  test('refuses what is not one line', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    for (const bad of [line('a', 'two\nlines'), line('a', 'torn\u0018'), line('a key'), line('')]) {
      await expect(world.runtime().appendInput(spec.dir, [bad])).rejects.toMatchObject({ code: 'STEP_START' })
    }
    expect(readQuietly(join(spec.dir, 'ctl', 'in'))).toBe('')
  })

  test('costs no processor time while nothing is said', async () => {
    const spec = growing(ECHO)
    await world.runtime().start(spec)
    await world.runtime().appendInput(spec.dir, [line('a')])
    await heard(spec, 'line a')
    const [feeder = 0] = feeders(spec)
    const used = () =>
      readQuietly(`/proc/${feeder}/stat`)
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13)
    const before = { tail: used(), all: ticks(spec) }
    await delay(1_500)
    expect(used()).toEqual(before.tail)
    // Hundredths of a second, most of them the monitor's.
    expect(ticks(spec) - before.all).toBeLessThan(10)
  })

  test('is told from one that does not grow', async () => {
    const [grows, not] = [growing('true'), world.sh('true')]
    for (const spec of [grows, not]) await world.runtime().start(spec)
    expect(await world.runtime().takesInput(grows.dir)).toBe(true)
    expect(await world.runtime().takesInput(not.dir)).toBe(false)
  })
})
