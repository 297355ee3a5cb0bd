import { sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { workspaces } from '../../database/schema/index.ts'
import { appendEvents, type NewEvent } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import { CLAIM_NOTICE } from '../notices.ts'

/**
 * From its answer on nothing new starts anywhere, because a claim that is under way holds the row; what runs goes on.
 * Pausing again changes nothing: the first pause, who made it and why stay.
 */
export async function pauseStarts(
  context: Pick<EngineContext, 'database'>,
  reason: string | null,
  actor: string,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const { rowCount } = await tx.execute(sql`
      update installation set paused_at = now(), paused_by = ${actor}, pause_reason = ${reason}
      where paused_at is null`)
    if (rowCount === 0) return
    const why = reason === null ? '' : ` Reason: ${reason}`
    await tellEveryone(tx, {
      type: 'system:paused',
      trigger: 'person',
      message: `No new agents are started.${why}`,
      actor,
      data: { by: actor, reason },
    })
  })
}

/** Has what waits started again, as far as there are slots. Changes nothing while nothing is paused. */
export async function unpauseStarts(
  context: Pick<EngineContext, 'database' | 'notify'>,
  actor: string,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const { rowCount } = await tx.execute(sql`
      update installation set paused_at = null, paused_by = null, pause_reason = null where paused_at is not null`)
    if (rowCount === 0) return
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await tellEveryone(tx, {
      type: 'system:unpaused',
      trigger: 'person',
      message: 'Agents are started again.',
      actor,
      data: { by: actor },
    })
  })
}

/** An event for each workspace: it concerns them all, and readers see only their own. */
async function tellEveryone(tx: Transaction, event: Omit<NewEvent, 'workspaceId' | 'runId'>): Promise<void> {
  const all = await tx.select({ workspaceId: workspaces.id }).from(workspaces)
  await appendEvents(
    tx,
    all.map(({ workspaceId }) => ({ ...event, workspaceId, runId: null })),
  )
}
