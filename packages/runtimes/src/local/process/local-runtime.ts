/** The local runtime: steps are processes of this machine, each under a small supervisor of ours that survives Optio. */
import { randomBytes } from 'node:crypto'
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OptioError } from '@optio/contract'
import type { IsolationReport, Runtime, StepSpec, StepStatus } from '../../runtime.ts'
import { isDiskFull } from './disk.ts'
import { launchTools, type Mechanism, type MechanismName, type Probe, probeMechanisms } from './isolation.ts'
import { checkSpec, launchFailure, spawnSupervisor } from './launch.ts'
import { isClaimed, readStatus, stopStep, waitForStepEnd } from './step-end.ts'
import { leaveTombstone } from './step-files.ts'
import { appendToInput, endInput, hasGrowingInput } from './step-input.ts'

export interface LocalRuntimeOptions {
  /** Directory for what all Optios of this machine share: the heartbeat. Made when missing; hide it from steps. */
  readonly stateDir: string
  /** Milliseconds without any heartbeat after which supervisors end their steps. */
  readonly orphanMs: number
  /** Uses this mechanism instead of the best that works (for tests and for diagnosis). */
  readonly isolation?: MechanismName
  readonly log?: (message: string) => void
}

/** A supervisor claims within milliseconds; after so long the machine is out of order and the step is abandoned. */
const CLAIM_TIMEOUT_MS = 30_000

export function createLocalRuntime(options: LocalRuntimeOptions): Runtime {
  const { stateDir, orphanMs, log = () => {} } = options
  const heartbeatFile = join(stateDir, 'heartbeat')
  const emptyFile = join(stateDir, 'empty')

  function prepare(): void {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(emptyFile, '', { mode: 0o444, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }

  async function chooseMechanism(): Promise<{ mechanism: Mechanism; probes: readonly Probe[] }> {
    const probes = await probeMechanisms()
    const wanted = options.isolation
    const chosen = probes.find(
      ({ works, mechanism }) => works && (wanted === undefined || mechanism.name === wanted),
    )
    if (chosen !== undefined) return { mechanism: chosen.mechanism, probes }
    const detail =
      probes.find(({ mechanism }) => mechanism.name === wanted)?.detail ?? 'there is no such mechanism'
    throw new OptioError('STEP_START', `Isolation by ${wanted} does not work on this machine: ${detail}.`)
  }

  async function start(spec: StepSpec): Promise<StepStatus> {
    const before = readStatus(spec.dir)
    if (before.state !== 'absent') return before
    checkSpec(spec)
    const [{ mechanism }, tools] = await Promise.all([chooseMechanism(), launchTools()])
    try {
      prepare()
      const ended = spawnSupervisor({ spec, mechanism, tools, orphanMs, heartbeatFile, emptyFile })
      let running = true
      void ended.then(() => {
        running = false
      })
      await claimed(spec.dir, () => !running)
      const status = readStatus(spec.dir)
      if (status.state !== 'absent') return status
      if (running && leaveTombstone(spec.dir)) {
        log(
          `The supervisor of ${spec.dir} did not claim it within ${CLAIM_TIMEOUT_MS} ms; the step is abandoned.`,
        )
        return readStatus(spec.dir)
      }
      throw await launchFailure(spec.dir, await ended)
    } catch (error) {
      if (error instanceof OptioError) throw error
      throw await launchFailure(spec.dir, error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    name: 'local',
    async isolation(): Promise<IsolationReport> {
      const { mechanism, probes } = await chooseMechanism()
      return {
        processes: mechanism.processes,
        hidesFiles: mechanism.hidesFiles,
        probes: probes.map(({ mechanism: { name }, works, detail }) => ({ name, works, detail })),
      }
    },
    start,
    status: async (dir) => readStatus(dir),
    waitForEnd: waitForStepEnd,
    stop: (dir, { graceMs }) => stopStep(dir, graceMs),
    takesInput: async (dir) => hasGrowingInput(dir),
    appendInput: appendToInput,
    endInput,
    async heartbeat() {
      prepare()
      beat(heartbeatFile)
    },
  }
}

/** Waits until somebody has claimed the directory or our supervisor has ended. */
async function claimed(dir: string, ended: () => boolean): Promise<void> {
  const deadline = performance.now() + CLAIM_TIMEOUT_MS
  for (
    let pause = 1;
    !isClaimed(dir) && !ended() && performance.now() < deadline;
    pause = Math.min(pause + 1, 20)
  ) {
    await delay(pause)
  }
}

/**
 * Supervisors see that the content changed; no clock is compared. The file is overwritten in place with the same length,
 * so that a full disk does not silence the heartbeat.
 */
function beat(file: string): void {
  const content = `${randomBytes(16).toString('hex')}\n`
  try {
    const descriptor = openSync(file, 'r+')
    try {
      writeSync(descriptor, content, 0)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (isDiskFull(error))
      throw new OptioError('DISK_FULL', `There is no room for ${file}. Free some disk space.`, {
        cause: error,
      })
    writeFileSync(file, content, { mode: 0o600 })
  }
}
