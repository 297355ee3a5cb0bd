import { OptioError } from '@optio/contract'
import { COURTESY_EFFECTS, isCourtesy, oneLine, type SilenceReason } from '@optio/core'
import { NoAnswer } from '@optio/forges'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../database/connection.ts'
import { effects, runs } from '../../database/schema/index.ts'
import { appendEvents, type NewEvent } from '../../features/events/append.ts'
import type { EngineContext, ProcessIdentity } from '../context.ts'
import type { RunRow } from '../read-run.ts'
import { scheduleEffect, wakeRun } from '../wake-ups.ts'
import { askAnew } from '../watch/rows.ts'
import type { EffectResult, EffectRow } from './effect.ts'
import { performEffect } from './perform.ts'

/** Tries after which an effect is hopeless and a person is asked: with the pauses below, some twenty minutes. */
const MOST_TRIES = 25
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 60_000

/** Pauses after a try that a forge gave no answer to, where it did not say when to ask again. */
const FIRST_UNANSWERED_PAUSE_MS = 2_000
/** Nobody asks in vain for ever: saving a credential ends the pause. */
const FIRST_CREDENTIAL_PAUSE_MS = 60_000
const LONGEST_CREDENTIAL_PAUSE_MS = 30 * 60_000

/** What no run waits for is given up when a forge has given no answer for so long. */
const UNANSWERED_AT_MOST_MS = 24 * 3_600_000

/** What was observed of a pull request before one of these is old. */
const CHANGES_PULL_REQUEST: ReadonlySet<EffectRow['kind']> = new Set([
  'publish',
  'open_pull_request',
  'merge',
  'close_pull_request',
  'post_review',
  'answer_threads',
])

/**
 * Carries out one effect: taken by this process in one transaction, done outside of any, its result stored in another
 * together with what it changes of the run. Every effect is idempotent on its other side, so a death in between repeats it
 * without harm. Failures are stored, and tried again.
 *
 * @param underWay effects this process carries out now: see `freeForgottenEffects`.
 */
export async function carryOutEffect(
  context: EngineContext,
  self: ProcessIdentity,
  effectId: string,
  underWay: Set<string>,
): Promise<void> {
  if (underWay.has(effectId)) return
  underWay.add(effectId)
  try {
    const taken = await take(context, self, effectId)
    if (!taken) return
    const { effect, run } = taken
    let result: EffectResult
    try {
      result = await performEffect(context, effect, run)
    } catch (error) {
      return await putBack(context, self, effect, error, isHopeless(effect, error))
    }
    try {
      await finish(context, self, effect, result)
    } catch (error) {
      // It was done; only its result could not be stored. That is never a reason to give it up.
      await putBack(context, self, effect, error, false)
    }
  } finally {
    underWay.delete(effectId)
  }
}

/**
 * What the other side will answer the same way for ever, or has refused to answer for long enough. A forge that gives no answer at all
 * (its credential was revoked, its limits are used up, it is down) makes nothing hopeless that a run waits for.
 */
function isHopeless(effect: EffectRow, error: unknown): boolean {
  if (error instanceof NoAnswer) {
    return isUnawaited(effect) && effect.createdAt.getTime() < Date.now() - UNANSWERED_AT_MOST_MS
  }
  if (effect.tries - effect.unanswered >= MOST_TRIES) return true
  return error instanceof OptioError && error.status < 500 && error.status !== 429
}

/**
 * Effects that are marked as being carried out and that nobody carries out: this process could store neither result nor
 * failure (the disk was full, a connection broke at the commit), or their process is not on the list any more. They are
 * pending again. What is under way here is looked up after the rows, so that one that is taken meanwhile is left alone.
 */
export async function freeForgottenEffects(
  database: Database,
  self: ProcessIdentity,
  underWay: ReadonlySet<string>,
): Promise<number> {
  const { rows } = await database.orm.execute<{ id: string; tries: number; own: boolean }>(sql`
    select id, tries, process_id is not distinct from ${self.id}::uuid as own from effects
    where state = 'executing'
      and (process_id = ${self.id} or not exists (select from processes p where p.id = effects.process_id))`)
  let freed = 0
  for (const { id, tries } of rows.filter((row) => !(row.own && underWay.has(row.id)))) {
    freed += await database.transaction(async (tx) => {
      const [free] = await tx
        .update(effects)
        .set({ state: 'pending', processId: null })
        .where(and(eq(effects.id, id), eq(effects.state, 'executing'), eq(effects.tries, tries)))
        .returning({ runId: effects.runId })
      if (!free) return 0
      await scheduleEffect(tx, id)
      await wakeRun(tx, free.runId)
      return 1
    })
  }
  return freed
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
          run.run.intent === null
            ? undefined
            : inArray(effects.kind, ['close_pull_request', ...COURTESY_EFFECTS]),
        ),
      )
      .returning()
    if (!effect) return null
    // Whoever decides at this moment read it as pending, and must look again.
    await tx
      .update(runs)
      .set({ version: sql`${runs.version} + 1` })
      .where(eq(runs.id, run.run.id))
    return { effect, run: run.run }
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
      silence: null,
      refusal,
    })
    if (!settled) return
    await tx
      .update(runs)
      .set({ ...result.change, version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
      .where(eq(runs.id, effect.runId))
    if (CHANGES_PULL_REQUEST.has(effect.kind)) await askAnew(tx, effect.runId)
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
  hopeless: boolean,
): Promise<void> {
  const lastError = context.agentAccess.redact(error instanceof Error ? error.message : String(error))
  const silence: SilenceReason | null = error instanceof NoAnswer ? error.reason : null
  const at = nextTry(effect, error)
  context.log.warn(
    { effectId: effect.id, runId: effect.runId, kind: effect.kind, err: error, hopeless },
    'an effect failed',
  )
  await context.database.transaction(async (tx) => {
    const unanswered = effect.unanswered + (silence === null ? 0 : 1)
    const change = hopeless
      ? { state: 'dead' as const, lastError, silence }
      : { state: 'pending' as const, lastError, silence, unanswered, notBefore: at }
    if (!(await settle(tx, self, effect, change))) return
    await tx
      .update(runs)
      .set({ version: sql`${runs.version} + 1` })
      .where(eq(runs.id, effect.runId))
    if (!hopeless) await scheduleEffect(tx, effect.id, at)
    await wakeRun(tx, effect.runId)
    if (hopeless && isUnawaited(effect)) await appendEvents(tx, [failedEvent(effect, lastError)])
  })
}

/** Of what a run waits for it tells itself that it failed; of this nobody else would. */
function isUnawaited({ kind }: EffectRow): boolean {
  return kind === 'close_pull_request' || isCourtesy(kind)
}

function failedEvent(effect: EffectRow, lastError: string): NewEvent {
  const message = `${UNAWAITED[effect.kind] ?? effect.kind} failed for good: ${oneLine(lastError, 500)}`
  const { workspaceId, runId, kind } = effect
  return { workspaceId, runId, type: 'task:effect_failed', trigger: kind, message, actor: 'optio' }
}

const UNAWAITED: Partial<Record<EffectRow['kind'], string>> = {
  close_pull_request: 'Closing the pull request',
  delete_branch: 'Deleting the branch',
  answer_threads: 'Answering in the threads of the pull request',
  comment_issue: 'Commenting on the issue',
  label_issue: 'Labelling the issue',
  close_issue: 'Closing the issue',
}

/** Later and later; a forge that gave no answer says when, and a credential is waited for with ever less haste. */
function nextTry(effect: EffectRow, error: unknown): Date {
  const now = Date.now()
  if (!(error instanceof NoAnswer)) {
    const tries = effect.tries - effect.unanswered
    return new Date(now + Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, tries - 1), LONGEST_PAUSE_MS))
  }
  if (error.retryAt !== null) return new Date(Math.max(error.retryAt, now + FIRST_PAUSE_MS))
  const doubled = 2 ** Math.min(effect.unanswered, 10)
  if (error.reason === 'credential' || error.reason === 'replaced' || error.reason === 'limited') {
    return new Date(now + Math.min(FIRST_CREDENTIAL_PAUSE_MS * doubled, LONGEST_CREDENTIAL_PAUSE_MS))
  }
  return new Date(now + Math.min(FIRST_UNANSWERED_PAUSE_MS * doubled, LONGEST_PAUSE_MS))
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
