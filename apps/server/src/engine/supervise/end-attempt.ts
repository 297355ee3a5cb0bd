import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { AttemptOutcome } from '@optio/core'
import { STEP_FILES } from '@optio/runtimes'
import { eq, sql } from 'drizzle-orm'
import { attempts, environments, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import { findLeaks } from '../credentials/find-leaks.ts'
import { measureEnvironment } from '../disk-room.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import { wakeRun } from '../wake-ups.ts'
import { readAgentOutput } from './agent-step.ts'
import { say, stepSpec } from './environment.ts'
import { fenced } from './fence.ts'
import { runStep } from './step.ts'
import type { AttemptEnd, Supervised } from './supervised.ts'

/** Uncommitted paths that are named; more are counted. */
const MOST_DIRTY_FILES = 50
const INSPECT_MS = 5 * 60_000

/**
 * Saves what the agent did, then ends the attempt in one transaction with the facts about it. Whatever the end was, the
 * commits are brought into the mirror first: work is never only in an environment longer than it must.
 */
export async function endAttempt(
  context: EngineContext,
  supervised: Supervised,
  end: AttemptEnd,
): Promise<void> {
  const { attempt, run } = supervised
  // One that hung and was replaced must not stop the agent that its successor goes on with.
  await context.database.transaction((tx) => fenced(tx, supervised))
  await closeSteps(context, supervised)
  if (attempt.state === 'starting') await readAgentOutput(context, supervised)
  const outcome = await inspect(context, supervised, end)
  await context.database.transaction(async (tx) => {
    await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, run.id)).for('update')
    await fenced(tx, supervised)
    const [ended] = await tx
      .update(attempts)
      .set({
        state: end.state,
        stopReason: end.stopReason,
        exitCode: end.exitCode,
        environmentFault: end.environmentFault ?? false,
        errorMessage: end.errorMessage ?? null,
        failure: end.failure ?? null,
        outcome,
        processId: null,
        endedAt: sql`now()`,
      })
      .where(eq(attempts.id, attempt.id))
      .returning()
    await tx
      .update(runs)
      .set({
        version: sql`${runs.version} + 1`,
        updatedAt: sql`now()`,
        ...(outcome ? { headSha: outcome.headSha, baseSha: outcome.baseSha } : {}),
        ...(ended?.resultSummary ? { resultSummary: ended.resultSummary } : {}),
      })
      .where(eq(runs.id, run.id))
    await tx.update(environments).set({ lastUsedAt: sql`now()` }).where(eq(environments.runId, run.id))
    await context.engineLog.append(tx, run, attempt.number, [
      { logType: 'system', content: wordsFor(attempt.number, end) },
    ])
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
    await appendEvents(tx, [
      {
        workspaceId: run.workspaceId,
        runId: run.id,
        type: 'task:attempt_ended',
        trigger: end.stopReason ?? end.state,
        message: wordsFor(attempt.number, end),
        actor: 'optio',
      },
    ])
  })
  await measureEnvironment(context, run.id)
}

/** Steps an attempt may start; closed for good when it ends. */
const STEPS = ['refresh', 'setup', 'agent'] as const

/** A supervisor that hung and was replaced must not start a step of an attempt that has ended. */
async function closeSteps(context: EngineContext, { attempt, run }: Supervised): Promise<void> {
  const paths = context.workspaces.paths(run.id)
  for (const step of STEPS) {
    await context.runtime.stop(paths.stepDir(attempt.number, step), { graceMs: context.config.stopGraceMs })
  }
}

function wordsFor(number: number, end: AttemptEnd): string {
  const why = end.stopReason ? ` (${end.stopReason})` : ''
  const more = end.errorMessage ? `: ${end.errorMessage}` : '.'
  return `Attempt ${number} ${end.state}${why}${more}`
}

/** What is in the clone now; null when there is none to look into, or the agent cannot be said to have finished. */
async function inspect(
  context: EngineContext,
  supervised: Supervised,
  end: AttemptEnd,
): Promise<AttemptOutcome | null> {
  const { run, repository, attempt } = supervised
  if (end.neverLaunched) return null
  try {
    const proposal = await context.workspaces.collectProposal({
      runId: run.id,
      repositoryId: repository.id,
      branch: run.branch ?? '',
      baseRef: run.baseRef ?? repository.defaultBranch,
    })
    // Only what succeeded is published; whatever goes on from the rest is searched with it.
    if (end.state !== 'succeeded') return { ...proposal, dirtyFiles: [], dirtyTotal: 0 }
    const { headSha } = proposal
    const place = { runId: run.id, repositoryId: repository.id }
    const leaks = headSha === null ? [] : await findLeaks(context, { ...place, headSha })
    const { dirtyFiles, total } = await uncommitted(context, supervised)
    return { ...proposal, dirtyFiles: dirtyFiles.map(context.agentAccess.redact), dirtyTotal: total, leaks }
  } catch (error) {
    // After a success it must be known what came of it: the caller tries again, unless that cannot help (the base branch is
    // gone) or it is to stop. Otherwise the clone keeps the work.
    if (end.state === 'succeeded' && supervised.stop.reason === null && !isForGood(error)) throw error
    context.log.warn({ runId: run.id, attempt: attempt.number, err: error }, 'the clone could not be read')
    if (isForGood(error)) await say(context, supervised, 'error', error.message)
    return null
  }
}

/** True for what a person has to mend. */
function isForGood(error: unknown): error is OptioError {
  return error instanceof OptioError && error.status < 500 && error.status !== 429
}

/** Times `git status` is run again after the machine lost it. */
const STATUS_TRIES = 3

/** `git status` runs inside the isolation, because the clone's own configuration applies to it. */
async function uncommitted(
  context: EngineContext,
  supervised: Supervised,
): Promise<{ dirtyFiles: string[]; total: number }> {
  for (let round = 1; round <= STATUS_TRIES; round++) {
    const argv = context.workspaces.statusCommand()
    const spec = stepSpec(context, supervised, `status-${round}`, argv, INSPECT_MS)
    const ended = await runStep(context, spec, supervised.stop, supervised.leave)
    if (ended.state === 'lost') continue
    // A clone in which git does not work hides its dirty files only from its own agent.
    if (ended.exitCode !== 0) break
    return context.workspaces.parseStatus(await readFile(join(spec.dir, STEP_FILES.stdout)), MOST_DIRTY_FILES)
  }
  return { dirtyFiles: [], total: 0 }
}
