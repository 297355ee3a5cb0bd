import { OptioError } from '@optio/contract'
import { and, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { effects, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext, ProcessIdentity } from '../context.ts'
import type { RunRow } from '../read-run.ts'
import { scheduleEffect, wakeRun } from '../wake-ups.ts'
import type { EffectResult, EffectRow } from './effect.ts'
import { performEffect } from './perform.ts'

/** Tries after which an effect is hopeless and a person is asked: with the pauses below, some twenty minutes. */
const MOST_TRIES = 25
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/**
 * Carries out one effect: taken by this process in one transaction, done outside of any, its result stored in another
 * together with what it changes of the run. Every effect is idempotent on its other side, so a death in between repeats it
 * without harm. Never throws: failures are stored, and tried again.
 */
export async function carryOutEffect(
  context: EngineContext,
  self: ProcessIdentity,
  effectId: string,
): Promise<void> {
  const taken = await take(context, self, effectId)
  if (!taken) return
  try {
    const result = await performEffect(context, taken.effect, taken.run)
    await finish(context, self, taken.effect, result)
  } catch (error) {
    await putBack(context, self, taken.effect, error)
  }
}

async function take(
  context: EngineContext,
  self: ProcessIdentity,
  effectId: string,
): Promise<{ effect: EffectRow; run: RunRow } | null> {
  return await context.database.transaction(async (tx) => {
    const [run] = await tx
      .select({ run: runs })
      .from(runs)
      .innerJoin(effects, eq(effects.runId, runs.id))
      .where(eq(effects.id, effectId))
      .for('update', { of: runs })
    if (!run) return null
    const [effect] = await tx
      .update(effects)
      .set({ state: 'executing', processId: self.id, tries: sql`${effects.tries} + 1` })
      .where(
        and(
          eq(effects.id, effectId),
          eq(effects.state, 'pending'),
          sql`(${effects.notBefore} is null or ${effects.notBefore} <= now())`,
          // Once a person asked to cancel or to start over, nothing new is done to the outside.
          run.run.intent === null ? undefined : eq(effects.kind, 'close_pull_request'),
        ),
      )
      .returning()
    return effect ? { effect, run: run.run } : null
  })
}

async function finish(
  context: EngineContext,
  self: ProcessIdentity,
  effect: EffectRow,
  result: EffectResult,
): Promise<void> {
  const refusal = result.refusal ? { ...result.refusal, at: Date.now() } : null
  await context.database.transaction(async (tx) => {
    const settled = await settle(tx, self, effect, {
      state: 'done',
      doneAt: new Date(),
      lastError: null,
      refusal,
    })
    if (!settled) return
    await tx
      .update(runs)
      .set({ ...result.change, version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
      .where(eq(runs.id, effect.runId))
    await wakeRun(tx, effect.runId)
    if (result.event) {
      await appendEvents(tx, [
        {
          workspaceId: effect.workspaceId,
          runId: effect.runId,
          trigger: effect.kind,
          actor: 'optio',
          ...result.event,
        },
      ])
    }
  })
}

/** A failure is not an answer: it is tried again later, or given up in words when it cannot succeed. */
async function putBack(
  context: EngineContext,
  self: ProcessIdentity,
  effect: EffectRow,
  error: unknown,
): Promise<void> {
  const lastError = error instanceof Error ? error.message : String(error)
  const hopeless =
    (error instanceof OptioError && error.status < 500 && error.status !== 429) || effect.tries >= MOST_TRIES
  const at = new Date(Date.now() + Math.min(FIRST_PAUSE_MS * 2 ** (effect.tries - 1), LONGEST_PAUSE_MS))
  context.log.warn(
    { effectId: effect.id, runId: effect.runId, kind: effect.kind, err: error, hopeless },
    'an effect failed',
  )
  await context.database.transaction(async (tx) => {
    const change = hopeless
      ? { state: 'dead' as const, lastError }
      : { state: 'pending' as const, lastError, notBefore: at }
    if (!(await settle(tx, self, effect, change))) return
    await tx
      .update(runs)
      .set({ version: sql`${runs.version} + 1` })
      .where(eq(runs.id, effect.runId))
    if (!hopeless) await scheduleEffect(tx, effect.id, at)
    await wakeRun(tx, effect.runId)
  })
}

/** Writes only as long as the effect is this process's: one that was taken for dead must not overwrite its successor. */
async function settle(
  tx: Transaction,
  self: ProcessIdentity,
  effect: EffectRow,
  change: Partial<typeof effects.$inferInsert>,
): Promise<boolean> {
  await tx.select({ id: runs.id }).from(runs).where(eq(runs.id, effect.runId)).for('update')
  const settled = await tx
    .update(effects)
    .set({ ...change, processId: null })
    .where(and(eq(effects.id, effect.id), eq(effects.state, 'executing'), eq(effects.processId, self.id)))
    .returning({ id: effects.id })
  return settled.length > 0
}
