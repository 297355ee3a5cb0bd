import type { Action, Decision, NextAttempt, PullRequestFacts, RunState } from '@optio/core'
import { COURTESY_EFFECTS, isFinished, isLegalTransition } from '@optio/core'
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import type { Transaction } from '../database/connection.ts'
import { attempts, checkRuns, effects, environments, runs } from '../database/schema/index.ts'
import { appendEvents, type NewEvent } from '../features/events/append.ts'
import { redoBranch } from './branch.ts'
import { cancelParts, cancelReviews } from './cancel-parts.ts'
import type { EngineContext } from './context.ts'
import { recordEffect } from './effects/record.ts'
import { headSeenAt } from './head-seen.ts'
import { CLAIM_NOTICE, RUN_NOTICE, STOP_NOTICE } from './notices.ts'
import type { RunRow } from './read-run.ts'
import { insertReview } from './reviews/insert-review.ts'
import { eventOf } from './run-events.ts'
import { lookAgainAt, wakeDependents, wakeRun } from './wake-ups.ts'
import { endWatch } from './watch/rows.ts'
import { explanationOf, newsOf, waitingOnAfter } from './why.ts'

/** A safety look at a run that only a fact can move; a lost fact costs at most this. */
const LOOK_AT_THE_LATEST_MS = 5 * 60_000

type RunChange = Partial<typeof runs.$inferInsert>
type ExecuteContext = Pick<EngineContext, 'notify' | 'engineLog'>

/** What carrying out a decision came to: `moved` is worth another look at once. */
export type Executed = 'moved' | 'resting' | 'raced'

/**
 * Carries out a decision in the transaction it is given: compare-and-set on the run's version, the event, the effects and
 * the jobs, all or nothing. `earlier` are events of the same transaction that go before its own.
 */
export async function execute(
  context: ExecuteContext,
  tx: Transaction,
  run: RunRow,
  pullRequest: PullRequestFacts,
  decision: Decision,
  actor = 'optio',
  earlier: readonly NewEvent[] = [],
): Promise<Executed> {
  const { action } = decision
  if (action.type === 'wait') {
    if (earlier.length > 0) await appendEvents(tx, earlier)
    return await rest(tx, run, pullRequest, decision)
  }
  const { change, event, to } = changeOf(run, decision, action)
  const won = await compareAndSet(tx, run, { ...observationChange(run, pullRequest), ...change })
  if (!won) return 'raced'
  const events = [...earlier, ...(await carryOut(context, tx, run, action, decision, actor))]
  if (isFinished(to)) events.push(...(await endRun(tx, run, to)))
  // What its parts are is what its parent rests on.
  if (to !== run.state && run.parentRunId !== null) await wakeRun(tx, run.parentRunId)
  if (change.notBefore instanceof Date) await lookAgainAt(tx, run.id, change.notBefore)
  const notices = to === 'queued' ? [{ k: CLAIM_NOTICE }] : []
  const isNews = to !== run.state || event
  await context.notify.publish(tx, ...notices, ...(isNews ? [{ k: RUN_NOTICE, runId: run.id }] : []))
  if (isNews) {
    events.push(stateEvent(run, to, decision, event, actor))
  }
  // The last thing in the transaction that can wait.
  if (events.length > 0) await appendEvents(tx, events)
  return 'moved'
}

/** Raises the version; false when somebody else changed the run since it was read. */
async function compareAndSet(tx: Transaction, run: RunRow, change: RunChange): Promise<boolean> {
  const updated = await tx
    .update(runs)
    .set({ ...change, version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
    .where(and(eq(runs.id, run.id), eq(runs.version, run.version)))
    .returning({ id: runs.id })
  return updated.length > 0
}

/** Nothing to do now: what is known and why it waits is stored, when it is new, and the next look is arranged. */
async function rest(
  tx: Transaction,
  run: RunRow,
  pullRequest: PullRequestFacts,
  decision: Decision,
): Promise<Executed> {
  if (isFinished(run.state)) return 'resting'
  const latest = Date.now() + LOOK_AT_THE_LATEST_MS
  const lookAt = new Date(Math.min(decision.wakeAt ?? latest, latest))
  const updated = await tx
    .update(runs)
    .set({
      ...observationChange(run, pullRequest),
      explanation: explanationOf(decision),
      waitingOn: waitingOnAfter(decision, run.state),
      nextLookAt: lookAt,
    })
    .where(and(eq(runs.id, run.id), eq(runs.version, run.version)))
    .returning({ id: runs.id })
  if (updated.length === 0) return 'raced'
  if (decision.wakeAt !== null) await lookAgainAt(tx, run.id, lookAt)
  const news = newsOf(run, decision)
  if (news) await appendEvents(tx, [news])
  return 'resting'
}

function observationChange(run: RunRow, pullRequest: PullRequestFacts): RunChange {
  if (pullRequest.kind === 'none') return {}
  if (pullRequest.kind === 'unknown') {
    return { observationError: pullRequest.message, observationFailures: run.observationFailures + 1 }
  }
  const { observation } = pullRequest
  return {
    observation,
    headSeenAt: headSeenAt(run, observation),
    observationError: null,
    observationFailures: 0,
  }
}

/** The columns a decision that changes something changes. */
export function changeOf(
  run: RunRow,
  decision: Decision,
  action: Exclude<Action, { type: 'wait' }>,
): { readonly change: RunChange; readonly event: string | null; readonly to: RunState } {
  const { change, event } = changeFor(run, action)
  const to = change.state ?? run.state
  if (to !== run.state && !isLegalTransition(run.state, to)) {
    throw new Error(`decide asked for an illegal transition ${run.state} -> ${to} of run ${run.id}`)
  }
  return {
    change: {
      ...change,
      explanation: explanationOf(decision),
      waitingOn: waitingOnAfter(decision, to),
      nextLookAt: isFinished(to) ? null : new Date(Date.now() + LOOK_AT_THE_LATEST_MS),
    },
    event,
    to,
  }
}

/** The columns an action changes. `event` is set when it belongs into the history although the state stays. */
function changeFor(
  run: RunRow,
  action: Exclude<Action, { type: 'wait' }>,
): { change: RunChange; event: string | null } {
  switch (action.type) {
    case 'transition':
      return {
        change: {
          state: action.to,
          attentionCode: null,
          ...(isFinished(action.to) ? { completedAt: new Date(), intent: null } : {}),
          errorMessage: action.error?.message ?? null,
          errorCategory: action.error?.category ?? null,
        },
        event: null,
      }
    case 'enqueue':
      return {
        change: { state: 'queued', nextReason: 'first', queuedAt: run.queuedAt ?? new Date() },
        event: null,
      }
    case 'needs_attention':
      return {
        change: { state: 'needs_attention', attentionCode: action.code, errorMessage: action.message },
        event: null,
      }
    case 'queue_attempt':
      return { change: queueChange(run, action.next), event: null }
    case 'stop_attempt':
      return { change: {}, event: 'task:stopping' }
    case 'stop_checks':
      return { change: {}, event: null }
    case 'redo':
      return { change: redoChange(run), event: null }
    case 'start_review':
      return { change: {}, event: null }
    case 'effect':
      return { change: {}, event: null }
  }
}

function queueChange(run: RunRow, next: NextAttempt): RunChange {
  // A retry or a restart goes on with what the attempt before was made for, and so does one that stands in for it.
  const carriesOn = next.reason === 'retry' || next.reason === 'restart' || next.standsIn === true
  return {
    state: 'queued',
    nextReason: next.reason,
    nextPurpose: carriesOn ? run.nextPurpose : next.purpose,
    nextContext: carriesOn ? { ...run.nextContext, ...next.context } : next.context,
    nextResumesSession: next.freshSession !== true,
    notBefore: next.notBefore === null ? null : new Date(next.notBefore),
    retryCount: next.counts === 'retry' ? run.retryCount + 1 : run.retryCount,
    autoResumeCount: next.counts === 'auto_resume' ? run.autoResumeCount + 1 : run.autoResumeCount,
    queuedAt: run.queuedAt ?? new Date(),
    attentionCode: null,
    errorMessage: null,
  }
}

function redoChange(run: RunRow): RunChange {
  return {
    state: 'queued',
    intent: null,
    branch: run.branch === null ? null : redoBranch(run.branch),
    nextReason: 'first',
    nextPurpose: null,
    nextContext: {},
    nextResumesSession: false,
    notBefore: null,
    retryCount: 0,
    autoResumeCount: 0,
    attentionCode: null,
    errorMessage: null,
    errorCategory: null,
    resultSummary: null,
    baseSha: null,
    headSha: null,
    publishedSha: null,
    prNumber: null,
    prUrl: null,
    observation: null,
    completedAt: null,
  }
}

/** Answers what else is to be told. */
async function carryOut(
  context: ExecuteContext,
  tx: Transaction,
  run: RunRow,
  action: Exclude<Action, { type: 'wait' }>,
  { reason, explain }: Decision,
  actor: string,
): Promise<NewEvent[]> {
  switch (action.type) {
    case 'stop_attempt':
      await tx
        .update(attempts)
        .set({ stopRequested: action.stop })
        .where(and(eq(attempts.runId, run.id), inArray(attempts.state, ['starting', 'running'])))
      await context.notify.publish(tx, { k: STOP_NOTICE, runId: run.id })
      return []
    case 'stop_checks':
      await stopChecks(context, tx, run)
      return []
    case 'redo':
      await dropPlannedEffects(tx, run)
      if (run.prNumber !== null) {
        const key = `close:${run.id}:${run.prNumber}`
        await recordEffect(tx, run, { kind: 'close_pull_request', key, prNumber: run.prNumber })
      }
      // Without this row the next attempt sets the directory aside and clones anew.
      await tx.delete(environments).where(eq(environments.runId, run.id))
      return await cancelReviews(tx, run)
    case 'effect':
      await recordEffect(tx, run, action.effect)
      return []
    case 'start_review': {
      const { headSha, baseSha } = action
      const review = { headSha, baseSha, prompt: null, agentType: null, model: null }
      const { runId, created } = await insertReview(context, tx, run, review, actor)
      const started = eventOf(run, {
        ...{ type: 'task:review_started', trigger: reason, message: explain.summary, actor },
        data: { reviewTaskId: runId },
      })
      return [started, created]
    }
    case 'transition':
      for (const effect of action.effects ?? []) await recordEffect(tx, run, effect)
      return []
    default:
      return []
  }
}

/** A queued check never starts; a running one is stopped by the process that supervises it. */
async function stopChecks(
  context: Pick<EngineContext, 'notify'>,
  tx: Transaction,
  run: RunRow,
): Promise<void> {
  await tx.delete(checkRuns).where(and(eq(checkRuns.runId, run.id), eq(checkRuns.status, 'queued')))
  await tx
    .update(checkRuns)
    .set({ stopRequested: true })
    .where(and(eq(checkRuns.runId, run.id), eq(checkRuns.status, 'running')))
  await context.notify.publish(tx, { k: STOP_NOTICE, runId: run.id })
}

/**
 * What was planned for a run that has ended is not done any more; who waited for the run is woken, and its parts end that make no
 * sense without it. Answers what else is to be told.
 */
async function endRun(tx: Transaction, run: RunRow, to: RunState): Promise<NewEvent[]> {
  await dropPlannedEffects(tx, run)
  if (run.prNumber !== null) await endWatch(tx, run.id)
  await wakeDependents(tx, run.id)
  return await cancelParts(tx, run, to)
}

async function dropPlannedEffects(tx: Transaction, run: RunRow): Promise<void> {
  await tx
    .update(effects)
    .set({ state: 'dead', lastError: 'the task had ended' })
    .where(
      and(
        eq(effects.runId, run.id),
        eq(effects.state, 'pending'),
        notInArray(effects.kind, ['close_pull_request', ...COURTESY_EFFECTS]),
      ),
    )
}

export function stateEvent(
  run: RunRow,
  to: RunState,
  decision: Decision,
  type: string | null,
  actor: string,
): NewEvent {
  return eventOf(run, {
    type: type ?? 'task:state_changed',
    fromState: run.state,
    toState: to,
    trigger: decision.reason,
    message: decision.explain.summary,
    actor,
    data: {
      title: run.title,
      waitingOn: waitingOnAfter(decision, to),
      ...(decision.action.type === 'needs_attention' ? { attentionCode: decision.action.code } : {}),
    },
  })
}
