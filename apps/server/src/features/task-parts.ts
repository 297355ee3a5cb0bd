import type { FastifyInstance } from 'fastify'
import type { Database } from '../database/connection.ts'
import type { EngineCommands } from '../engine/engine.ts'
import { activityRoutes } from './activity/routes.ts'
import { createActivityService } from './activity/service.ts'
import { commentRoutes } from './comments/routes.ts'
import { createCommentService } from './comments/service.ts'
import { dependencyRoutes } from './dependencies/routes.ts'
import { createDependencyService } from './dependencies/service.ts'
import { messageRoutes } from './messages/routes.ts'
import { createMessageService } from './messages/service.ts'
import type { RepoService } from './repos/service.ts'
import { reviewRoutes } from './reviews/routes.ts'
import { createReviewService } from './reviews/service.ts'
import { subtaskRoutes } from './subtasks/routes.ts'
import { createSubtaskService } from './subtasks/service.ts'
import type { TaskService } from './tasks/service.ts'

export interface TaskPartDeps {
  readonly database: Database
  readonly commands: EngineCommands
  readonly repos: RepoService
  readonly tasks: TaskService
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
}

/** What belongs to a task besides itself: its subtasks, reviews, dependencies, comments, messages and history. */
export function taskPartRoutes(app: FastifyInstance, deps: TaskPartDeps): void {
  const reviews = createReviewService(deps)
  reviewRoutes(app, reviews)
  subtaskRoutes(app, createSubtaskService({ ...deps, reviews }))
  dependencyRoutes(app, createDependencyService(deps))
  commentRoutes(app, createCommentService(deps))
  messageRoutes(app, createMessageService(deps))
  activityRoutes(app, createActivityService(deps))
}
