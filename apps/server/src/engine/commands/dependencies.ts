import { OptioError } from '@optio/contract'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { attempts, runDependencies, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { RunRef } from '../engine.ts'
import { wakeRun } from '../wake-ups.ts'

/** First half of the advisory lock's key, so that it meets no other lock; the second is the workspace. */
const LOCK_CLASS = 0x64657073

/** Tasks that one task may depend on: whoever shows or judges it reads them all. */
const MOST_DEPENDENCIES = 1000

/**
 * Whoever makes a run wait for another holds this until the commit, so that what they see of the others' is all there is: two who
 * each add one half of a cycle could not see each other's half otherwise. To be taken before any row is locked; what is asked for a
 * second time in a transaction is there already.
 */
export async function lockDependencies(tx: Transaction, workspaceId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(${workspaceId}))`)
}

/**
 * Throws DEPENDENCY_CYCLE when a run would wait for itself: over runs it depends on, and over subtasks that hold their parent. To be
 * called under the lock, after the rows are written. States do not matter: what is finished can be retried.
 */
export async function refuseCycle(tx: Transaction, runId: string): Promise<void> {
  const { rows } = await tx.execute<{ cycle: boolean }>(sql`
    with recursive needed(id) as (
      ${neededBy(sql`${runId}::uuid`)}
      union
      select next.id from needed cross join lateral (${neededBy(sql`needed.id`)}) next(id)
    )
    select exists (select from needed where id = ${runId}) as cycle`)
  if (!rows[0]?.cycle) return
  throw new OptioError(
    'DEPENDENCY_CYCLE',
    'The task would wait for itself, because a task it is to depend on waits for it. Nothing was changed.',
  )
}

/** What a run waits for directly. */
function neededBy(id: ReturnType<typeof sql>) {
  return sql`
    select depends_on_id from run_dependencies where run_id = ${id}
    union all
    select id from runs where parent_run_id = ${id} and blocks_parent`
}

/**
 * Has a run wait for others: all of them or none. One it depends on already stays as it is. Takes the lock; call it before the
 * transaction locks rows others may hold. Throws VALIDATION for what cannot be depended on, or DEPENDENCY_CYCLE.
 *
 * @param field what the caller calls the list, for the error.
 */
export async function insertDependencies(
  tx: Transaction,
  { workspaceId, runId }: RunRef,
  dependsOn: readonly string[],
  field: string,
): Promise<string[]> {
  const wanted = [...new Set(dependsOn)]
  if (wanted.length === 0) return []
  await lockDependencies(tx, workspaceId)
  if (wanted.includes(runId)) {
    throw new OptioError('DEPENDENCY_CYCLE', 'A task cannot depend on itself.')
  }
  // Held against being deleted before the row that speaks of them is there.
  const found = await tx
    .select({ id: runs.id, kind: runs.kind })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), inArray(runs.id, wanted)))
    .for('share')
  const missing = wanted.filter((id) => !found.some((row) => row.id === id))
  if (missing.length > 0) {
    throw new OptioError('VALIDATION', `${field} names tasks that do not exist: ${missing.join(', ')}.`, {
      details: { path: field, missing },
    })
  }
  const review = found.find(({ kind }) => kind === 'review')
  if (review) {
    throw new OptioError('VALIDATION', `${field}: ${review.id} is a review, which nothing can depend on.`, {
      details: { path: field, reviews: [review.id] },
    })
  }
  const added = await tx
    .insert(runDependencies)
    .values(wanted.map((dependsOnId) => ({ workspaceId, runId, dependsOnId })))
    .onConflictDoNothing()
    .returning({ id: runDependencies.dependsOnId })
  await requireRoom(tx, runId)
  await refuseCycle(tx, runId)
  return added.map(({ id }) => id)
}

async function requireRoom(tx: Transaction, runId: string): Promise<void> {
  const count = await tx.$count(runDependencies, eq(runDependencies.runId, runId))
  if (count <= MOST_DEPENDENCIES) return
  throw new OptioError('VALIDATION', `A task can depend on at most ${MOST_DEPENDENCIES} others.`)
}

/**
 * Has a run that no agent has worked on yet wait for others. Throws TASK_NOT_FOUND, WRONG_TASK_TYPE for what is not a repo run,
 * what `insertDependencies` throws whatever states there are, and INVALID_TRANSITION once it has had an attempt.
 */
export async function addDependencies(
  context: EngineContext,
  ref: RunRef,
  dependsOn: readonly string[],
  actor: string,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    await lockDependencies(tx, ref.workspaceId)
    const run = await lockRepoRun(tx, ref)
    const added = await insertDependencies(tx, ref, dependsOn, 'dependsOnIds')
    await requireStartable(tx, ref, run)
    if (added.length === 0) return
    await changed(tx, ref, actor, {
      type: 'task:dependencies_added',
      message: added.length === 1 ? 'Waits for another task.' : `Waits for ${added.length} more tasks.`,
      dependsOnIds: added,
    })
  })
}

/** Has a run no longer wait for another; the last one that goes lets it go on. Throws DEPENDENCY_NOT_FOUND. */
export async function removeDependency(
  context: EngineContext,
  ref: RunRef,
  dependsOnId: string,
  actor: string,
): Promise<void> {
  await context.database.transaction(async (tx) => {
    await lockRun(tx, ref)
    const removed = await tx
      .delete(runDependencies)
      .where(
        and(
          eq(runDependencies.workspaceId, ref.workspaceId),
          eq(runDependencies.runId, ref.runId),
          eq(runDependencies.dependsOnId, dependsOnId),
        ),
      )
      .returning({ id: runDependencies.dependsOnId })
    if (removed.length === 0) {
      throw new OptioError(
        'DEPENDENCY_NOT_FOUND',
        `The task does not depend on ${dependsOnId}. Take an id from its list of dependencies.`,
      )
    }
    await changed(tx, ref, actor, {
      type: 'task:dependency_removed',
      message: 'No longer waits for a task.',
      dependsOnIds: [dependsOnId],
    })
  })
}

/** A claim that is under way waits for the row, and then sees what was added. */
async function lockRepoRun(tx: Transaction, ref: RunRef): Promise<LockedRun> {
  const run = await lockRun(tx, ref)
  if (run.kind === 'repo') return run
  throw new OptioError(
    'WRONG_TASK_TYPE',
    `This is a run of kind ${run.kind}. Only a repo-task that writes code can wait for others.`,
  )
}

async function requireStartable(tx: Transaction, ref: RunRef, run: LockedRun): Promise<void> {
  const hadAttempt = (await tx.$count(attempts, eq(attempts.runId, ref.runId))) > 0
  if (!hadAttempt && run.state !== 'completed') return
  throw new OptioError(
    'INVALID_TRANSITION',
    'An agent has worked on this task already; only a task that was not started can be made to wait for others.',
    { details: { state: run.state } },
  )
}

type LockedRun = Awaited<ReturnType<typeof lockRun>>

async function lockRun(tx: Transaction, { workspaceId, runId }: RunRef) {
  const [run] = await tx
    .select({ kind: runs.kind, state: runs.state })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.id, runId)))
    .for('update')
  if (!run) throw new OptioError('TASK_NOT_FOUND', `There is no task ${runId}.`)
  return run
}

/** What it waits for is a fact that decisions rest on: so it raises the version, and the run is looked at. */
async function changed(
  tx: Transaction,
  { workspaceId, runId }: RunRef,
  actor: string,
  what: { readonly type: string; readonly message: string; readonly dependsOnIds: readonly string[] },
): Promise<void> {
  await tx
    .update(runs)
    .set({ version: sql`${runs.version} + 1`, updatedAt: sql`now()` })
    .where(eq(runs.id, runId))
  await wakeRun(tx, runId)
  const { type, message, dependsOnIds } = what
  await appendEvents(tx, [
    { workspaceId, runId, type, trigger: 'person', message, actor, data: { dependsOnIds } },
  ])
}
