import { and, asc, eq, getTableColumns, inArray, type SQL, sql } from 'drizzle-orm'
import type { Queries, Transaction } from '../../database/connection.ts'
import { blueprints, triggerFirings, triggers } from '../../database/schema/index.ts'
import { afterCursor, newestFirst, type PageRequest, placeColumn } from '../newest-first.ts'
import { hasUnfinishedRun, QUEUED_TRIGGERS } from './due.ts'

export type TriggerRow = typeof triggers.$inferSelect
export type FiringRow = typeof triggerFirings.$inferSelect
export type TriggerChange = Partial<Omit<typeof triggers.$inferInsert, 'id' | 'workspaceId' | 'blueprintId'>>

/** A trigger, and of which kind of definition. */
export type ShownTrigger = TriggerRow & { readonly kind: 'repo' | 'standalone' }

export interface TriggerRef {
  readonly workspaceId: string
  readonly blueprintId: string
  readonly triggerId: string
}

const shown = { ...getTableColumns(triggers), kind: blueprints.kind }
const order = { createdAt: triggerFirings.createdAt, id: triggerFirings.id }

export async function listTriggers(
  db: Queries,
  workspaceId: string,
  blueprintId: string,
): Promise<ShownTrigger[]> {
  return await db
    .select(shown)
    .from(triggers)
    .innerJoin(blueprints, eq(blueprints.id, triggers.blueprintId))
    .where(and(eq(triggers.workspaceId, workspaceId), eq(triggers.blueprintId, blueprintId)))
    .orderBy(asc(triggers.createdAt), asc(triggers.id))
}

export async function findTrigger(db: Queries, ref: TriggerRef): Promise<ShownTrigger | null> {
  const [row] = await db
    .select(shown)
    .from(triggers)
    .innerJoin(blueprints, eq(blueprints.id, triggers.blueprintId))
    .where(isRef(ref))
  return row ?? null
}

/** The trigger behind `/api/hooks/<path>`, of whatever workspace. */
export async function findHook(db: Queries, path: string): Promise<TriggerRow | null> {
  const [row] = await db.select().from(triggers).where(eq(triggers.path, path))
  return row ?? null
}

/**
 * Held against changes until the transaction ends; null when it is gone. Also against firings that may overlap: they hold the row less
 * strictly, and change it once they have recorded what happened. Whoever held it beside one of them and then recorded something itself
 * would wait for it in a circle.
 */
export async function lockTrigger(tx: Transaction, ref: TriggerRef): Promise<TriggerRow | null> {
  const [row] = await tx.select().from(triggers).where(isRef(ref)).for('update')
  return row ?? null
}

/**
 * Holds the definition as it is, and with `exclusive` the trigger against other firings. The definition first, as whoever deletes it
 * does: the other way round the two could wait for each other. Null when one of them is gone.
 */
export async function holdForFiring(
  tx: Transaction,
  { id, blueprintId }: Pick<TriggerRow, 'id' | 'blueprintId'>,
  { exclusive }: { exclusive: boolean },
): Promise<{ readonly trigger: TriggerRow; readonly kind: ShownTrigger['kind'] } | null> {
  const [definition] = await tx
    .select({ kind: blueprints.kind })
    .from(blueprints)
    .where(eq(blueprints.id, blueprintId))
    .for('share')
  const [trigger] = await tx
    .select()
    .from(triggers)
    .where(eq(triggers.id, id))
    .for(exclusive ? 'no key update' : 'key share')
  return definition === undefined || trigger === undefined ? null : { trigger, kind: definition.kind }
}

export async function insertTrigger(tx: Transaction, row: typeof triggers.$inferInsert): Promise<void> {
  await tx.insert(triggers).values(row)
}

export async function updateTrigger(tx: Queries, id: string, change: TriggerChange): Promise<void> {
  await tx
    .update(triggers)
    .set({ ...change, updatedAt: sql`now()` })
    .where(eq(triggers.id, id))
}

/** That it fired, which is no change of it. */
export async function markFired(
  tx: Transaction,
  id: string,
  next: { readonly nextFireAt?: Date | null } = {},
): Promise<void> {
  await tx
    .update(triggers)
    .set({ ...next, lastFiredAt: sql`now()` })
    .where(eq(triggers.id, id))
}

/** What was deleted; null when it was gone already. */
export async function deleteTrigger(db: Queries, ref: TriggerRef): Promise<TriggerRow | null> {
  const [gone] = await db.delete(triggers).where(isRef(ref)).returning()
  return gone ?? null
}

/** Holds the definition against another trigger being added at the same time; answers how many it has. */
export async function lockAndCount(tx: Transaction, blueprintId: string): Promise<number> {
  await tx
    .select({ id: blueprints.id })
    .from(blueprints)
    .where(eq(blueprints.id, blueprintId))
    .for('no key update')
  return await tx.$count(triggers, eq(triggers.blueprintId, blueprintId))
}

/** One row more than `limit`, if there is one. Not run yet, so that a test can have it explained. */
export function listFiringsQuery(db: Queries, triggerId: string, page: PageRequest) {
  const { params: _, ...columns } = getTableColumns(triggerFirings)
  return db
    .select({ ...columns, place: placeColumn(order) })
    .from(triggerFirings)
    .where(and(eq(triggerFirings.triggerId, triggerId), afterCursor(order, page.cursor)))
    .orderBy(...newestFirst(order))
    .limit(page.limit + 1)
    .offset(page.offset ?? 0)
}

type NewFiring = Omit<typeof triggerFirings.$inferInsert, 'settledAt' | 'createdAt'>

/** A firing is settled when it waits for nothing. */
const settledAt = (state: FiringRow['state']) => (state === 'waiting' ? null : sql`now()`)

/** Null when the trigger has a firing of this key already, also one of a transaction that was waited for. */
export async function insertFiring(tx: Transaction, row: NewFiring): Promise<string | null> {
  const [inserted] = await tx
    .insert(triggerFirings)
    .values({ ...row, settledAt: settledAt(row.state) })
    .onConflictDoNothing({ target: [triggerFirings.triggerId, triggerFirings.key] })
    .returning({ id: triggerFirings.id })
  return inserted?.id ?? null
}

export async function lockFiring(tx: Transaction, triggerId: string, key: string): Promise<FiringRow | null> {
  const [row] = await tx
    .select()
    .from(triggerFirings)
    .where(and(eq(triggerFirings.triggerId, triggerId), eq(triggerFirings.key, key)))
    .for('update')
  return row ?? null
}

export async function updateFiring(
  tx: Transaction,
  id: string,
  change: Pick<FiringRow, 'state' | 'runId' | 'code' | 'reason' | 'params'>,
): Promise<void> {
  await tx
    .update(triggerFirings)
    .set({ ...change, settledAt: settledAt(change.state) })
    .where(eq(triggerFirings.id, id))
}

/** Gives up what waits. */
export async function skipWaiting(tx: Transaction, triggerId: string, reason: string): Promise<void> {
  await tx
    .update(triggerFirings)
    .set({ state: 'skipped', code: 'TRIGGER_DISABLED', reason, params: null, settledAt: sql`now()` })
    .where(and(eq(triggerFirings.triggerId, triggerId), eq(triggerFirings.state, 'waiting')))
}

/** How the trigger stands apart from one of its firings: whether a run it started is unfinished, and how many firings wait, up to a number. */
export async function readLoad(
  tx: Transaction,
  triggerId: string,
  { besides, upTo }: { besides: string; upTo: number },
): Promise<{ readonly isBusy: boolean; readonly waiting: number }> {
  const { rows } = await tx.execute<{ busy: boolean; waiting: number }>(sql`
    select ${hasUnfinishedRun(sql`${triggerId}::uuid`)} as busy,
      (select count(*)::int from (
        select from trigger_firings where trigger_id = ${triggerId} and state = 'waiting' and id <> ${besides} limit ${upTo}
      ) others) as waiting`)
  const [row] = rows
  return { isBusy: row?.busy ?? false, waiting: row?.waiting ?? 0 }
}

export async function newestCode(tx: Transaction, triggerId: string): Promise<string | null> {
  const [row] = await tx
    .select({ code: triggerFirings.code })
    .from(triggerFirings)
    .where(eq(triggerFirings.triggerId, triggerId))
    .orderBy(...newestFirst(order))
    .limit(1)
  return row?.code ?? null
}

export interface DueTrigger {
  readonly trigger: TriggerRow
  /** Of its definition. */
  readonly isEnabled: boolean
  /** What the database's clock shows, in milliseconds since the epoch. */
  readonly now: number
}

/**
 * Schedules whose time has come, the longest overdue first. Held until the transaction ends; those that somebody else holds, or whose
 * definition is being changed, are passed over.
 */
export async function takeDue(tx: Transaction, limit: number): Promise<DueTrigger[]> {
  return await taken(
    tx,
    sql`select t.id, b.enabled from triggers t join blueprints b on b.id = t.blueprint_id
      where t.next_fire_at <= now() order by t.next_fire_at limit ${limit}
      for share of b skip locked for no key update of t skip locked`,
  )
}

/**
 * Triggers with a firing that waits for nothing any more, held in the same way. Those of tickets wait until it is known whether whoever
 * asks may, which is for their own job to find out.
 */
export async function takeReleased(tx: Transaction, limit: number): Promise<DueTrigger[]> {
  return await taken(
    tx,
    sql`with recursive ${QUEUED_TRIGGERS}
      select t.id, b.enabled from queued q join triggers t on t.id = q.trigger_id join blueprints b on b.id = t.blueprint_id
      where t.type <> 'ticket' and not ${hasUnfinishedRun(sql`t.id`)} limit ${limit}
      for share of b skip locked for no key update of t skip locked`,
  )
}

async function taken(tx: Transaction, found: SQL): Promise<DueTrigger[]> {
  const { rows } = await tx.execute<{ id: string; enabled: boolean }>(found)
  if (rows.length === 0) return []
  const ids = rows.map(({ id }) => id)
  const held = await tx
    .select({
      ...getTableColumns(triggers),
      now: sql<number>`(extract(epoch from now()) * 1000)::bigint`,
    })
    .from(triggers)
    .where(inArray(triggers.id, ids))
  return rows.flatMap(({ id, enabled }) => {
    const row = held.find((each) => each.id === id)
    if (row === undefined) return []
    const { now, ...trigger } = row
    return [{ trigger, isEnabled: enabled, now }]
  })
}

export async function oldestWaiting(tx: Transaction, triggerId: string): Promise<FiringRow | null> {
  const [row] = await tx
    .select()
    .from(triggerFirings)
    .where(and(eq(triggerFirings.triggerId, triggerId), eq(triggerFirings.state, 'waiting')))
    .orderBy(asc(triggerFirings.createdAt), asc(triggerFirings.id))
    .limit(1)
  return row ?? null
}

function isRef({ workspaceId, blueprintId, triggerId }: TriggerRef) {
  return and(
    eq(triggers.workspaceId, workspaceId),
    eq(triggers.blueprintId, blueprintId),
    eq(triggers.id, triggerId),
  )
}
