import type { Repo } from '@optio/contract'
import { uuidv7 } from 'uuidv7'
import { blueprints, logHeads, runs } from '../../../src/database/schema/index.ts'
import type { TestOptio } from './optio.ts'

/** A saved standalone task, and a run of it that waits for a slot: as rows. */
export async function makeStandalone(
  optio: TestOptio,
  repo: Repo,
): Promise<{ definitionId: string; runId: string }> {
  const { workspaceId } = repo
  const [definitionId, runId] = [uuidv7(), uuidv7()]
  await optio.database.orm.insert(blueprints).values({
    ...{ id: definitionId, workspaceId, kind: 'standalone', name: 'Report', prompt: 'Write a report' },
    ...{ agentType: 'command', agentCommand: ['true'], maxRetries: 1, maxConcurrent: 2, createdBy: 'test' },
  })
  await optio.database.orm.insert(runs).values({
    ...{
      id: runId,
      workspaceId,
      kind: 'standalone',
      state: 'queued',
      title: 'Report',
      prompt: 'x',
      agentType: 'command',
    },
    ...{
      blueprintId: definitionId,
      createdBy: 'test',
      nextReason: 'first',
      queuedAt: new Date(),
      nextLookAt: null,
    },
  })
  await optio.database.orm.insert(logHeads).values({ runId, workspaceId })
  return { definitionId, runId }
}

/** A review of a task's pull request that waits for a slot: as a row. */
export async function makeReview(
  optio: TestOptio,
  repo: Repo,
  parentRunId: string,
  headSha = 'a'.repeat(40),
): Promise<string> {
  const id = uuidv7()
  await optio.database.orm.insert(runs).values({
    ...{
      id,
      workspaceId: repo.workspaceId,
      kind: 'review',
      state: 'queued',
      title: 'Review',
      prompt: 'x',
      agentType: 'command',
    },
    ...{
      repositoryId: repo.id,
      parentRunId,
      taskType: 'review',
      reviewHeadSha: headSha,
      reviewBaseSha: 'b'.repeat(40),
    },
    ...{ createdBy: 'test', nextReason: 'first', queuedAt: new Date(), nextLookAt: null },
  })
  return id
}
