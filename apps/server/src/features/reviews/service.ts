import type { Database } from '../../database/connection.ts'
import type { EngineCommands, ReviewRequest, RunRef } from '../../engine/engine.ts'
import { requireAgentType } from '../repos/settings.ts'
import { requireRepoRun, taskNotFound } from '../tasks/resolve.ts'
import type { TaskService } from '../tasks/service.ts'

export interface ReviewDeps {
  readonly database: Database
  readonly commands: Pick<EngineCommands, 'startReview'>
  readonly tasks: Pick<TaskService, 'row'>
  readonly agentTypes: ReadonlySet<string>
}

export type ReviewService = ReturnType<typeof createReviewService>

/** Reviews by agents, when a person asks for one. */
export function createReviewService({ database, commands, tasks, agentTypes }: ReviewDeps) {
  return {
    /**
     * Has an agent review the pull request as it is now; the id of the review. One of the same head that is unfinished is answered
     * again. Throws WRONG_TASK_TYPE, AGENT_NOT_AVAILABLE, PULL_REQUEST_NOT_FOUND, PULL_REQUEST_NOT_OPEN.
     */
    async start(ref: RunRef, request: ReviewRequest, actor: string): Promise<string> {
      await requireRepoRun(database.orm, ref)
      if (request.agentType !== null) requireAgentType(request.agentType, agentTypes)
      return (await commands.startReview(ref, request, actor)).runId
    },

    /** Throws TASK_NOT_FOUND for what is no review of the task. */
    async get({ workspaceId, runId }: RunRef, reviewId: string): Promise<string> {
      const review = await tasks.row({ workspaceId, runId: reviewId })
      if (review.kind === 'review' && review.parentRunId === runId) return review.id
      throw taskNotFound({ workspaceId, runId: reviewId })
    },
  }
}
