import { eq } from 'drizzle-orm'
import type { Database } from '../../../database/connection.ts'
import { triggerFirings, triggers } from '../../../database/schema/index.ts'
import { carryOut, type FireDeps } from '../fire.ts'
import { holdForFiring, lockFiring, markFired } from '../queries.ts'

export interface TicketDeps extends FireDeps {
  readonly database: Database
}

/**
 * Starts the run of a firing that waits for it. Whoever else releases firings may come first, or the trigger be gone or disabled
 * meanwhile: then there is nothing to do.
 */
export async function carryOutFiring(deps: TicketDeps, firingId: string): Promise<void> {
  await deps.database.transaction(async (tx) => {
    const [found] = await tx
      .select({ id: triggers.id, blueprintId: triggers.blueprintId, key: triggerFirings.key })
      .from(triggerFirings)
      .innerJoin(triggers, eq(triggers.id, triggerFirings.triggerId))
      .where(eq(triggerFirings.id, firingId))
    if (found === undefined) return
    const held = await holdForFiring(tx, found, { exclusive: true })
    if (held === null) return
    const firing = await lockFiring(tx, found.id, found.key)
    if (firing?.state !== 'waiting') return
    await carryOut(deps, tx, held.trigger, { id: firing.id, params: firing.params ?? {} })
    await markFired(tx, found.id)
  })
}
