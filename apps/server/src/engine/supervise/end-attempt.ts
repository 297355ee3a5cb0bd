import { eq, sql } from 'drizzle-orm'
import { attempts, environments, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import { redact } from '../../redaction/process-redactor.ts'
import type { EngineContext } from '../context.ts'
import { measureEnvironment } from '../disk-room.ts'
import { markUndelivered } from '../messages/undelivered.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import { eventOf } from '../run-events.ts'
import { wakeRun } from '../wake-ups.ts'
import { readAgentOutput } from './agent-step.ts'
import { fenced } from './fence.ts'
import type { AttemptEnd, Supervised } from './supervised.ts'

/** Its words come from commands, from git and from the agent. By all else is decided what is done next. */
export function redactEnd(end: AttemptEnd): AttemptEnd {
  const { errorMessage, failure } = end
  return {
    ...end,
    ...(errorMessage === undefined ? {} : { errorMessage: redact(errorMessage) }),
    ...(failure === undefined ? {} : { failure: { ...failure, message: redact(failure.message) } }),
  }
}

/**
 * Saves what the agent did, then ends the attempt in one transaction with the facts about it. Whatever the end was, the
 * commits are brought into the mirror first: work is never only in an environment longer than it must.
 */
export async function endAttempt(
  context: EngineContext,
  supervised: Supervised,
  given: AttemptEnd,
): Promise<void> {
  const { attempt, run, place } = supervised
  const end = redactEnd(given)
  // One that hung and was replaced must not stop the agent that its successor goes on with.
  await context.database.transaction((tx) => fenced(tx, supervised))
  await closeSteps(context, supervised)
  if (attempt.state === 'starting') await readAgentOutput(context, supervised)
  const outcome = await place.inspect(context, supervised, end)
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
        ...resultChange(run, ended?.resultSummary ?? null),
      })
      .where(eq(runs.id, run.id))
    await tx.update(environments).set({ lastUsedAt: sql`now()` }).where(eq(environments.runId, run.id))
    const unheard = await markUndelivered(context, tx, supervised)
    await context.engineLog.append(tx, run, attempt.number, [
      ...unheard.words,
      { logType: 'system', content: wordsFor(attempt.number, end) },
    ])
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
    await appendEvents(tx, [
      ...unheard.events,
      eventOf(run, {
        type: 'task:attempt_ended',
        trigger: end.stopReason ?? end.state,
        message: wordsFor(attempt.number, end),
        actor: 'optio',
      }),
    ])
  })
  await measureEnvironment(context, run.id)
}

/**
 * What the agent said in the end. Of a run that ends with commits the last word of any attempt says what they are; of the others it
 * is the result itself, and an earlier attempt's is none.
 */
function resultChange(
  { kind }: Supervised['run'],
  resultSummary: string | null,
): { resultSummary?: string | null } {
  return resultSummary === null && kind === 'repo' ? {} : { resultSummary }
}

/** Steps an attempt may start; closed for good when it ends. */
const STEPS = ['refresh', 'take-over', 'setup', 'agent'] as const

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
