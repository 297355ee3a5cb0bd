import {
  type CreateTrigger,
  type EditTrigger,
  type ListFiringsQuery,
  OptioError,
  type PreviewSchedule,
} from '@optio/contract'
import { checkSchedule, nextTimes } from '@optio/core'
import { sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../database/connection.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import type { RunRef } from '../../engine/engine.ts'
import { sealTriggerSecret } from '../../secrets/trigger-secret.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import type { SecretService } from '../secrets/service.ts'
import { requireDefinition } from '../tasks/resolve.ts'
import { type Configured, configured, isSameSchedule, nextFireAt, reconfigured } from './config.ts'
import { tellOf } from './events.ts'
import {
  deleteTrigger,
  type FiringRow,
  findTrigger,
  insertTrigger,
  listFiringsQuery,
  listTriggers,
  lockAndCount,
  lockTrigger,
  type ShownTrigger,
  skipWaiting,
  type TriggerChange,
  type TriggerRef,
  type TriggerRow,
  updateTrigger,
} from './queries.ts'
import { TIMES_SHOWN } from './view.ts'

/** Of one definition. */
const MOST_TRIGGERS = 100

export interface TriggerDeps {
  readonly database: Database
  /** Encrypts the secrets of webhooks. */
  readonly secrets: Pick<SecretService, 'keys' | 'announce'>
}

export type TriggerService = ReturnType<typeof createTriggerService>

/** What makes runs of a definition. Each function throws TASK_NOT_FOUND, or WRONG_TASK_TYPE for what is no definition. */
export function createTriggerService({ database, secrets }: TriggerDeps) {
  const { orm } = database

  const get = async (ref: TriggerRef): Promise<ShownTrigger> => {
    await requireDefinition(orm, { workspaceId: ref.workspaceId, runId: ref.blueprintId })
    return (await findTrigger(orm, ref)) ?? notFound(ref)
  }

  /** Known to every process at once, so that none lets it stand in what it stores. */
  const sealed = async (
    tx: Transaction,
    trigger: Pick<TriggerRow, 'id' | 'workspaceId'>,
    secret: string | null,
  ) => {
    if (secret !== null) await secrets.announce(tx, trigger.workspaceId, 'webhook')
    return await sealTriggerSecret(secrets.keys, tx, trigger, secret)
  }

  return {
    get,

    async list(definition: RunRef): Promise<ShownTrigger[]> {
      await requireDefinition(orm, definition)
      return await listTriggers(orm, definition.workspaceId, definition.runId)
    },

    /** Throws VALIDATION, SECRET_UNREADABLE (a secret cannot be encrypted), and TRIGGER_PATH_TAKEN for a path that another webhook of this installation has. */
    async create(definition: RunRef, body: CreateTrigger, id: string, actor: string): Promise<ShownTrigger> {
      const { workspaceId, runId: blueprintId } = definition
      await requireDefinition(orm, definition)
      const { config, path, secret = null } = configured(body, Date.now())
      const { type, enabled } = body
      const row = { id, workspaceId, blueprintId, type, enabled, config, path }
      await unlessTaken(path, () =>
        database.transaction(async (tx) => {
          if ((await lockAndCount(tx, blueprintId)) >= MOST_TRIGGERS) throw tooMany()
          await insertTrigger(tx, {
            ...row,
            ...(await sealed(tx, row, secret)),
            paramMapping: body.paramMapping ?? null,
            nextFireAt: nextFireAt(row, await clockOf(tx)),
          })
          await tellOf(tx, row, { what: 'created', actor, message: `Attached a trigger (${type}).` })
        }),
      )
      return await get({ workspaceId, blueprintId, triggerId: id })
    },

    /** Throws what `create` throws, and TRIGGER_NOT_FOUND. */
    async edit(ref: TriggerRef, body: EditTrigger, actor: string): Promise<ShownTrigger> {
      const { type, path } = await get(ref)
      const given = body.config === undefined ? null : reconfigured(type, body.config, Date.now())
      await unlessTaken(given?.path ?? path, () =>
        database.transaction(async (tx) => {
          const before = (await lockTrigger(tx, ref)) ?? notFound(ref)
          const change = {
            ...changeOf(before, body, given, await clockOf(tx)),
            ...(given?.secret === undefined ? {} : await sealed(tx, before, given.secret)),
          }
          if (Object.keys(change).length === 0) return
          await updateTrigger(tx, before.id, change)
          if (change.enabled === false) await skipWaiting(tx, before.id, 'The trigger was disabled.')
          await tellOf(tx, before, { what: 'edited', actor, message: `Changed a trigger (${type}).` })
        }),
      )
      return await get(ref)
    },

    async remove(ref: TriggerRef, actor: string): Promise<void> {
      const { type } = await get(ref)
      await database.transaction(async (tx) => {
        const gone = (await deleteTrigger(tx, ref)) ?? notFound(ref)
        await tellOf(tx, gone, { what: 'deleted', actor, message: `Took away a trigger (${type}).` })
      })
    },

    async firings(ref: TriggerRef, query: ListFiringsQuery): Promise<Page<Omit<FiringRow, 'params'>>> {
      await get(ref)
      return pageOf(await listFiringsQuery(orm, ref.triggerId, query), query, placeOf)
    },

    /** Throws VALIDATION. */
    preview(query: PreviewSchedule): number[] {
      const now = Date.now()
      const { cronExpression, timezone = 'UTC' } = query
      checkSchedule({ cronExpression, timezone }, now, 'query')
      return nextTimes({ cronExpression, timezone }, now, TIMES_SHOWN)
    },
  }
}

/** A time that is planned stays planned, unless it is one of another schedule. */
function changeOf(
  before: TriggerRow,
  body: EditTrigger,
  given: Configured | null,
  now: number,
): TriggerChange {
  const after = { ...before, enabled: body.enabled ?? before.enabled, config: given?.config ?? before.config }
  const isPlanned =
    before.enabled &&
    after.enabled &&
    before.nextFireAt !== null &&
    isSameSchedule(before.config, after.config)
  const next = before.type !== 'schedule' || isPlanned ? before.nextFireAt : nextFireAt(after, now)
  return {
    ...(given === null ? {} : { config: given.config, path: given.path }),
    ...(body.paramMapping === undefined ? {} : { paramMapping: body.paramMapping }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled }),
    ...(next?.getTime() === before.nextFireAt?.getTime() ? {} : { nextFireAt: next }),
  }
}

/** By the clock that says what is due. */
async function clockOf(tx: Transaction): Promise<number> {
  const { rows } = await tx.execute<{ now: number }>(
    sql`select (extract(epoch from now()) * 1000)::bigint as now`,
  )
  return rows[0]?.now ?? Date.now()
}

async function unlessTaken(path: string | null, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    // Of another row with the same id a repeated request is told, not of a path.
    const isPath = (error as { constraint?: unknown }).constraint === 'triggers_path_key'
    if (path === null || !isUniqueViolation(error) || !isPath) throw error
    throw new OptioError(
      'TRIGGER_PATH_TAKEN',
      `Another webhook has the path ${JSON.stringify(path)} already. Paths are unique in the installation: choose another.`,
      { details: { path } },
    )
  }
}

function tooMany(): OptioError {
  return new OptioError(
    'CONFLICT',
    `It has ${MOST_TRIGGERS} triggers already, which is the most there can be. Delete one first.`,
  )
}

function notFound({ triggerId }: TriggerRef): never {
  throw new OptioError('TRIGGER_NOT_FOUND', `There is no trigger ${triggerId} of this task.`)
}
