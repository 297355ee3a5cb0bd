import { cutText } from '@optio/contract'
import { and, asc, eq, inArray, or, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts, taskMessages } from '../../database/schema/index.ts'
import type { NewEvent } from '../../features/events/append.ts'
import type { OwnWords } from '../../features/logs/engine-log.ts'
import type { EngineContext } from '../context.ts'
import type { Supervised } from '../supervise/supervised.ts'
import { TOLD } from './send-message.ts'

/**
 * Marks what was said to an agent that ended before it heard it, in the transaction that ends its attempt; answers what is to
 * be told about that.
 */
export async function markUndelivered(
  { adapter, agentAccess }: Pick<EngineContext, 'adapter' | 'agentAccess'>,
  tx: Transaction,
  { attempt, run }: Pick<Supervised, 'attempt' | 'run'>,
): Promise<{ readonly words: readonly OwnWords[]; readonly events: readonly NewEvent[] }> {
  const conversation = adapter(attempt.agentType)?.conversation
  if (!conversation) return { words: [], events: [] }
  const [row] = await tx
    .select({ parserState: attempts.parserState })
    .from(attempts)
    .where(eq(attempts.id, attempt.id))
  const stored = row?.parserState as
    | { readonly parser?: Readonly<Record<string, unknown>> }
    | null
    | undefined
  const { heard } = conversation.standing(stored?.parser ?? {})
  const unheard = await tx
    .select()
    .from(taskMessages)
    .where(
      and(
        eq(taskMessages.attemptId, attempt.id),
        // The prompt was the first it heard. A version that says nothing of the kind is taken to have heard what it was given.
        or(
          eq(taskMessages.state, 'pending'),
          heard === 0 ? undefined : sql`${taskMessages.number} > ${heard - 1}`,
        ),
      ),
    )
    .orderBy(asc(taskMessages.number))
  if (unheard.length === 0) return { words: [], events: [] }
  const ids = unheard.map(({ id }) => id)
  await tx
    .update(taskMessages)
    .set({ state: 'undelivered', deliveredAt: null })
    .where(inArray(taskMessages.id, ids))
  return {
    words: unheard.map(({ id, author, content }) => ({
      logType: 'info',
      content: `The agent ended before it heard what ${author} said: ${cutText(agentAccess.redact(content), TOLD)}`,
      metadata: { messageId: id, author },
    })),
    events: unheard.map(({ id, author, mode, content }) => ({
      ...{ workspaceId: run.workspaceId, runId: run.id, type: 'task:message', actor: 'optio' },
      message: cutText(agentAccess.redact(content), TOLD),
      data: { messageId: id, author, mode, state: 'undelivered' },
    })),
  }
}
