import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { usefulTail } from '@optio/core'
import { STEP_FILES, type StepSpec } from '@optio/runtimes'
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts, checkRuns, repositories, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import { repositoryRef } from '../observe.ts'
import { pause } from '../pause.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import { wakeRun } from '../wake-ups.ts'
import { readTail } from './environment.ts'
import { type EndedStep, runStep } from './step.ts'
import type { StopSwitch } from './stop-switch.ts'

type CheckRow = typeof checkRuns.$inferSelect
type Conclusion = NonNullable<CheckRow['conclusion']>

interface SupervisedCheck {
  readonly check: CheckRow
  readonly run: RunRow
  readonly repository: RepositoryRow
  readonly generation: number
  readonly stop: StopSwitch
  readonly leave: AbortSignal
}

/** What a check came to; null when the machine lost it and it is to run again. */
type CheckEnd = { readonly conclusion: Conclusion; readonly summary: string; readonly log: string | null }

const MOST_RESTARTS = 3
const LOG_BYTES = 256 * 1024
const FAULT_PAUSE_MS = 2_000

/**
 * Runs a repository's `testCommand` in a clean checkout of the merge of one head and one base. Supervised like an attempt:
 * adopted when its process dies, stopped when its run ends.
 */
export async function superviseCheck(
  context: EngineContext,
  checkId: string,
  generation: number,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<void> {
  while (!leave.aborted) {
    try {
      const supervised = await read(context, checkId, generation, stop, leave)
      if (supervised) await drive(context, supervised)
      return
    } catch (error) {
      if (leave.aborted || (error instanceof OptioError && error.code === 'FENCED')) return
      context.log.warn({ checkId, err: error }, 'a fault of the machine; the check goes on when it is over')
      await pause(FAULT_PAUSE_MS, leave)
    }
  }
}

async function read(
  context: EngineContext,
  checkId: string,
  generation: number,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<SupervisedCheck | null> {
  const [found] = await context.database.orm
    .select({ check: checkRuns, run: runs, repository: repositories })
    .from(checkRuns)
    .innerJoin(runs, eq(runs.id, checkRuns.runId))
    .innerJoin(repositories, eq(repositories.id, checkRuns.repositoryId))
    .where(eq(checkRuns.id, checkId))
  if (found?.check.status !== 'running') return null
  if (found.check.generation !== generation) throw new OptioError('FENCED', 'The check has a new supervisor.')
  if (found.check.stopRequested) stop.request('cancel')
  return { ...found, generation, stop, leave }
}

async function drive(context: EngineContext, supervised: SupervisedCheck): Promise<void> {
  const { check } = supervised
  const end = await execute(context, supervised)
  if (end === null) return await startAgain(context, supervised)
  // Whoever was replaced leaves the files to its successor.
  if (!(await finish(context, supervised, end))) return
  await context.workspaces.removeCheckout(check.id)
  await rm(join(context.config.checksDir, check.id), { recursive: true, force: true })
}

async function execute(context: EngineContext, supervised: SupervisedCheck): Promise<CheckEnd | null> {
  const { check, repository } = supervised
  if (supervised.stop.reason !== null) {
    await stopSteps(context, supervised)
    return cancelled()
  }
  const repositoryHere = repositoryRef(context, repository)
  // Looking at the pull request brings head and base into this host's mirror.
  await context.forge(repository.gitPlatform).observe(repositoryHere, check.prNumber)
  const candidate = await context.mergeCandidate(repositoryHere, check)
  if (candidate.outcome === 'conflict') {
    return { conclusion: 'error', summary: `It conflicts in ${candidate.files.join(', ')}.`, log: null }
  }
  const { dir } = await context.workspaces.prepareCheckout({
    checkoutId: check.id,
    repositoryId: repository.id,
    commit: candidate.commit,
  })
  for (const { name, argv } of await commands(repository, dir)) {
    const spec = await stepSpec(context, supervised, dir, name, argv)
    const ended = await runStep(context, spec, supervised.stop, supervised.leave)
    if (supervised.stop.reason !== null) return cancelled()
    if (ended.state === 'lost') return check.restarts < MOST_RESTARTS ? null : lostForGood(ended.why)
    const failure = await failureOf(context, name, spec, ended)
    if (failure) return failure
  }
  return { conclusion: 'success', summary: 'Passed.', log: await logOf(context, check) }
}

async function commands(
  repository: RepositoryRow,
  checkout: string,
): Promise<{ name: string; argv: string[] }[]> {
  const test = { name: 'test', argv: ['sh', '-c', repository.testCommand ?? 'true'] }
  if (repository.setupCommands) return [{ name: 'setup', argv: ['sh', '-c', repository.setupCommands] }, test]
  try {
    await access(join(checkout, '.optio', 'setup.sh'))
    return [{ name: 'setup', argv: ['sh', '.optio/setup.sh'] }, test]
  } catch {
    return [test]
  }
}

async function failureOf(
  context: EngineContext,
  name: string,
  spec: StepSpec,
  ended: Extract<EndedStep, { state: 'exited' }>,
): Promise<CheckEnd | null> {
  if (ended.stopped === null && ended.exitCode === 0) return null
  const what = name === 'setup' ? 'The setup commands' : 'The tests'
  const log = await readLog(context, spec.dir)
  if (ended.stopped === 'deadline') return { conclusion: 'timed_out', summary: `${what} took too long.`, log }
  if (ended.stopped === 'output_limit')
    return { conclusion: 'failure', summary: `${what} wrote too much output.`, log }
  if (ended.stopped !== null)
    return { conclusion: 'error', summary: `${what} were stopped (${ended.stopped}).`, log }
  const code = ended.exitCode === null ? `by signal ${ended.signal}` : `with exit code ${ended.exitCode}`
  return { conclusion: 'failure', summary: `${what} ended ${code}.`, log }
}

function cancelled(): CheckEnd {
  return { conclusion: 'cancelled', summary: 'Stopped: the task ended.', log: null }
}

function lostForGood(why: string): CheckEnd {
  return {
    conclusion: 'error',
    summary: `The machine lost it ${MOST_RESTARTS + 1} times: ${why}.`,
    log: null,
  }
}

async function stopSteps(context: EngineContext, { check }: SupervisedCheck): Promise<void> {
  for (const name of ['setup', 'test']) {
    await context.runtime.stop(join(stepsDir(context, check), name), { graceMs: context.config.stopGraceMs })
  }
}

function stepsDir(context: EngineContext, check: CheckRow): string {
  return join(context.config.checksDir, check.id, String(check.restarts))
}

async function stepSpec(
  context: EngineContext,
  { check, repository }: SupervisedCheck,
  checkout: string,
  name: string,
  argv: readonly string[],
): Promise<StepSpec> {
  const home = join(context.config.checksDir, check.id, 'home')
  const tmp = join(context.config.checksDir, check.id, 'tmp')
  await mkdir(home, { recursive: true, mode: 0o700 })
  await mkdir(tmp, { recursive: true, mode: 0o700 })
  return {
    dir: join(stepsDir(context, check), name),
    argv,
    cwd: checkout,
    env: { ...context.config.inheritedEnv, HOME: home, TMPDIR: tmp, CI: 'true' },
    stdinFile: null,
    maxMs: repository.maxAttemptMs,
    graceMs: context.config.stopGraceMs,
    outputLimitBytes: context.config.outputLimitBytes,
    sandbox: {
      readWrite: [checkout, home, tmp],
      readOnly: [context.workspaces.mirrorDir(repository.id)],
      hidden: context.config.hiddenPaths,
    },
  }
}

async function logOf(context: EngineContext, check: CheckRow): Promise<string> {
  return await readLog(context, join(stepsDir(context, check), 'test'))
}

async function readLog(context: EngineContext, dir: string): Promise<string> {
  const out = await readTail(join(dir, STEP_FILES.stdout))
  const err = await readTail(join(dir, STEP_FILES.stderr))
  const log = usefulTail([out, err].filter((part) => part !== '').join('\n'), LOG_BYTES).replaceAll(
    '\0',
    '\u2400',
  )
  // A check is given no credential, but where files are not isolated it may have read one.
  await context.agentAccess.learn()
  return context.agentAccess.redact(log)
}

/**
 * Back into the queue under a new generation; its slot is free meanwhile. What is left of the checkout goes first: it may be
 * taken again the moment it is queued.
 */
async function startAgain(context: EngineContext, supervised: SupervisedCheck): Promise<void> {
  const { check, generation, stop, leave } = supervised
  if (!(await read(context, check.id, generation, stop, leave))) return
  await context.workspaces.removeCheckout(check.id)
  await context.database.transaction(async (tx) => {
    const moved = await updateFenced(tx, supervised, {
      status: 'queued',
      processId: null,
      hostId: null,
      restarts: supervised.check.restarts + 1,
      generation: supervised.generation + 1,
    })
    if (moved) await context.notify.publish(tx, { k: CLAIM_NOTICE })
  })
}

/** Answers whether it was this supervisor's to finish. */
async function finish(context: EngineContext, supervised: SupervisedCheck, end: CheckEnd): Promise<boolean> {
  const { check, run } = supervised
  return await context.database.transaction(async (tx) => {
    await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, run.id)).for('update')
    // A check that was stopped said nothing about its commit: no row, so that the commit can be checked again.
    const moved =
      end.conclusion === 'cancelled'
        ? await deleteFenced(tx, supervised)
        : await updateFenced(tx, supervised, {
            ...end,
            status: 'completed',
            processId: null,
            completedAt: new Date(),
          })
    if (!moved) return false
    await tx
      .update(runs)
      .set({ version: sql`${runs.version} + 1` })
      .where(eq(runs.id, run.id))
    const [last] = await tx
      .select({ number: attempts.number })
      .from(attempts)
      .where(eq(attempts.runId, run.id))
      .orderBy(desc(attempts.number))
      .limit(1)
    const content = `Check ${check.name} on ${check.headSha.slice(0, 10)}: ${end.conclusion}. ${end.summary}`
    const logType = end.conclusion === 'success' ? 'system' : 'error'
    await context.engineLog.append(tx, run, last?.number ?? 1, [{ logType, content }])
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
    await appendEvents(tx, [
      {
        workspaceId: run.workspaceId,
        runId: run.id,
        type: 'task:check_completed',
        trigger: end.conclusion,
        message: content,
        actor: 'optio',
      },
    ])
    return true
  })
}

async function deleteFenced(tx: Transaction, { check, generation }: SupervisedCheck): Promise<boolean> {
  const deleted = await tx
    .delete(checkRuns)
    .where(
      and(eq(checkRuns.id, check.id), eq(checkRuns.generation, generation), eq(checkRuns.status, 'running')),
    )
    .returning({ id: checkRuns.id })
  return deleted.length > 0
}

async function updateFenced(
  tx: Transaction,
  { check, generation }: SupervisedCheck,
  change: Partial<typeof checkRuns.$inferInsert>,
): Promise<boolean> {
  const updated = await tx
    .update(checkRuns)
    .set(change)
    .where(
      and(eq(checkRuns.id, check.id), eq(checkRuns.generation, generation), eq(checkRuns.status, 'running')),
    )
    .returning({ id: checkRuns.id })
  return updated.length > 0
}
