/** What the tests of the local runtime share: a temporary root, real steps, and a look at what is left of them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe } from 'vitest'
import {
  createLocalRuntime,
  type LocalRuntimeOptions,
  MECHANISMS,
  type MechanismName,
  type Runtime,
  type StepSpec,
} from '../../src/index.ts'
import { probeMechanisms } from '../../src/local/process/isolation.ts'

export const NEVER = new AbortController().signal

const probes = await probeMechanisms()

/** Declares the same tests for each isolation mechanism that works on this machine; says loudly which do not. */
export function describeEachMechanism(title: string, body: (mechanism: MechanismName) => void): void {
  for (const name of MECHANISMS) {
    const probe = probes.find(({ mechanism }) => mechanism.name === name)
    if (probe?.works) describe(`${title} [${name}]`, () => body(name))
    else describe.skip(`${title} [${name}: NOT TESTED, ${probe?.detail}]`, () => body(name))
  }
}

/** Whether a mechanism works here, and why not. */
export function mechanismWorks(name: MechanismName): { works: boolean; detail: string } {
  const probe = probes.find(({ mechanism }) => mechanism.name === name)
  return { works: probe?.works ?? false, detail: probe?.detail ?? 'unknown' }
}

export interface World {
  readonly root: string
  readonly stateDir: string
  /** Every process of this file's steps carries it in its environment, unless it got rid of its environment. */
  readonly mark: string
  runtime(options?: Partial<LocalRuntimeOptions>): Runtime
  spec(argv: readonly string[], over?: Partial<StepSpec>): StepSpec
  sh(script: string, over?: Partial<StepSpec>): StepSpec
}

/** A temporary directory whose steps are all ended, and itself removed, when the tests of the file are done. */
export function createWorld(parent: string = tmpdir()): World {
  const root = join(realpathSync(parent), `optio-process-${randomBytes(6).toString('hex')}`)
  const stateDir = join(root, 'state')
  const mark = randomBytes(8).toString('hex')
  const dirs: string[] = []
  beforeAll(() => void mkdirSync(root))
  afterAll(async () => {
    const runtime = createLocalRuntime({ stateDir, orphanMs: 60_000 })
    for (const dir of dirs) if (existsSync(dir)) await runtime.stop(dir, { graceMs: 0 })
    rmSync(root, { recursive: true, force: true })
    const left = withMark(mark)
    for (const pid of left) process.kill(pid, 'SIGKILL')
    if (left.length > 0) throw new Error(`The tests left ${left.length} processes behind.`)
  })
  const spec = (argv: readonly string[], over: Partial<StepSpec> = {}): StepSpec => {
    const dir = over.dir ?? join(root, `step-${dirs.length}`)
    dirs.push(dir)
    return {
      argv,
      cwd: root,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', PROBE_MARK: mark },
      stdinFile: null,
      maxMs: 60_000,
      graceMs: 1000,
      outputLimitBytes: 1 << 24,
      sandbox: { readWrite: [root], readOnly: [], hidden: [] },
      ...over,
      dir,
    }
  }
  return {
    root,
    stateDir,
    mark,
    spec,
    sh: (script, over) => spec(['/bin/sh', '-c', script], over),
    runtime: (options = {}) => createLocalRuntime({ stateDir, orphanMs: 60_000, ...options }),
  }
}

/** Live processes whose environment or arguments contain the text. */
export function withMark(text: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .filter((pid) =>
      ['environ', 'cmdline'].some((file) => readQuietly(`/proc/${pid}/${file}`).includes(text)),
    )
}

/** The live processes of the tests' steps, in words, without the `sleep` of at most a second that a killed monitor leaves. */
export function ofSteps(world: World): string[] {
  return withMark(world.mark)
    .map(
      (pid) =>
        `${readQuietly(`/proc/${pid}/stat`).slice(0, 60)} ${readQuietly(`/proc/${pid}/cmdline`).slice(-60)}`,
    )
    .filter((text) => !text.includes('sleep\x001.000') && !/^ *$/.test(text) && !text.includes(') Z '))
}

export function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

export function output(spec: StepSpec): string {
  return readQuietly(join(spec.dir, 'out'))
}

/** Looks every few milliseconds until the condition holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  maxMs = 40_000,
): Promise<void> {
  const deadline = performance.now() + maxMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${maxMs} ms in vain until ${what}.`)
    await delay(10)
  }
}

/** A field of the step's claim. */
export function claimField(dir: string, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(readQuietly(join(dir, 'ctl', 'claim')))?.[1] ?? ''
}

export interface Driver {
  readonly child: ChildProcess
  /** Resolves with the next line the driver prints. */
  line(): Promise<string>
  readonly ended: Promise<void>
}

/**
 * Another process with a runtime of its own; `prefix` runs it as somebody else. It leads its own process group, and was
 * born with an open file that it would pass on: driver.ts.
 */
export function startDriver(command: object, prefix: readonly string[] = []): Driver {
  const tsx = createRequire(import.meta.url).resolve('tsx')
  const file = fileURLToPath(new URL('driver.ts', import.meta.url))
  const argv = [
    ...prefix,
    process.execPath,
    '--conditions=optio-source',
    '--import',
    tsx,
    file,
    JSON.stringify(command),
  ]
  const [program = '', ...args] = argv
  const inherited = openSync(file, 'r')
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit', inherited] })
  closeSync(inherited)
  const lines: string[] = []
  const waiting: Array<(line: string) => void> = []
  let rest = ''
  child.stdout?.on('data', (data: Buffer) => {
    const parts = (rest + data.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const next = waiting.shift()
      if (next) next(line)
      else lines.push(line)
    }
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void ended.then(() => {
    for (const next of waiting) next('')
  })
  return {
    child,
    ended,
    line: () => {
      const ready = lines.shift()
      return ready !== undefined ? Promise.resolve(ready) : new Promise((resolve) => waiting.push(resolve))
    },
  }
}
