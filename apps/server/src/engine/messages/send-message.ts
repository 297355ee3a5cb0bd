import { cutText, OptioError } from '@optio/contract'
import { eq, sql } from 'drizzle-orm'
import { taskMessages } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { NewMessage, RunRef } from '../engine.ts'
import { MESSAGE_NOTICE } from '../notices.ts'
import { findListener, findRunState, whyUnheard } from './hearing.ts'

/** Characters of a message that its event tells. */
export const TOLD = 200

/**
 * Records what a person says to the agent that works on a run; whoever supervises it is told, and delivers it. The row of the
 * attempt is locked, so that it is either delivered or the attempt ends first and says that it was not.
 */
export async function sendMessage(
  context: EngineContext,
  ref: RunRef,
  { id, content, mode }: NewMessage,
  author: string,
): Promise<void> {
  const { workspaceId, runId } = ref
  const words = context.agentAccess.redact(content)
  await context.database.transaction(async (tx) => {
    const state = await findRunState(tx, ref, true)
    if (state === null) throw new OptioError('TASK_NOT_FOUND', `There is no task ${runId}.`)
    const listener = await findListener(tx, ref, true)
    const unheard = whyUnheard(context, state, listener)
    if (listener === null || unheard !== null) throw unheard
    await tx.insert(taskMessages).values({
      ...{ id, workspaceId, runId, attemptId: listener.id, author, content: words, mode },
      number: sql`1 + (select coalesce(max(${taskMessages.number}), 0) from ${taskMessages} where ${eq(taskMessages.attemptId, listener.id)})`,
    })
    await context.notify.publish(tx, { k: MESSAGE_NOTICE, attemptId: listener.id })
    await appendEvents(tx, [
      {
        ...{ workspaceId, runId, type: 'task:message', trigger: 'person', actor: author },
        message: cutText(words, TOLD),
        data: { messageId: id, author, mode, state: 'pending' },
      },
    ])
  })
}

/** Why a message to a run would not be heard now, in words; null when it would be. */
export async function whyNoMessage(context: EngineContext, ref: RunRef): Promise<string | null> {
  const { orm } = context.database
  const state = await findRunState(orm, ref, false)
  if (state === null) return `There is no task ${ref.runId}.`
  return whyUnheard(context, state, await findListener(orm, ref, false))?.message ?? null
}
