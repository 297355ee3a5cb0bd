import { OptioError } from '@optio/contract'
import type { TicketConfig } from '@optio/core'
import { NoAnswer } from '@optio/forges'
import { eq } from 'drizzle-orm'
import type { Database } from '../../../database/connection.ts'
import { triggerFirings, triggers } from '../../../database/schema/index.ts'
import { askAgainAt } from '../../issues/ask-again.ts'
import { addTicketJob } from '../../issues/sync/jobs.ts'
import { carryOut, type FireDeps } from '../fire.ts'
import { holdForFiring, lockFiring, markFired, updateFiring } from '../queries.ts'
import { type MayAskDeps, whyNotAsked } from './may-ask.ts'

export interface TicketDeps extends FireDeps, MayAskDeps {
  readonly database: Database
}

/** `failures`: how often the forge has given no answer about it. */
export interface WaitingFiring {
  readonly firingId: string
  readonly failures?: number
}

/** What the forge said about whoever asks: they may, they may not (and why), or nothing yet. */
type Answer = { readonly refusal: string | null } | { readonly noAnswer: NoAnswer | OptioError }

/**
 * Starts the run of a firing that waits for it, if whoever asks for it with an issue may do so; the forge is asked before anything is
 * held. The trigger may be gone or disabled meanwhile: then there is nothing to do.
 */
export async function carryOutFiring(
  deps: TicketDeps,
  { firingId, failures = 0 }: WaitingFiring,
): Promise<void> {
  const found = await findWaiting(deps, firingId)
  if (found === null) return
  const answer = await ask(deps, found.key, found.config as TicketConfig)
  await deps.database.transaction(async (tx) => {
    const held = await holdForFiring(tx, found, { exclusive: true })
    if (held === null) return
    const firing = await lockFiring(tx, found.id, found.key)
    if (firing?.state !== 'waiting') return
    const { id, params } = firing
    if ('noAnswer' in answer) {
      const reason = `Whether it may be started is not known yet: ${answer.noAnswer.message}`
      await updateFiring(tx, id, { state: 'waiting', runId: null, code: 'UNAVAILABLE', reason, params })
      const at = askAgainAt(answer.noAnswer, failures)
      return await addTicketJob(tx, id, { at, failures: failures + 1 })
    }
    if (answer.refusal === null) await carryOut(deps, tx, held.trigger, { id, params: params ?? {} })
    else {
      const skipped = { state: 'skipped', runId: null, params: null } as const
      await updateFiring(tx, id, { ...skipped, code: 'NOT_A_WRITER', reason: answer.refusal })
    }
    await markFired(tx, found.id)
  })
}

async function findWaiting({ database }: TicketDeps, firingId: string) {
  const [found] = await database.orm
    .select({
      id: triggers.id,
      blueprintId: triggers.blueprintId,
      config: triggers.config,
      key: triggerFirings.key,
      state: triggerFirings.state,
    })
    .from(triggerFirings)
    .innerJoin(triggers, eq(triggers.id, triggerFirings.triggerId))
    .where(eq(triggerFirings.id, firingId))
  return found?.state === 'waiting' ? found : null
}

async function ask(deps: TicketDeps, key: string, config: TicketConfig): Promise<Answer> {
  try {
    return { refusal: await whyNotAsked(deps, key, config) }
  } catch (error) {
    if (error instanceof OptioError && error.status < 500) return { refusal: error.message }
    if (!(error instanceof NoAnswer || error instanceof OptioError)) throw error
    return { noAnswer: error }
  }
}
