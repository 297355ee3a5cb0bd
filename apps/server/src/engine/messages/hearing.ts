import { OptioError } from '@optio/contract'
import { isLive } from '@optio/core'
import { and, desc, eq, inArray } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { attempts, runs } from '../../database/schema/index.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'

/** What decides whether a person can say something to the agent of a run. */
type Listener = Pick<
  typeof attempts.$inferSelect,
  'id' | 'number' | 'state' | 'agentType' | 'takesMessages' | 'inputClosedAt' | 'stopRequested'
>

/** The live attempt of a run; null when there is none. */
export async function findListener(
  db: Queries,
  { workspaceId, runId }: RunRef,
  lock: boolean,
): Promise<Listener | null> {
  const found = db
    .select({
      id: attempts.id,
      number: attempts.number,
      state: attempts.state,
      agentType: attempts.agentType,
      takesMessages: attempts.takesMessages,
      inputClosedAt: attempts.inputClosedAt,
      stopRequested: attempts.stopRequested,
    })
    .from(attempts)
    .where(
      and(
        eq(attempts.workspaceId, workspaceId),
        eq(attempts.runId, runId),
        inArray(attempts.state, ['starting', 'running']),
      ),
    )
    .orderBy(desc(attempts.number))
    .limit(1)
  const [row] = await (lock ? found.for('update') : found)
  return row ?? null
}

/** Why nobody hears what is said to the agent of a run now: INVALID_TRANSITION or MESSAGES_NOT_TAKEN; null when it is heard. */
export function whyUnheard(
  { adapter }: Pick<EngineContext, 'adapter'>,
  runState: (typeof runs.$inferSelect)['state'],
  listener: Listener | null,
): OptioError | null {
  if (listener === null || !isLive(listener.state)) {
    const now = `the task is ${runState}`
    return new OptioError(
      'INVALID_TRANSITION',
      `No agent works on this task now: ${now}. A message can be sent while it is running; resume takes instructions otherwise.`,
      { details: { state: runState, legal: ['running'] } },
    )
  }
  const { agentType, state, takesMessages, inputClosedAt, stopRequested } = listener
  if (!adapter(agentType)?.conversation || (state === 'running' && !takesMessages)) {
    return new OptioError(
      'MESSAGES_NOT_TAKEN',
      `Its agent, of type ${agentType}, takes no messages while it works. Wait for its end, then resume it with instructions.`,
    )
  }
  if (inputClosedAt !== null) {
    return new OptioError(
      'MESSAGES_NOT_TAKEN',
      'Its agent is done and takes no more messages. Wait for its end, then resume it with instructions.',
    )
  }
  if (stopRequested === null && state === 'running') return null
  const why = stopRequested === null ? 'has not started yet' : 'is being stopped'
  return new OptioError('INVALID_TRANSITION', `Its agent ${why}. A message can be sent while it works.`, {
    details: { state: runState, legal: ['running'] },
  })
}

/** The state of a run, held against being deleted where `lock` says so; null when there is none. */
export async function findRunState(
  db: Queries,
  { workspaceId, runId }: RunRef,
  lock: boolean,
): Promise<(typeof runs.$inferSelect)['state'] | null> {
  const found = db
    .select({ state: runs.state })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.id, runId)))
  const [row] = await (lock ? found.for('key share') : found)
  return row?.state ?? null
}
