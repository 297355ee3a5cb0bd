import { type HookAnswer, OptioError } from '@optio/contract'
import { uuidv7 } from 'uuidv7'
import type { Database, Transaction } from '../../database/connection.ts'
import type { KeyRing } from '../../secrets/key-ring.ts'
import { openTriggerSecret } from '../../secrets/trigger-secret.ts'
import { carryOut, type FireDeps, isExclusive, type Outcome } from './fire.ts'
import { refusal } from './hook-payload.ts'
import { paramsOf } from './params.ts'
import {
  type FiringRow,
  findHook,
  holdForFiring,
  insertFiring,
  lockFiring,
  markFired,
  type TriggerRow,
} from './queries.ts'
import { pretendToCheck, requireSignature, type Signed } from './signature.ts'

/** A request to `/api/hooks/<path>` as it came. */
export interface HookRequest extends Signed {
  readonly path: string
  /** `X-Optio-Delivery`: the sender's name for this one event. */
  readonly delivery: string | undefined
  /** Reads the body; asked only when the request may be served. */
  readonly payload: () => Promise<Record<string, unknown>>
}

export interface HookDeps extends FireDeps {
  readonly database: Database
  /** Decrypt the secrets of webhooks. */
  readonly keys: KeyRing
}

/** A firing, and what came of it. */
interface Fired {
  readonly firingId: string
  readonly outcome: Outcome
}

const LONGEST_DELIVERY = 200

/**
 * Fires the webhook trigger of a path: the run is queued when it is answered. A delivery that came before is answered as the first time,
 * unless nothing could be started then: in that case it is tried again. Throws HOOK_NOT_FOUND, HOOK_SIGNATURE, VALIDATION,
 * UNSUPPORTED_MEDIA_TYPE, CONFLICT for a trigger that is disabled, SECRET_UNREADABLE, and why no run could be started.
 */
export async function fireHook(deps: HookDeps, request: HookRequest): Promise<HookAnswer> {
  const trigger = await authenticated(deps, request)
  const key = keyOf(request.delivery)
  const payload = await request.payload()
  const { firingId, outcome } = await deps.database.transaction((tx) => fire(deps, tx, trigger, key, payload))
  if (outcome.state === 'failed') throw outcome.error
  if (outcome.state !== 'started') return { firingId, state: outcome.state, reason: outcome.reason }
  const { runId, type } = outcome
  return {
    ...(type === 'repo-task' ? { taskId: runId } : { runId }),
    firingId,
    state: 'started',
    reason: null,
  }
}

async function authenticated({ database, keys }: HookDeps, request: HookRequest): Promise<TriggerRow> {
  const trigger = await findHook(database.orm, request.path)
  const secret = trigger === null ? null : await openTriggerSecret(keys, database.orm, trigger)
  if (secret === null) pretendToCheck(request)
  else requireSignature(secret, request, Date.now())
  return trigger ?? notFound(request.path)
}

/** All of it in one transaction: after a crash the delivery either fired, with its run, or it did not. */
async function fire(
  deps: HookDeps,
  tx: Transaction,
  found: TriggerRow,
  key: string,
  payload: Record<string, unknown>,
): Promise<Fired> {
  const { trigger, kind } =
    (await holdForFiring(tx, found, { exclusive: isExclusive(found) })) ?? notFound(found.path)
  // Changed since it was found: it has to be held in the other way.
  if (isExclusive(trigger) !== isExclusive(found)) return await fire(deps, tx, trigger, key, payload)
  if (!trigger.enabled) throw disabled()
  const { id: triggerId, workspaceId } = trigger
  const id = await insertFiring(tx, { id: uuidv7(), workspaceId, triggerId, key, state: 'waiting' })
  const before = id === null ? await lockFiring(tx, triggerId, key) : null
  const known = before === null ? null : outcomeOf(before, kind)
  if (before !== null && known !== null) return { firingId: before.id, outcome: known }
  const firingId = id ?? before?.id
  if (firingId === undefined) throw new Error(`the firing ${key} of trigger ${triggerId} is there and is not`)
  const params = paramsOf(payload, trigger.paramMapping)
  const outcome = await carryOut(deps, tx, trigger, { id: firingId, params })
  // Last: whoever makes a run in this workspace comes after this transaction anyway.
  await markFired(tx, triggerId)
  return { firingId, outcome }
}

/** What a firing came to before; null for one that failed, which is tried again. */
function outcomeOf({ state, runId, code, reason }: FiringRow, kind: 'repo' | 'standalone'): Outcome | null {
  if (state === 'failed') return null
  if (state !== 'started' || runId === null) {
    return { state: state === 'waiting' ? 'waiting' : 'skipped', code: code ?? '', reason: reason ?? '' }
  }
  return { state, runId, type: kind === 'repo' ? 'repo-task' : 'workflow-run' }
}

function keyOf(delivery: string | undefined): string {
  if (delivery === undefined) return `request:${uuidv7()}`
  if (new RegExp(`^[\\x20-\\x7e]{1,${LONGEST_DELIVERY}}$`).test(delivery)) return `delivery:${delivery}`
  throw refusal(`X-Optio-Delivery must have 1 to ${LONGEST_DELIVERY} printable ASCII characters.`)
}

function disabled(): OptioError {
  return new OptioError('CONFLICT', 'This webhook is disabled. Enable its trigger, then send it again.')
}

function notFound(path: string | null): never {
  throw new OptioError('HOOK_NOT_FOUND', `There is no webhook ${JSON.stringify(path ?? '')} here.`)
}
