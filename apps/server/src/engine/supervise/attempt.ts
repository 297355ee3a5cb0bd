import { OptioError } from '@optio/contract'
import { isLive } from '@optio/core'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { attempts, repositories, runs } from '../../database/schema/index.ts'
import { redact } from '../../redaction/process-redactor.ts'
import type { EngineContext } from '../context.ts'
import { pause } from '../pause.ts'
import { wakeRun } from '../wake-ups.ts'
import { runAgent } from './agent-step.ts'
import { endAttempt } from './end-attempt.ts'
import { EnvironmentFault, prepareEnvironment } from './environment.ts'
import { requireAgent } from './launch-agent.ts'
import { placeOf } from './places/place-of.ts'
import type { StopSwitch } from './stop-switch.ts'
import type { Supervised } from './supervised.ts'

/** Pause after a fault of the machine (disk full, database away) that is no fault of the attempt. */
const FAULT_PAUSE_MS = 2_000

/**
 * Brings an attempt from wherever it stands to its end: environment, setup, agent, log, proposal. Every stage finds out what
 * is done already, so an adopter simply does the same. Returns when the attempt is ended, fenced or left.
 */
export async function superviseAttempt(
  context: EngineContext,
  attemptId: string,
  generation: number,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<void> {
  while (!leave.aborted) {
    try {
      const supervised = await read(context, attemptId, generation, stop, leave)
      if (supervised) await drive(context, supervised)
      return
    } catch (error) {
      if (leave.aborted) return
      if (error instanceof OptioError && error.code === 'FENCED') {
        context.log.warn({ attemptId, generation }, 'another process has taken the attempt over')
        return
      }
      context.log.warn(
        { attemptId, err: error },
        'a fault of the machine; the attempt goes on when it is over',
      )
      await noteFault(context, attemptId, generation, error)
      await pause(FAULT_PAUSE_MS, leave)
    }
  }
}

async function read(
  context: EngineContext,
  attemptId: string,
  generation: number,
  stop: StopSwitch,
  leave: AbortSignal,
): Promise<Supervised | null> {
  const [found] = await context.database.orm
    .select({ attempt: attempts, run: runs, repository: repositories })
    .from(attempts)
    .innerJoin(runs, eq(runs.id, attempts.runId))
    .leftJoin(repositories, eq(repositories.id, runs.repositoryId))
    .where(eq(attempts.id, attemptId))
  if (!found || !isLive(found.attempt.state)) return null
  if (found.attempt.generation !== generation)
    throw new OptioError('FENCED', 'The attempt has a new supervisor.')
  if (found.attempt.stopRequested) stop.request(found.attempt.stopRequested)
  return { ...found, place: placeOf(found.run, found.repository), generation, stop, leave }
}

async function drive(context: EngineContext, supervised: Supervised): Promise<void> {
  try {
    const agentStarted = supervised.attempt.state === 'running'
    if (!agentStarted) {
      await requireAgent(context, supervised)
      await prepareEnvironment(context, supervised)
    } else {
      // Another process may have launched it, with a credential this one has not seen.
      await context.agentAccess.learn()
    }
    const ended = await runAgent(context, supervised)
    await endAttempt(context, supervised, ended)
  } catch (error) {
    if (!(error instanceof EnvironmentFault)) throw error
    await endAttempt(context, supervised, error.end)
  }
}

/** Words for the pages while it waits for the machine; failing to write them is no further harm. */
async function noteFault(
  context: EngineContext,
  attemptId: string,
  generation: number,
  error: unknown,
): Promise<void> {
  const message = redact(error instanceof Error ? error.message : String(error))
  try {
    await context.database.transaction(async (tx) => {
      const [noted] = await tx
        .update(attempts)
        .set({ errorMessage: message })
        .where(
          and(
            eq(attempts.id, attemptId),
            eq(attempts.generation, generation),
            inArray(attempts.state, ['starting', 'running']),
            sql`${attempts.errorMessage} is distinct from ${message}`,
          ),
        )
        .returning({ runId: attempts.runId })
      if (noted) await wakeRun(tx, noted.runId)
    })
  } catch (second) {
    context.log.debug({ attemptId, err: second }, 'the fault could not be noted')
  }
}
