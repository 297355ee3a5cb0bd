import { FINISHED_STATES, type RunState } from '@optio/core'
import { and, eq, notInArray, or, sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'
import { runs } from '../database/schema/index.ts'
import type { NewEvent } from '../features/events/append.ts'
import type { RunRow } from './read-run.ts'
import { eventOf } from './run-events.ts'
import { wakeRun } from './wake-ups.ts'

/**
 * What becomes of the unfinished parts of a run that ends as `to`: its reviews are cancelled, because nobody asks for them any
 * more; so are the steps of one that is cancelled, and the children that were to hold it. The rest goes on by itself. Answers
 * the events, to be recorded at the end of the transaction.
 */
export async function cancelParts(tx: Transaction, run: RunRow, to: RunState): Promise<NewEvent[]> {
  const concerned =
    to === 'cancelled'
      ? or(eq(runs.kind, 'review'), eq(runs.taskType, 'step'), runs.blocksParent)
      : eq(runs.kind, 'review')
  const cancelled = await tx
    .update(runs)
    .set({ intent: 'cancel', version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
    .where(
      and(
        eq(runs.parentRunId, run.id),
        notInArray(runs.state, [...FINISHED_STATES]),
        sql`${runs.intent} is distinct from 'cancel'`,
        concerned,
      ),
    )
    .returning({
      id: runs.id,
      workspaceId: runs.workspaceId,
      kind: runs.kind,
      blueprintId: runs.blueprintId,
    })
  for (const { id } of cancelled) await wakeRun(tx, id)
  const message = `Cancel was requested: “${run.title}”, which it is a part of, is ${to}.`
  return cancelled.map((part) =>
    eventOf(part, { type: 'task:cancel_requested', trigger: 'parent_ended', message, actor: 'optio' }),
  )
}
