import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { type StopReason, usefulTail } from '@optio/core'
import { NoAnswer } from '@optio/forges'
import { STEP_FILES, type StepSpec } from '@optio/runtimes'
import { eq, sql } from 'drizzle-orm'
import { environments } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import { fenced } from './fence.ts'
import { type EndedStep, runStep } from './step.ts'
import type { AttemptEnd, Supervised } from './supervised.ts'

/** Bytes of a setup command's output that go into the log. */
const SETUP_LOG_BYTES = 256 * 1024
const PREPARE_STEP_MS = 10 * 60_000
const LONGEST_SETUP_MS = 60 * 60_000

/** The environment could not be made, by a fault that lies in the repository or its settings: the attempt ends with it. */
export class EnvironmentFault extends Error {
  readonly end: AttemptEnd
  constructor(end: AttemptEnd) {
    super(end.errorMessage ?? 'the environment could not be made')
    this.end = end
  }
}

/**
 * What the place is made from, the place itself, its setup commands: each only as far as it is not done yet. A forge that gives no answer
 * is waited for by the run, in the queue, and not by an attempt, which holds a slot.
 */
export async function prepareEnvironment(context: EngineContext, supervised: Supervised): Promise<void> {
  try {
    await prepare(context, supervised)
  } catch (error) {
    throw error instanceof NoAnswer ? silentForge(error) : error
  }
}

async function prepare(context: EngineContext, supervised: Supervised): Promise<void> {
  const { run, place } = supervised
  stopIfAsked(supervised)
  const known = await environmentRow(context, run.id)
  await place.refresh(context, supervised, known?.setupDoneAt != null)
  if (!known) await beginEnvironment(context, supervised)
  stopIfAsked(supervised)
  await place.make(context, supervised)
  const { home, tmp } = context.workspaces.paths(run.id)
  await mkdir(home, { recursive: true, mode: 0o700 })
  await mkdir(tmp, { recursive: true, mode: 0o700 })
  if (!known?.setupDoneAt) await runSetup(context, supervised)
}

/**
 * Waits for git's work on a mirror or a clone, but not longer than for a stop or for this process to leave: with a large
 * repository that would hold up a cancel for minutes. The work itself goes on and harms nothing: it writes aside and moves
 * what is whole into place, and whoever comes next finds it or makes it again.
 */
export async function unlessStopped<T>({ stop, leave }: Supervised, work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  leave.throwIfAborted()
  const left = new Promise<never>((_, reject) => {
    leave.addEventListener('abort', () => reject(leave.reason), { once: true })
  })
  left.catch(() => undefined)
  const stopped = stop.requested.then((reason): never => {
    throw stoppedFault(reason)
  })
  stopped.catch(() => undefined)
  return await Promise.race([work, left, stopped])
}

async function environmentRow(context: EngineContext, runId: string) {
  const [row] = await context.database.orm.select().from(environments).where(eq(environments.runId, runId))
  return row
}

/**
 * What an earlier start from scratch left is set aside, and the new environment is on record before its clone is made, so
 * that whoever goes on after a crash completes that clone. Both under the fence: a stale supervisor must not move the
 * directory away from under its successor's agent.
 */
async function beginEnvironment(context: EngineContext, supervised: Supervised): Promise<void> {
  const { run } = supervised
  await context.database.transaction(async (tx) => {
    await fenced(tx, supervised)
    await context.workspaces.setAside(run.id)
    await tx
      .insert(environments)
      .values({ runId: run.id, workspaceId: run.workspaceId, hostId: context.config.hostId })
      .onConflictDoNothing()
  })
}

/** Runs a step that prepares the place. Throws EnvironmentFault when it is stopped or lost. */
export async function runPrepareStep(
  context: EngineContext,
  supervised: Supervised,
  name: string,
  argv: readonly string[],
  maxMs = PREPARE_STEP_MS,
): Promise<Extract<EndedStep, { state: 'exited' }>> {
  const spec = stepSpec(context, supervised, name, argv, maxMs)
  const ended = await runStep(context, spec, supervised.stop, supervised.leave)
  stopIfAsked(supervised)
  if (ended.state === 'lost') throw lostFault(ended.why)
  return ended
}

async function runSetup(context: EngineContext, supervised: Supervised): Promise<void> {
  const { place } = supervised
  const argv = await place.setupCommand(context, supervised)
  if (argv) {
    const limit = Math.min(place.settings.maxAttemptMs, LONGEST_SETUP_MS)
    await say(context, supervised, 'system', 'The setup commands run.')
    const ended = await runPrepareStep(context, supervised, 'setup', argv, limit)
    const output = await outputTail(context, supervised, 'setup')
    await say(context, supervised, 'system', output === '' ? 'The setup commands printed nothing.' : output)
    if (ended.exitCode !== 0) throw setupFault(ended, output)
  }
  await context.database.transaction(async (tx) => {
    await fenced(tx, supervised)
    await tx
      .update(environments)
      .set({ setupDoneAt: sql`now()` })
      .where(eq(environments.runId, supervised.run.id))
  })
}

export function stepSpec(
  context: EngineContext,
  { run, attempt, place }: Supervised,
  name: string,
  argv: readonly string[],
  maxMs: number,
): StepSpec {
  const paths = context.workspaces.paths(run.id)
  return {
    dir: paths.stepDir(attempt.number, name),
    argv,
    cwd: paths.clone,
    env: { ...place.settings.env, ...context.config.inheritedEnv, HOME: paths.home, TMPDIR: paths.tmp },
    stdinFile: null,
    maxMs,
    graceMs: context.config.stopGraceMs,
    outputLimitBytes: context.config.outputLimitBytes,
    sandbox: place.sandbox(context),
  }
}

export async function outputTail(
  context: EngineContext,
  { run, attempt }: Supervised,
  step: string,
): Promise<string> {
  const dir = context.workspaces.paths(run.id).stepDir(attempt.number, step)
  const parts = await Promise.all(
    [STEP_FILES.stdout, STEP_FILES.stderr].map((file) => readTail(join(dir, file))),
  )
  // A set-up is given no credential, but where files are not isolated it may have read one.
  await context.agentAccess.learn()
  return context.agentAccess.redact(
    usefulTail(parts.filter((part) => part !== '').join('\n'), SETUP_LOG_BYTES),
  )
}

/** Last part of a file, at most four times what is shown of it; empty when there is none. */
export async function readTail(file: string, bytes = 4 * SETUP_LOG_BYTES): Promise<string> {
  let handle: Awaited<ReturnType<typeof open>>
  try {
    handle = await open(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = await handle.stat()
    const length = Math.min(size, bytes)
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, size - length)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

export async function say(
  context: EngineContext,
  supervised: Supervised,
  logType: 'system' | 'error' | 'info',
  content: string,
): Promise<void> {
  const { run, attempt } = supervised
  await context.database.transaction(async (tx) => {
    await fenced(tx, supervised)
    await context.engineLog.append(tx, run, attempt.number, [{ logType, content }])
  })
}

export function stopIfAsked({ stop }: Supervised): void {
  if (stop.reason !== null) throw stoppedFault(stop.reason)
}

function stoppedFault(reason: StopReason): EnvironmentFault {
  return new EnvironmentFault({ state: 'stopped', stopReason: reason, exitCode: null })
}

function lostFault(why: string): EnvironmentFault {
  return new EnvironmentFault({
    state: 'lost',
    stopReason: null,
    exitCode: null,
    errorMessage: `The machine lost it: ${why}.`,
  })
}

function setupFault(ended: Extract<EndedStep, { state: 'exited' }>, output: string): EnvironmentFault {
  const how =
    ended.stopped === 'deadline' ? 'took too long' : `ended with exit code ${ended.exitCode ?? 'unknown'}`
  return new EnvironmentFault({
    state: 'failed',
    stopReason: null,
    exitCode: ended.exitCode,
    environmentFault: true,
    errorMessage: `The setup commands ${how}: ${usefulTail(output, 500)}`,
  })
}

function silentForge({ reason, message, retryAt }: NoAnswer): EnvironmentFault {
  return new EnvironmentFault({
    state: 'failed',
    stopReason: null,
    exitCode: null,
    errorMessage: message,
    failure: { kind: 'forge', why: reason, message, retryAt },
  })
}

/** Errors that words can mend end the attempt; a full disk or a missing database is waited for instead. */
export function asFault(error: unknown): unknown {
  if (
    !(error instanceof OptioError) ||
    error.code === 'DISK_FULL' ||
    error.code === 'FENCED' ||
    error.status === 503
  )
    return error
  return faultOf(error.message)
}

/** The place cannot be made as it should be, for the reason in the message. */
export function faultOf(errorMessage: string): EnvironmentFault {
  return new EnvironmentFault({
    state: 'failed',
    stopReason: null,
    exitCode: null,
    environmentFault: true,
    errorMessage,
  })
}
