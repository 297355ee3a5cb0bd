import { OptioError } from '@optio/contract'
import { decide } from '@optio/core'
import { branchFor } from '@optio/git'
import { and, eq, inArray } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Transaction } from '../../database/connection.ts'
import { repositories, runDependencies, runs } from '../../database/schema/index.ts'
import { appendEvents } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import type { NewRun } from '../engine.ts'
import { execute } from '../execute.ts'
import { indexWords } from '../index-words.ts'
import { type RepositoryRow, readStoredFacts } from '../read-run.ts'
import { lookAgainAt } from '../wake-ups.ts'

/** When a new run is looked at that was not claimed at once. */
const LOOK_AFTER_MS = 1_000

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
  const runId = run.id ?? uuidv7()
  const { kind = 'repo', workspaceId } = run
  const repository = await lockRepository(tx, run)
  await tx.insert(runs).values({
    id: runId,
    workspaceId,
    kind,
    state: 'pending',
    title: run.title,
    prompt: run.prompt,
    description: run.description,
    repositoryId: repository?.id ?? null,
    repoUrl: repository?.repoUrl ?? null,
    baseRef: run.baseRef ?? repository?.defaultBranch ?? null,
    branch: kind === 'repo' ? branchFor(run.title, runId) : null,
    agentType: run.agentType,
    model: run.model,
    priority: run.priority,
    maxRetries: run.maxRetries,
    budgetUsd: run.budgetUsd ?? repository?.budgetUsd ?? null,
    metadata: run.metadata,
    ticketSource: run.ticket?.source ?? null,
    ticketExternalId: run.ticket?.externalId ?? null,
    ticketUrl: run.ticket?.url ?? null,
    createdBy: actor,
    blueprintId: run.origin?.blueprintId ?? null,
    triggerId: run.origin?.triggerId ?? null,
    params: run.origin?.params ?? null,
    agentCommand: run.agentCommand ? [...run.agentCommand] : null,
    environmentSpec: run.environmentSpec ?? null,
    maxTurns: run.maxTurns ?? null,
    parentRunId: run.parent?.runId ?? null,
    taskType: run.parent?.taskType ?? 'coding',
    subtaskOrder: run.parent?.order ?? null,
    blocksParent: run.parent?.blocksParent ?? false,
    held: run.held ?? false,
    reviewHeadSha: run.review?.headSha ?? null,
    reviewBaseSha: run.review?.baseSha ?? null,
    prNumber: run.review?.prNumber ?? null,
    ...(run.context ? { nextContext: run.context } : {}),
  })
  if (kind === 'repo') await indexWords(tx, { id: runId, workspaceId })
  await context.engineLog.create(tx, { id: runId, workspaceId })
  await addDependencies(tx, run, runId)
  await firstDecision(context, tx, runId, actor)
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

/** A dependency that does not exist in the workspace rejects the whole request. */
async function addDependencies(tx: Transaction, run: NewRun, runId: string): Promise<void> {
  const wanted = [...new Set(run.dependsOn)]
  if (wanted.length === 0) return
  const found = await tx
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.workspaceId, run.workspaceId), inArray(runs.id, wanted)))
    .for('share')
  const missing = wanted.filter((id) => !found.some((row) => row.id === id))
  if (missing.length > 0) {
    throw new OptioError('VALIDATION', `dependsOn names tasks that do not exist: ${missing.join(', ')}.`, {
      details: { path: 'dependsOn', missing },
    })
  }
  await tx
    .insert(runDependencies)
    .values(wanted.map((dependsOnId) => ({ workspaceId: run.workspaceId, runId, dependsOnId })))
}

async function firstDecision(
  context: EngineContext,
  tx: Transaction,
  runId: string,
  actor: string,
): Promise<void> {
  const facts = await readStoredFacts(tx, runId, context.config)
  if (!facts) throw new Error(`the run ${runId} that was just made is not there`)
  await appendEvents(tx, [
    {
      workspaceId: facts.run.workspaceId,
      runId,
      type: 'task:created',
      toState: 'pending',
      trigger: 'created',
      message: 'Created.',
      actor,
      data: { title: facts.run.title, repoUrl: facts.run.repoUrl },
    },
  ])
  const pullRequest = { kind: 'none' } as const
  const decision = decide({ ...facts.snapshot, pullRequest, now: Date.now() })
  await execute(context, tx, facts.run, pullRequest, decision)
  // Should there be no slot for it, a look says why; a little later, because one that is claimed at once needs none.
  await lookAgainAt(tx, runId, new Date(Date.now() + LOOK_AFTER_MS))
}
