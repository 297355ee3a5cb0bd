import { OptioError } from '@optio/contract'
import {
  type AttemptContext,
  type AttemptReason,
  COURTESY_EFFECTS,
  type Command,
  isFinished,
  isLive,
  judgeCommand,
  openMatters,
} from '@optio/core'
import { and, eq, inArray, notInArray, or, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import { attempts, effects, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { RunEdit, RunRef } from '../engine.ts'
import { indexWords } from '../index-words.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import { asReviewed } from '../own-verdicts.ts'
import { type RunRow, readStoredFacts } from '../read-run.ts'
import { findOpenReview } from '../reviews/insert-review.ts'
import { requireReadable } from '../reviews/require-readable.ts'
import { eventOf } from '../run-events.ts'
import { wakeDependents, wakeRun } from '../wake-ups.ts'
import { lockDependencies, refuseCycle } from './dependencies.ts'

/** What a person may ask of a run: each is one transaction with its row locked, judged by the pure rules of core. */

export async function requestCancel(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await command(context, ref, 'cancel', async (tx, run) => {
    if (run.intent === 'cancel') return
    await change(tx, run, { intent: 'cancel' })
    await wakeRun(tx, run.id)
    await note(tx, run, 'task:cancel_requested', actor, 'Cancel was requested.')
  })
}

export async function retry(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await requireReadable(context, ref)
  await command(context, ref, 'retry', (tx, run) =>
    queueAgain(context, tx, run, actor, {
      reason: 'retry',
      context: run.nextContext,
      resumesSession: true,
    }),
  )
}

export async function resume(
  context: EngineContext,
  ref: RunRef,
  { prompt }: { prompt: string | null },
  actor: string,
): Promise<void> {
  await requireReadable(context, ref)
  await command(context, ref, 'resume', async (tx, run) => {
    const open = await whatStandsOpen(context, tx, run)
    await queueAgain(context, tx, run, actor, {
      reason: 'resume',
      context: { ...open, ...(prompt === null ? {} : { personPrompt: prompt }) },
      resumesSession: true,
    })
  })
}

/** As it was last observed: the agent is told besides what the person says, and mends it on the way. */
async function whatStandsOpen(context: EngineContext, tx: Transaction, run: RunRow): Promise<AttemptContext> {
  if (run.kind !== 'repo' || run.prNumber === null || run.observation === null) return {}
  const stored = await readStoredFacts(tx, run.id, context.config, { capacity: false })
  if (!stored?.repository) return {}
  const { repository, snapshot, ownReviews } = stored
  const forge = context.forge(repository.gitPlatform)
  return openMatters(snapshot, asReviewed(forge, run.observation, ownReviews))
}

export async function forceRestart(
  context: EngineContext,
  ref: RunRef,
  { prompt }: { prompt: string | null },
  actor: string,
): Promise<void> {
  await command(context, ref, 'forceRestart', (tx, run) =>
    queueAgain(context, tx, run, actor, {
      reason: 'restart',
      context: prompt === null ? {} : { personPrompt: prompt },
      resumesSession: false,
    }),
  )
}

/** What runs is stopped first, and a merge by anybody goes before: the engine starts over when both are out of the way. */
export async function forceRedo(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await command(context, ref, 'forceRedo', async (tx, run) => {
    if (run.state === 'pending' || run.state === 'waiting_on_deps' || run.intent === 'redo') return
    if (isFinished(run.state)) {
      const next = { reason: 'first', context: {}, resumesSession: false, intent: 'redo' } as const
      await queueAgain(context, tx, run, actor, next)
      return
    }
    await change(tx, run, { intent: 'redo' })
    await wakeRun(tx, run.id)
    await note(tx, run, 'task:redo_requested', actor, 'A start from scratch was requested.')
  })
}

export async function runNow(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await command(context, ref, 'runNow', async (tx, run) => {
    await change(tx, run, { notBefore: null, held: false })
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    const message = run.held
      ? 'Asked to run; it was held until then.'
      : 'Asked to run without waiting for the end of the backoff.'
    await note(tx, run, 'task:run_now', actor, message)
  })
}

export async function edit(
  context: EngineContext,
  ref: RunRef,
  wanted: RunEdit,
  actor: string,
): Promise<void> {
  await command(context, ref, 'edit', async (tx, run) => {
    if (wanted.blocksParent !== undefined) requirePart(run)
    await change(tx, run, wanted)
    if (wanted.blocksParent === true) await refuseCycle(tx, run.parentRunId ?? run.id)
    if (wanted.title !== undefined && run.kind === 'repo') await indexWords(tx, [run.id])
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await note(tx, run, 'task:edited', actor, `Changed ${Object.keys(wanted).join(', ')}.`)
  })
}

/** Whether it holds its parent. Throws WRONG_TASK_TYPE for what cannot. */
function requirePart(run: RunRow): void {
  if (run.parentRunId !== null && run.kind !== 'review') return
  throw new OptioError('WRONG_TASK_TYPE', 'Only a step or a child of another task can hold it.')
}

/**
 * What its parts are is a fact a parent's decisions rest on. Its row is locked before that of the part, as by whoever ends a parent,
 * and the lock of the dependencies before both.
 */
async function lockParentOf(tx: Transaction, ref: RunRef, name: Command): Promise<void> {
  if (name === 'cancel') return
  const [part] = await tx
    .select({ parentId: runs.parentRunId })
    .from(runs)
    .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
  if (!part?.parentId) return
  if (name === 'edit') await lockDependencies(tx, ref.workspaceId)
  await tx
    .update(runs)
    .set({ version: sql`${runs.version} + 1` })
    .where(eq(runs.id, part.parentId))
  await wakeRun(tx, part.parentId)
}

/** Starts afresh make no sense for a review: that is another review. */
const NOT_FOR_REVIEWS: readonly Command[] = ['forceRestart', 'forceRedo']

function refuseKind(name: Command, { kind }: RunRow): void {
  if (kind !== 'review' || !NOT_FOR_REVIEWS.includes(name)) return
  throw new OptioError('WRONG_TASK_TYPE', 'A review is not started afresh: start another review of its task.')
}

async function command(
  context: EngineContext,
  ref: RunRef,
  name: Command,
  carryOut: (tx: Transaction, run: RunRow, live: boolean) => Promise<void>,
): Promise<void> {
  const work = async (tx: Transaction) => {
    await lockParentOf(tx, ref, name)
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
      .for('update')
    if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
    refuseKind(name, run)
    const rows = await tx.select({ state: attempts.state }).from(attempts).where(eq(attempts.runId, run.id))
    const live = rows.some(({ state }) => isLive(state))
    const verdict = judgeCommand(name, {
      state: run.state,
      intent: run.intent,
      prNumber: run.prNumber,
      held: run.held,
      hasLiveAttempt: live,
    })
    if (!verdict.ok)
      throw new OptioError('INVALID_TRANSITION', verdict.message, { details: { legal: verdict.legal } })
    await carryOut(tx, run, live)
  }
  try {
    await context.database.transaction(work)
  } catch (error) {
    const { constraint } = error as { constraint?: unknown }
    if (!isUniqueViolation(error) || constraint !== 'runs_one_of_issue') throw error
    throw new OptioError(
      'INVALID_TRANSITION',
      'Another task of the same issue is unfinished. Cancel that one first, or let it finish.',
    )
  }
}

interface QueueAgain {
  readonly reason: AttemptReason
  readonly context: AttemptContext
  readonly resumesSession: boolean
  /** `redo` when it is only queued so that it can start from scratch. */
  readonly intent?: 'redo'
}

async function queueAgain(
  context: EngineContext,
  tx: Transaction,
  run: RunRow,
  actor: string,
  next: QueueAgain,
): Promise<void> {
  if (run.kind === 'review') await refuseSecondReview(tx, run)
  const isClosed = await wasClosed(tx, run)
  await change(tx, run, {
    state: 'queued',
    waitingOn: 'capacity',
    explanation: {
      reason: 'queued_by_person',
      summary: `Queued by a person (${next.reason}).`,
      wouldChange: ['There is a slot for it.', 'Cancel the task.'],
    },
    intent: next.intent ?? null,
    nextReason: next.reason,
    nextPurpose: null,
    nextContext: next.context,
    nextResumesSession: next.resumesSession,
    notBefore: null,
    retryCount: 0,
    autoResumeCount: 0,
    attentionCode: null,
    errorMessage: null,
    errorCategory: null,
    completedAt: null,
    nextLookAt: new Date(),
    queuedAt: run.queuedAt ?? new Date(),
    // A pull request that was closed is not looked at again: a new one is opened.
    ...(isClosed && next.intent !== 'redo' ? { prNumber: null, prUrl: null, observation: null } : {}),
  })
  await forgetEffects(tx, run, isClosed)
  await wakeRun(tx, run.id)
  if (isFinished(run.state)) await wakeDependents(tx, run.id)
  await context.notify.publish(tx, { k: CLAIM_NOTICE })
  await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
  await appendEvents(tx, [
    eventOf(run, {
      type: 'task:state_changed',
      fromState: run.state,
      toState: 'queued',
      trigger: next.reason,
      message: `Queued by a person (${next.reason}).`,
      actor,
      data: { title: run.title, waitingOn: 'capacity' },
    }),
  ])
}

/** With the parent's row locked, so that none is made meanwhile. */
async function refuseSecondReview(tx: Transaction, run: RunRow): Promise<void> {
  if (!isFinished(run.state) || run.parentRunId === null || run.reviewHeadSha === null) return
  const open = await findOpenReview(tx, run.parentRunId, run.reviewHeadSha)
  if (open === null) return
  throw new OptioError('INVALID_TRANSITION', `Review ${open} reads the same commit already.`)
}

/**
 * Whether its pull request was closed: by others, as was seen, or by Optio because it was cancelled, which nobody looks at. One that is
 * still to be closed is not closed any more.
 */
async function wasClosed(tx: Transaction, run: RunRow): Promise<boolean> {
  if (run.kind !== 'repo' || run.prNumber === null || !isFinished(run.state)) return false
  if (run.observation?.state === 'closed') return true
  const closing = and(eq(effects.runId, run.id), eq(effects.key, `close:${run.id}:${run.prNumber}`))
  await tx.delete(effects).where(and(closing, eq(effects.state, 'pending')))
  return (await tx.$count(effects, and(closing, inArray(effects.state, ['executing', 'done'])))) > 0
}

/**
 * Effects that were given up, and the opening of a pull request that was closed since, are done afresh. What was planned and
 * not begun is not done any more: a merge that waits for its next try must not come in between.
 */
async function forgetEffects(tx: Transaction, run: RunRow, isClosed: boolean): Promise<void> {
  const planned = and(
    eq(effects.state, 'pending'),
    notInArray(effects.kind, ['close_pull_request', ...COURTESY_EFFECTS]),
  )
  const opened = isClosed ? eq(effects.kind, 'open_pull_request') : undefined
  await tx
    .delete(effects)
    .where(and(eq(effects.runId, run.id), or(eq(effects.state, 'dead'), planned, opened)))
}

async function change(
  tx: Transaction,
  run: RunRow,
  columns: Partial<typeof runs.$inferInsert>,
): Promise<void> {
  await tx
    .update(runs)
    .set({ ...columns, version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
    .where(eq(runs.id, run.id))
}

async function note(
  tx: Transaction,
  run: RunRow,
  type: string,
  actor: string,
  message: string,
): Promise<void> {
  await appendEvents(tx, [eventOf(run, { type, trigger: 'person', message, actor })])
}
