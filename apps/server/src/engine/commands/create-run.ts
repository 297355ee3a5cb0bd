import { OptioError } from '@optio/contract'
import { decide } from '@optio/core'
import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { repositories } from '../../database/schema/index.ts'
import type { NewEvent } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { NewRun } from '../engine.ts'
import { execute } from '../execute.ts'
import { type RepositoryRow, readStoredFacts } from '../read-run.ts'
import { lookAgainAt } from '../wake-ups.ts'
import { insertDependencies, lockDependencies } from './dependencies.ts'
import { insertRun, lockParent } from './insert-run.ts'
import { lookAtNewRuns, timeOfLook } from './look-at-new.ts'

/** Records the run and takes its first decision in the same transaction: what was answered cannot be lost. */
export async function createRun(
  context: EngineContext,
  run: NewRun,
  actor: string,
): Promise<{ runId: string }> {
  return await context.database.transaction((tx) => createRunIn(context, tx, run, actor))
}

/** The same in a transaction of somebody who records with it why the run is made. */
export async function createRunIn(
  context: EngineContext,
  tx: Transaction,
  run: NewRun,
  actor: string,
): Promise<{ runId: string }> {
  const { workspaceId } = run
  const repository = await lockRepository(tx, run)
  if (run.parent) {
    // In the order in which everybody takes them.
    if (run.dependsOn.length > 0) await lockDependencies(tx, workspaceId)
    await lockParent(tx, workspaceId, run.parent)
  }
  const { runId, created } = await insertRun(context, tx, run, repository, actor)
  await insertDependencies(tx, { workspaceId, runId }, run.dependsOn, 'dependsOn')
  await firstDecision(context, tx, runId, created)
  return { runId }
}

/** Held against being disconnected meanwhile; null for a run without one. */
async function lockRepository(tx: Transaction, run: NewRun): Promise<RepositoryRow | null> {
  if (run.repositoryId === null) return null
  const [repository] = await tx
    .select()
    .from(repositories)
    .where(and(eq(repositories.workspaceId, run.workspaceId), eq(repositories.id, run.repositoryId)))
    .for('share')
  if (repository && !repository.disconnectedAt) return repository
  throw new OptioError('REPO_NOT_CONNECTED', 'The repository is not connected. Connect it first.')
}

async function firstDecision(
  context: EngineContext,
  tx: Transaction,
  runId: string,
  created: NewEvent,
): Promise<void> {
  const facts = await readStoredFacts(tx, runId, context.config, { capacity: true, isNew: true })
  if (!facts) throw new Error(`the run ${runId} that was just made is not there`)
  const pullRequest = { kind: 'none' } as const
  const decision = decide({ ...facts.snapshot, pullRequest, now: Date.now() })
  if (decision.action.type === 'enqueue') await lookAtNewRuns(context, tx, [runId])
  else await lookAgainAt(tx, runId, new Date(timeOfLook(Date.now())))
  await execute(context, tx, facts.run, pullRequest, decision, 'optio', [created])
}
