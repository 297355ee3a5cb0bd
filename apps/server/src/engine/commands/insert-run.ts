import { OptioError } from '@optio/contract'
import { branchFor } from '@optio/git'
import { and, eq, sql } from 'drizzle-orm'
import { uuidv7 } from 'uuidv7'
import type { Transaction } from '../../database/connection.ts'
import { runs } from '../../database/schema/index.ts'
import type { NewEvent } from '../../features/events/append.ts'
import type { EngineContext } from '../context.ts'
import { recordEffect } from '../effects/record.ts'
import type { NewRun } from '../engine.ts'
import { indexWords } from '../index-words.ts'
import type { RepositoryRow } from '../read-run.ts'
import { eventOf } from '../run-events.ts'
import { wakeRun } from '../wake-ups.ts'

/** The row of a new run, in the state in which it is before its first decision. */
export function newRow(run: NewRun, repository: RepositoryRow | null, actor: string) {
  const id = run.id ?? uuidv7()
  const { kind = 'repo', workspaceId } = run
  return {
    id,
    workspaceId,
    kind,
    state: 'pending',
    title: run.title,
    prompt: run.prompt,
    description: run.description,
    repositoryId: repository?.id ?? null,
    repoUrl: repository?.repoUrl ?? null,
    baseRef: run.baseRef ?? repository?.defaultBranch ?? null,
    branch: kind === 'repo' ? branchFor(run.title, id) : null,
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
    agentSecrets: [...(run.agentSecrets ?? [])],
    issueNumber: run.issueNumber ?? null,
    parentRunId: run.parent?.runId ?? null,
    taskType: run.parent?.taskType ?? 'coding',
    subtaskOrder: run.parent?.order ?? null,
    blocksParent: run.parent?.blocksParent ?? false,
    held: run.held ?? false,
    reviewHeadSha: run.review?.headSha ?? null,
    reviewBaseSha: run.review?.baseSha ?? null,
    prNumber: run.review?.prNumber ?? null,
    ...(run.context ? { nextContext: run.context } : {}),
  } as const satisfies typeof runs.$inferInsert
}

/** Tells that the run of this row was made. */
export function createdEvent(row: ReturnType<typeof newRow>, actor: string): NewEvent {
  const { id, workspaceId, kind, blueprintId, title, repoUrl, parentRunId, taskType } = row
  return eventOf(
    { id, workspaceId, kind, blueprintId },
    {
      type: 'task:created',
      toState: 'pending',
      trigger: 'created',
      message: 'Created.',
      actor,
      data: {
        title,
        repoUrl,
        ...(parentRunId === null ? {} : { parentTaskId: parentRunId, taskType }),
      },
    },
  )
}

/** Writes the rows of a new run; answers the event to be recorded at the end of the transaction. */
export async function insertRun(
  context: Pick<EngineContext, 'engineLog'>,
  tx: Transaction,
  run: NewRun,
  repository: RepositoryRow | null,
  actor: string,
): Promise<{ runId: string; created: NewEvent }> {
  const row = newRow(run, repository, actor)
  await tx.insert(runs).values(row)
  if (row.kind === 'repo') await indexWords(tx, [row.id])
  await context.engineLog.create(tx, [row])
  for (const effect of run.effects?.(row.id) ?? []) await recordEffect(tx, row, effect)
  return { runId: row.id, created: createdEvent(row, actor) }
}

/**
 * What a run's parts are is a fact its decisions rest on: so a new part raises its version, and it is looked at. Held to the end of
 * the transaction, so that a parent that ends meanwhile sees this part. Throws INVALID_TRANSITION for a part that would hold a
 * parent that is done with.
 */
export async function lockParent(
  tx: Transaction,
  workspaceId: string,
  { runId, blocksParent }: NonNullable<NewRun['parent']>,
): Promise<void> {
  const [parent] = await tx
    .update(runs)
    .set({ version: sql`${runs.version} + 1` })
    .where(and(eq(runs.id, runId), eq(runs.workspaceId, workspaceId)))
    .returning({ state: runs.state })
  if (!parent) throw new OptioError('TASK_NOT_FOUND', `There is no task ${runId}.`)
  if (blocksParent && (parent.state === 'completed' || parent.state === 'cancelled')) {
    throw new OptioError(
      'INVALID_TRANSITION',
      `The task is ${parent.state}, so nothing can hold it any more: give the subtask blocksParent false.`,
    )
  }
  await wakeRun(tx, runId)
}
