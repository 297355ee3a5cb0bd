import { type AttemptContext, isFinished } from '@optio/core'
import { and, eq } from 'drizzle-orm'
import type { Transaction } from '../../database/connection.ts'
import { repositories, runs } from '../../database/schema/index.ts'
import type { NewEvent } from '../../features/events/append.ts'
import { insertRun } from '../commands/insert-run.ts'
import type { EngineContext } from '../context.ts'
import type { RepositoryRow, RunRow } from '../read-run.ts'
import { wakeRun } from '../wake-ups.ts'

/** Times a reviewer that fails, or says nothing that can be read as a verdict, is started again. */
const RETRIES = 2

export interface NewReviewRun {
  /** Left out: a new one. */
  readonly id?: string
  readonly headSha: string
  readonly baseSha: string
  /** Instructions to the reviewer; null for none besides the template's. */
  readonly prompt: string | null
  readonly agentType: string | null
  readonly model: string | null
}

/** The row of the repository a run works on; it cannot be gone. */
export async function repositoryOf(tx: Transaction, { id, repositoryId }: RunRow): Promise<RepositoryRow> {
  const [repository] = await tx
    .select()
    .from(repositories)
    .where(eq(repositories.id, repositoryId ?? id))
  if (!repository) throw new Error(`run ${id} has no repository`)
  return repository
}

/** The unfinished review of that head, or null. There is at most one: a unique index holds that. */
export async function findOpenReview(
  tx: Transaction,
  parentId: string,
  headSha: string,
): Promise<string | null> {
  const reviews = await tx
    .select({ id: runs.id, state: runs.state })
    .from(runs)
    .where(and(eq(runs.parentRunId, parentId), eq(runs.kind, 'review'), eq(runs.reviewHeadSha, headSha)))
  return reviews.find(({ state }) => !isFinished(state))?.id ?? null
}

/**
 * Makes the run that reads exactly that head, and has it looked at. Whoever calls holds the parent's row, and has raised its
 * version. The task is data to the reviewer, and its only words where a person gave no others.
 */
export async function insertReview(
  context: Pick<EngineContext, 'engineLog'>,
  tx: Transaction,
  parent: RunRow,
  review: NewReviewRun,
  actor: string,
): Promise<{ runId: string; created: NewEvent }> {
  const repository = await repositoryOf(tx, parent)
  const agentType = review.agentType ?? repository.reviewAgentType ?? repository.defaultAgentType
  const instructions: AttemptContext = review.prompt === null ? {} : { personPrompt: review.prompt }
  const made = await insertRun(
    context,
    tx,
    {
      ...(review.id === undefined ? {} : { id: review.id }),
      workspaceId: parent.workspaceId,
      kind: 'review',
      title: `Review: ${parent.title}`,
      prompt: review.prompt ?? parent.prompt,
      description: null,
      repositoryId: repository.id,
      baseRef: parent.baseRef,
      agentType,
      model: review.model ?? modelOf(repository, agentType),
      priority: parent.priority,
      maxRetries: RETRIES,
      maxTurns: repository.maxTurnsReview,
      budgetUsd: null,
      metadata: {},
      ticket: null,
      dependsOn: [],
      context: instructions,
      parent: { runId: parent.id, taskType: 'review', blocksParent: false, order: null },
      review: { headSha: review.headSha, baseSha: review.baseSha, prNumber: parent.prNumber ?? 0 },
    },
    repository,
    actor,
  )
  await wakeRun(tx, made.runId)
  return made
}

/** A model is one of an agent's own: the repository's are for the agents it names. */
function modelOf(repository: RepositoryRow, agentType: string): string | null {
  if (agentType === (repository.reviewAgentType ?? repository.defaultAgentType) && repository.reviewModel) {
    return repository.reviewModel
  }
  return agentType === repository.defaultAgentType ? repository.model : null
}
