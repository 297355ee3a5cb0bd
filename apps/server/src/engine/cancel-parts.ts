import { FINISHED_STATES, type RunState } from '@optio/core'
import { and, eq, notInArray, or, type SQL, sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'
import { runs } from '../database/schema/index.ts'
import type { NewEvent } from '../features/events/append.ts'
import type { RunRow } from './read-run.ts'
import { eventOf } from './run-events.ts'
import { wakeRun } from './wake-ups.ts'

const IS_REVIEW = eq(runs.kind, 'review')

/**
 * What becomes of the unfinished parts of a run that ends as `to`: its reviews are cancelled, because nobody asks for them any
 * more; so are the steps of one that a person cancelled, also where it was merged before that, and the children that were to hold it.
 * The rest goes on by itself. Answers the events, to be recorded at the end of the transaction.
 */
export async function cancelParts(tx: Transaction, run: RunRow, to: RunState): Promise<NewEvent[]> {
  const isCancelled = to === 'cancelled' || run.intent === 'cancel'
  const concerned = isCancelled ? or(IS_REVIEW, eq(runs.taskType, 'step'), runs.blocksParent) : IS_REVIEW
  return await cancelThose(tx, run, concerned, `is ${to}`)
}

/** Of a run that starts from scratch: what its reviews read is not its work any more. */
export async function cancelReviews(tx: Transaction, run: RunRow): Promise<NewEvent[]> {
  return await cancelThose(tx, run, IS_REVIEW, 'starts from scratch')
}

async function cancelThose(
  tx: Transaction,
  run: RunRow,
  concerned: SQL | undefined,
  why: string,
): Promise<NewEvent[]> {
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
  const message = `Cancel was requested: “${run.title}”, which it is a part of, ${why}.`
  return cancelled.map((part) =>
    eventOf(part, { type: 'task:cancel_requested', trigger: 'parent_ended', message, actor: 'optio' }),
  )
}
