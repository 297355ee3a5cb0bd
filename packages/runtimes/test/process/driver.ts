/** A process with a runtime of its own, driven by one JSON argument; see `startDriver` in support.ts. */
import { setTimeout as delay } from 'node:timers/promises'
import {
  createLocalRuntime,
  type LocalRuntimeOptions,
  type MechanismName,
  type StepSpec,
} from '../../src/index.ts'

/** A step, and the isolation to start it with if not the best. */
export interface StartedStep {
  readonly spec: StepSpec
  readonly isolation?: MechanismName
}

type Command = { readonly options: LocalRuntimeOptions } & (
  | { readonly do: 'start'; readonly steps: readonly StartedStep[]; readonly stay: boolean }
  | {
      readonly do: 'start-and-stop'
      readonly spec: StepSpec
      readonly ready: string
      readonly graceMs: number
    }
  | {
      readonly do: 'race'
      readonly specs: readonly StepSpec[]
      readonly beginAt: number
      readonly everyMs: number
    }
)

const command = JSON.parse(process.argv[2] ?? '') as Command
const runtime = createLocalRuntime(command.options)
const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

if (command.do === 'start') {
  const start = ({ spec, isolation }: StartedStep) =>
    (isolation === undefined ? runtime : createLocalRuntime({ ...command.options, isolation })).start(spec)
  say(await Promise.all(command.steps.map(start)))
  if (command.stay) setInterval(() => {}, 1000)
} else if (command.do === 'start-and-stop') {
  await runtime.heartbeat()
  await runtime.start(command.spec)
  await delay(Number(command.ready))
  say(await runtime.stop(command.spec.dir, { graceMs: command.graceMs }))
} else {
  await runtime.isolation()
  say('ready')
  for (const [round, spec] of command.specs.entries()) {
    await delay(Math.max(0, command.beginAt + round * command.everyMs - Date.now()))
    const act = async (): Promise<unknown> => {
      await delay(Math.random() * 12)
      return Math.random() < 0.6 ? runtime.start(spec) : runtime.stop(spec.dir, { graceMs: 0 })
    }
    say(await Promise.all([act(), act()]))
  }
}
