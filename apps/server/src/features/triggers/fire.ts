import { OptioError } from '@optio/contract'
import type { Overlap } from '@optio/core'
import type { FastifyBaseLogger } from 'fastify'
import type { Transaction } from '../../database/connection.ts'
import { isConnectionError, isSerializationFailure, sqlState } from '../../database/errors.ts'
import type { BlueprintService } from '../blueprints/service.ts'
import { tellOf } from './events.ts'
import { readLoad, type TriggerRow, updateFiring } from './queries.ts'

export interface FireDeps {
  readonly startRun: BlueprintService['startRun']
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

/** What came of one firing. `error` is what whoever caused it is answered. */
export type Outcome =
  | { readonly state: 'started'; readonly runId: string; readonly type: 'repo-task' | 'workflow-run' }
  | { readonly state: 'waiting' | 'skipped'; readonly code: string; readonly reason: string }
  | { readonly state: 'failed'; readonly code: string; readonly reason: string; readonly error: OptioError }

type Params = Record<string, unknown>

/** Who made the runs that triggers started. */
const ACTOR = 'optio'

/** Firings of one trigger that wait; more are skipped. */
const MOST_WAITING = 100

/** The trigger is not to be fired by anybody else meanwhile, unless its runs may overlap. */
export function isExclusive(trigger: Pick<TriggerRow, 'type' | 'config'>): boolean {
  return overlapOf(trigger) !== 'allow'
}

function overlapOf({ type, config }: Pick<TriggerRow, 'type' | 'config'>): Overlap {
  const { overlap } = config as { overlap?: Overlap }
  return overlap ?? (type === 'schedule' ? 'skip' : 'allow')
}

/**
 * Brings a firing that was recorded in this transaction to what becomes of it, and records that. A run that cannot be started is a
 * result; what throws is what a repetition of the transaction may mend.
 */
export async function carryOut(
  deps: FireDeps,
  tx: Transaction,
  trigger: TriggerRow,
  firing: { readonly id: string; readonly params: Params },
): Promise<Outcome> {
  const outcome = (await heldBack(tx, trigger, firing.id)) ?? (await start(deps, tx, trigger, firing.params))
  await settle(tx, trigger, firing, outcome)
  return outcome
}

/** Starts a firing that waited, and records what came of it. */
export async function release(
  deps: FireDeps,
  tx: Transaction,
  trigger: TriggerRow,
  firing: { readonly id: string; readonly params: Params },
): Promise<void> {
  await settle(tx, trigger, firing, await start(deps, tx, trigger, firing.params))
}

/** What keeps a firing from starting a run now; null when nothing does. */
async function heldBack(tx: Transaction, trigger: TriggerRow, firingId: string): Promise<Outcome | null> {
  const overlap = overlapOf(trigger)
  if (overlap === 'allow') return null
  const { isBusy, waiting } = await readLoad(tx, trigger.id, { besides: firingId, upTo: MOST_WAITING })
  if (!isBusy && waiting === 0) return null
  if (overlap === 'skip') {
    if (!isBusy) return null
    return { state: 'skipped', code: 'OVERLAP', reason: 'A run that this trigger started is not finished.' }
  }
  if (waiting >= MOST_WAITING) {
    const reason = `${MOST_WAITING} firings of this trigger are waiting already.`
    return { state: 'skipped', code: 'QUEUE_FULL', reason }
  }
  return { state: 'waiting', code: 'OVERLAP', reason: 'It waits for the runs of this trigger before it.' }
}

/** In a savepoint: what a start that failed has written is undone, and the transaction goes on. */
async function start(
  deps: FireDeps,
  tx: Transaction,
  { id, workspaceId, blueprintId, type }: TriggerRow,
  params: Params,
): Promise<Outcome> {
  // What a schedule says is Optio's own; everything else comes from outside.
  const trigger = { id, isForeign: type !== 'schedule' }
  try {
    const { runId, type } = await tx.transaction((savepoint) =>
      deps.startRun({ workspaceId, blueprintId, params, trigger }, ACTOR, savepoint),
    )
    return { state: 'started', runId, type }
  } catch (error) {
    if (isWorthRepeating(error)) throw error
    if (error instanceof OptioError) {
      return { state: 'failed', code: error.code, reason: error.message, error }
    }
    deps.log.error({ err: error, triggerId: id }, 'A firing failed inside Optio.')
    const reason = 'Something failed inside Optio. Its log says what.'
    return { state: 'failed', code: 'INTERNAL', reason, error: new OptioError('INTERNAL', reason) }
  }
}

/** It lies with the database, not with this firing. */
function isWorthRepeating(error: unknown): boolean {
  const isFull = sqlState(error) === '53100' || (error instanceof OptioError && error.code === 'DISK_FULL')
  return isFull || isConnectionError(error) || isSerializationFailure(error)
}

async function settle(
  tx: Transaction,
  trigger: TriggerRow,
  firing: { readonly id: string; readonly params: Params },
  outcome: Outcome,
): Promise<void> {
  await updateFiring(tx, firing.id, {
    state: outcome.state,
    runId: outcome.state === 'started' ? outcome.runId : null,
    code: outcome.state === 'started' ? null : outcome.code,
    reason: outcome.state === 'started' ? null : outcome.reason,
    params: outcome.state === 'waiting' ? firing.params : null,
  })
  if (outcome.state !== 'failed') return
  const { code, reason } = outcome
  await tellOf(tx, trigger, {
    what: 'failed',
    actor: ACTOR,
    message: `A run could not be started: ${reason}`,
    more: { firingId: firing.id, code },
  })
}
