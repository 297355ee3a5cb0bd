import type { TaskDetail } from '@optio/contract'
import { isFinished, type RunState } from '@optio/core'
import { and, asc, eq } from 'drizzle-orm'
import type { Queries } from '../../database/connection.ts'
import { runs } from '../../database/schema/index.ts'
import type { RunRef } from '../../engine/engine.ts'

interface Step {
  readonly id: string
  readonly title: string
  readonly state: RunState
}

const RUNNING: readonly RunState[] = ['provisioning', 'running', 'pr_opened', 'needs_attention']

/** How far a task's steps are; null for a task without any. */
export async function readPipeline(
  db: Queries,
  { workspaceId, runId }: RunRef,
): Promise<TaskDetail['pipelineProgress']> {
  const steps = await db
    .select({ id: runs.id, title: runs.title, state: runs.state })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.parentRunId, runId), eq(runs.taskType, 'step')))
    .orderBy(asc(runs.subtaskOrder), asc(runs.id))
  return steps.length === 0 ? null : pipelineOf(steps)
}

/** The current step is the first that is not finished. */
function pipelineOf(steps: readonly Step[]): NonNullable<TaskDetail['pipelineProgress']> {
  const count = (is: (step: Step) => boolean) => steps.filter(is).length
  const current = steps.findIndex(({ state }) => !isFinished(state))
  return {
    totalSteps: steps.length,
    completedSteps: count(({ state }) => state === 'completed'),
    failedSteps: count(({ state }) => state === 'failed' || state === 'cancelled'),
    runningSteps: count(({ state }) => RUNNING.includes(state)),
    currentStepIndex: current === -1 ? null : current,
    currentStepTitle: steps[current]?.title ?? null,
    steps: [...steps],
  }
}
