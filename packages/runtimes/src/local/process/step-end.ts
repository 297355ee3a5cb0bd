/** Looking at a step, waiting for its end, and ending it. */
import { existsSync, type FSWatcher, readFileSync, watch } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { OptioError } from '@optio/contract'
import type { StepStatus } from '../../runtime.ts'
import { killControlGroup } from './control-group.ts'
import { isDiskFull } from './disk.ts'
import { isProcessAlive, type ProcessIdentity, signalProcess } from './process-identity.ts'
import { killUntilNone, markedProcesses, treeMembers } from './process-tree.ts'
import {
  controlPath,
  leaveTombstone,
  readClaim,
  readExit,
  type StepClaim,
  writeStopRequest,
} from './step-files.ts'

const ABANDONED: StepStatus = { state: 'lost', why: 'It was abandoned before it started.' }

/** A dead supervisor is noticed this late at most; an ordinary end is told by the directory at once. */
const FALLBACK_POLL_MS = 500
/** How long after the grace the supervisor may take to clean up before Optio ends the tree itself. */
const SUPERVISOR_SLACK_MS = 3000
const REPEAT_REQUEST_MS = 150

/** What the records and the process table say, without touching anything. */
export function readStatus(dir: string): StepStatus {
  const exit = readExit(dir)
  if (exit !== null) return exit
  const record = readClaim(dir)
  if (record.kind === 'none') return { state: 'absent' }
  if (record.kind === 'tombstone') return ABANDONED
  const { supervisor } = record.claim
  if (isProcessAlive(supervisor)) return { state: 'running', pid: supervisor.pid }
  // It may have recorded the end between the two looks.
  return (
    readExit(dir) ?? {
      state: 'lost',
      why: 'Its supervisor died, or the machine restarted, before its end was recorded.',
    }
  )
}

/**
 * Makes "lost" mean that nothing lives: ends whatever a dead supervisor left behind. In a namespace the kernel did that
 * already and this only checks. Other steps and running ones are not touched.
 */
async function reap(dir: string): Promise<void> {
  const record = readClaim(dir)
  if (record.kind !== 'claimed' || isProcessAlive(record.claim.supervisor)) return
  const { claim } = record
  signalProcess(claim.monitor, 'SIGHUP')
  await killLeftovers(dir, claim)
  await gone(claim.monitor, 500)
  signalProcess(claim.monitor, 'SIGKILL')
  await gone(claim.monitor, Number.POSITIVE_INFINITY)
}

async function killLeftovers(dir: string, claim: StepClaim): Promise<void> {
  if (claim.cgroup !== null) await killControlGroup(claim.cgroup)
  if (claim.mechanism !== 'best-effort') return killUntilNone(() => markedProcesses(claim.mark), 1)
  const known = readKnown(dir)
  await killUntilNone(() => treeMembers(markedProcesses(claim.mark), known, claim.supervisor.pid), 2)
}

function readKnown(dir: string): string[] {
  try {
    return readFileSync(controlPath(dir, 'known'), 'latin1').split('\n').filter(Boolean)
  } catch {
    return []
  }
}

async function gone(identity: ProcessIdentity, maxMs: number): Promise<void> {
  const deadline = performance.now() + maxMs
  for (
    let pause = 2;
    isProcessAlive(identity) && performance.now() < deadline;
    pause = Math.min(pause * 2, 100)
  ) {
    await delay(pause)
  }
}

/** Recording the end is the last thing a supervisor does: a millisecond later nothing of the step is left, itself included. */
async function supervisorGone(dir: string): Promise<void> {
  const record = readClaim(dir)
  if (record.kind === 'claimed') await gone(record.claim.supervisor, 1000)
}

/** Resolves with the status once the step does not run; a lost one is reaped first. Rejects when `signal` aborts. */
export async function waitForStepEnd(dir: string, signal: AbortSignal): Promise<StepStatus> {
  const records = watchRecords(dir)
  try {
    for (;;) {
      signal.throwIfAborted()
      const status = readStatus(dir)
      if (status.state === 'lost') await reap(dir)
      if (status.state === 'exited') await supervisorGone(dir)
      if (status.state !== 'running') return status
      await records.changed(signal)
    }
  } finally {
    records.close()
  }
}

interface RecordWatch {
  /** Resolves at the next change since the last call, at the fallback poll, or when `signal` aborts. */
  changed(signal: AbortSignal): Promise<void>
  close(): void
}

/** Watches the control directory; where that is impossible (too many watches), a quick poll stands in. */
function watchRecords(dir: string): RecordWatch {
  let watcher: FSWatcher | null = null
  let changedBefore = false
  let wake = (): void => {}
  const notice = (): void => {
    changedBefore = true
    wake()
  }
  try {
    watcher = watch(controlPath(dir), { persistent: false }, (_type, name) => {
      if (name === null || name === 'exit') notice()
    })
    watcher.on('error', notice)
  } catch {
    // No such directory yet, or no watch to be had.
  }
  const pollMs = watcher === null ? 50 : FALLBACK_POLL_MS
  return {
    async changed(signal) {
      if (!changedBefore) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pollMs)
          const done = (): void => resolve()
          signal.addEventListener('abort', done, { once: true })
          wake = () => {
            clearTimeout(timer)
            signal.removeEventListener('abort', done)
            resolve()
          }
        })
        wake()
      }
      changedBefore = false
    },
    close: () => watcher?.close(),
  }
}

/** Ends the step in `dir` and everything it started; a step that never started never will. */
export async function stopStep(dir: string, graceMs: number): Promise<StepStatus> {
  for (;;) {
    const status = readStatus(dir)
    if (status.state === 'exited') {
      await supervisorGone(dir)
      return status
    }
    if (status.state === 'lost') {
      await reap(dir)
      return readStatus(dir)
    }
    if (status.state === 'absent') {
      if (abandon(dir)) return ABANDONED
      continue
    }
    const record = readClaim(dir)
    if (record.kind === 'claimed') return endRunning(dir, record.claim, graceMs)
  }
}

function abandon(dir: string): boolean {
  try {
    return leaveTombstone(dir)
  } catch (error) {
    if (!isDiskFull(error)) throw error
    throw new OptioError(
      'DISK_FULL',
      `There is no room on the disk of ${dir}. Free some space and try again.`,
      { cause: error },
    )
  }
}

async function endRunning(dir: string, claim: StepClaim, graceMs: number): Promise<StepStatus> {
  writeStopRequest(dir, graceMs)
  const started = performance.now()
  const forced = started + graceMs + SUPERVISOR_SLACK_MS
  for (let force = false; ; force = performance.now() > forced) {
    // Whoever stopped the supervisor itself (SIGSTOP) must not keep it from its duty.
    signalProcess(claim.supervisor, 'SIGCONT')
    const monitored = signalProcess(claim.monitor, 'SIGCONT') && signalProcess(claim.monitor, 'SIGUSR1')
    if (force || !monitored) await killByForce(dir, claim, force)
    const status = await settled(dir, REPEAT_REQUEST_MS)
    if (status.state !== 'running') return status
  }
}

/**
 * The monitor is dead or does not come to an end: the tree is ended from here and the supervisor records that. Only a
 * supervisor that even then does not end is killed; the step is lost then.
 */
async function killByForce(dir: string, claim: StepClaim, forced: boolean): Promise<void> {
  await Promise.race([killLeftovers(dir, claim), delay(SUPERVISOR_SLACK_MS)])
  if (!forced) return
  const status = await settled(dir, 500)
  if (status.state === 'running') signalProcess(claim.supervisor, 'SIGKILL')
}

async function settled(dir: string, maxMs: number): Promise<StepStatus> {
  const timeout = AbortSignal.timeout(Math.max(1, maxMs))
  try {
    return await waitForStepEnd(dir, timeout)
  } catch (error) {
    if (!timeout.aborted) throw error
    const status = readStatus(dir)
    if (status.state === 'lost') await reap(dir)
    return status
  }
}

/** True when the directory has a claim or a tombstone. */
export function isClaimed(dir: string): boolean {
  return existsSync(controlPath(dir, 'claim'))
}
