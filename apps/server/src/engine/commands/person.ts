import { OptioError } from '@optio/contract'
import {
  type AttemptContext,
  type AttemptReason,
  type Command,
  type Decision,
  isLive,
  judgeCommand,
} from '@optio/core'
import { and, eq, or, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts, effects, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'
import { execute } from '../execute.ts'
import { CLAIM_NOTICE, RUN_NOTICE } from '../notices.ts'
import type { RunRow } from '../read-run.ts'
import { wakeRun } from '../wake-ups.ts'

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
  await command(context, ref, 'retry', (tx, run) =>
    queueAgain(context, tx, run, actor, {
      reason: 'retry',
      context: run.nextContext,
      resumesSession: true,
      resetCounts: true,
    }),
  )
}

export async function resume(
  context: EngineContext,
  ref: RunRef,
  { prompt }: { prompt: string | null },
  actor: string,
): Promise<void> {
  await command(context, ref, 'resume', (tx, run) =>
    queueAgain(context, tx, run, actor, {
      reason: 'resume',
      context: prompt === null ? {} : { personPrompt: prompt },
      resumesSession: true,
      resetCounts: true,
    }),
  )
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
      resetCounts: true,
    }),
  )
}

export async function forceRedo(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await command(context, ref, 'forceRedo', async (tx, run, live) => {
    if (run.state === 'pending' || run.state === 'waiting_on_deps' || run.intent === 'redo') return
    if (live || run.state === 'pr_opened' || run.state === 'needs_attention' || run.state === 'queued') {
      // What runs is stopped first; the engine starts over when nothing runs any more.
      await change(tx, run, { intent: 'redo' })
      await wakeRun(tx, run.id)
      return await note(tx, run, 'task:redo_requested', actor, 'A start from scratch was requested.')
    }
    const decision: Decision = {
      action: { type: 'redo' },
      reason: 'redo',
      explain: { summary: 'Starts again from scratch.', wouldChange: [] },
      wakeAt: null,
    }
    await execute(context, tx, run, { kind: 'none' }, decision, actor)
  })
}

export async function runNow(context: EngineContext, ref: RunRef, actor: string): Promise<void> {
  await command(context, ref, 'runNow', async (tx, run) => {
    await change(tx, run, { notBefore: null })
    await wakeRun(tx, run.id)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await note(tx, run, 'task:run_now', actor, 'Asked to run without waiting for the end of the backoff.')
  })
}

export async function edit(
  context: EngineContext,
  ref: RunRef,
  wanted: { title?: string; priority?: number; metadata?: Record<string, unknown> },
  actor: string,
): Promise<void> {
  await command(context, ref, 'edit', async (tx, run) => {
    await change(tx, run, wanted)
    await context.notify.publish(tx, { k: CLAIM_NOTICE })
    await note(tx, run, 'task:edited', actor, `Changed ${Object.keys(wanted).join(', ')}.`)
  })
}

async function command(
  context: EngineContext,
  ref: RunRef,
  name: Command,
  carryOut: (tx: Transaction, run: RunRow, live: boolean) => Promise<void>,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    const [run] = await tx
      .select()
      .from(runs)
      .where(and(eq(runs.id, ref.runId), eq(runs.workspaceId, ref.workspaceId)))
      .for('update')
    if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${ref.runId}.`)
    const rows = await tx.select({ state: attempts.state }).from(attempts).where(eq(attempts.runId, run.id))
    const live = rows.some(({ state }) => isLive(state))
    const verdict = judgeCommand(name, {
      state: run.state,
      intent: run.intent,
      prNumber: run.prNumber,
      hasLiveAttempt: live,
    })
    if (!verdict.ok)
      throw new OptioError('INVALID_TRANSITION', verdict.message, { details: { legal: verdict.legal } })
    await carryOut(tx, run, live)
  })
}

interface QueueAgain {
  readonly reason: AttemptReason
  readonly context: AttemptContext
  readonly resumesSession: boolean
  readonly resetCounts: boolean
}

async function queueAgain(
  context: EngineContext,
  tx: Transaction,
  run: RunRow,
  actor: string,
  next: QueueAgain,
): Promise<void> {
  await change(tx, run, {
    state: 'queued',
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
    ...(wasClosed(run) ? { prNumber: null, prUrl: null, observation: null } : {}),
  })
  await forgetEffects(tx, run)
  await wakeRun(tx, run.id)
  await context.notify.publish(tx, { k: CLAIM_NOTICE })
  await context.notify.publish(tx, { k: RUN_NOTICE, runId: run.id })
  await appendEvents(tx, [
    {
      workspaceId: run.workspaceId,
      runId: run.id,
      type: 'task:state_changed',
      fromState: run.state,
      toState: 'queued',
      trigger: next.reason,
      message: `Queued by a person (${next.reason}).`,
      actor,
    },
  ])
}

function wasClosed(run: RunRow): boolean {
  return run.state === 'failed' && run.observation?.state === 'closed'
}

/** Effects that were given up, and the opening of a pull request that was closed since, are done afresh. */
async function forgetEffects(tx: Transaction, run: RunRow): Promise<void> {
  const opened = wasClosed(run) ? eq(effects.kind, 'open_pull_request') : undefined
  await tx.delete(effects).where(and(eq(effects.runId, run.id), or(eq(effects.state, 'dead'), opened)))
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
  await appendEvents(tx, [
    { workspaceId: run.workspaceId, runId: run.id, type, trigger: 'person', message, actor },
  ])
}
