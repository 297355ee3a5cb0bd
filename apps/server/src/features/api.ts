import type { Health } from '@optio/contract'
import type { Forge } from '@optio/forges'
import type { FastifyPluginAsync } from 'fastify'
import type { Database } from '../database/connection.ts'
import type { EngineCommands, RunRef } from '../engine/engine.ts'
import { analyticsRoutes } from './analytics/routes.ts'
import { runRoutes } from './blueprints/routes.ts'
import { createRunService } from './blueprints/runs.ts'
import { createBlueprintService } from './blueprints/service.ts'
import { githubRoutes } from './github/routes.ts'
import { createGithubService, type Github } from './github/service.ts'
import { healthRoutes } from './health/routes.ts'
import { createHealthService } from './health/service.ts'
import { issueRoutes } from './issues/routes.ts'
import { createIssueService } from './issues/service.ts'
import { jobRoutes } from './legacy/jobs.ts'
import { taskConfigRoutes } from './legacy/task-configs.ts'
import { promptTemplateRoutes } from './prompt-templates/routes.ts'
import { createPromptTemplateService } from './prompt-templates/service.ts'
import { pullRequestRoutes } from './pull-requests/routes.ts'
import { createPullRequestService } from './pull-requests/service.ts'
import { repoRoutes } from './repos/routes.ts'
import { createRepoService, type RepoService } from './repos/service.ts'
import { retentionRoutes } from './retention/routes.ts'
import { createRetentionService } from './retention/service.ts'
import { createSecretManagement } from './secrets/management.ts'
import { secretRoutes } from './secrets/routes.ts'
import type { SecretService } from './secrets/service.ts'
import { setupRoutes } from './setup/routes.ts'
import { createSetupService } from './setup/service.ts'
import { systemRoutes } from './system/routes.ts'
import { createSystemService } from './system/service.ts'
import { taskPartRoutes } from './task-parts.ts'
import { taskTemplateRoutes } from './task-templates/routes.ts'
import { createTaskTemplateService } from './task-templates/service.ts'
import { createTaskControl } from './tasks/control.ts'
import type { EnvironmentPlace } from './tasks/environment.ts'
import { taskControlRoutes, taskRoutes } from './tasks/routes.ts'
import { createTaskService, type TaskService } from './tasks/service.ts'
import { hookRoutes } from './triggers/hook-routes.ts'
import { triggerRoutes } from './triggers/routes.ts'
import { createTriggerService } from './triggers/service.ts'

export interface ApiDeps {
  readonly database: Database
  readonly secrets: SecretService
  readonly commands: EngineCommands
  readonly forgeFor: (platform: Forge['platform']) => Forge
  readonly github: Github
  /** Where others reach this Optio; null where nobody does. */
  readonly publicUrl: string | null
  /** Absolute path of a repository's bare mirror on this host. */
  readonly mirrorDir: (repositoryId: string) => string
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
  /** The server's PATH, on which `agentCommand` is looked for. */
  readonly path: string
  /** The last thing the log of a run says, in short; null while it is empty. */
  readonly lastLogSummary: (ref: RunRef) => Promise<string | null>
  /** This machine, as far as environments of tasks go. */
  readonly environments: EnvironmentPlace
  /** Types of agents that could be started on this machine now: their programs are there, and logged in. */
  readonly startableAgents: () => Promise<ReadonlySet<string>>
  /** What is wrong with the runtime, in words; null when agents can be started. */
  readonly runtimeProblem: () => Promise<string | null>
  /** Disk use on this host; null when it cannot be measured. */
  readonly diskUse: () => Promise<Health['disk']>
  readonly version: string
  /** `OPTIO_MAX_CONCURRENT`. */
  readonly maxConcurrent: number
}

/** Health, repositories, tasks and their pull requests, as a plugin of `buildApp`. */
export function createApi(deps: ApiDeps): FastifyPluginAsync {
  const { database, commands, agentTypes, secrets } = deps
  const repos: RepoService = createRepoService({
    ...deps,
    githubUrl: (repoUrl) => deps.github.repositoryUrl(repoUrl),
    unfinishedRunIds: (workspaceId, repositoryId) => tasks.unfinishedIds(workspaceId, repositoryId),
    wake: (runId) => commands.wake(runId),
  })
  const blueprints = createBlueprintService({ ...deps, repos })
  const tasks: TaskService = createTaskService({
    database,
    commands,
    repos,
    blueprints,
    agentTypes,
    lastLogSummary: deps.lastLogSummary,
    environments: deps.environments,
  })
  const runs = createRunService({ database, blueprints, tasks })
  const triggers = createTriggerService({ database, secrets })
  const aliases = { tasks, blueprints, runs, triggers }
  return async (app) => {
    healthRoutes(app, createHealthService(deps))
    repoRoutes(app, repos)
    taskRoutes(app, tasks)
    taskControlRoutes(app, createTaskControl({ database, commands, tasks }))
    runRoutes(app, runs)
    triggerRoutes(app, triggers)
    promptTemplateRoutes(app, createPromptTemplateService({ database, repos }))
    taskTemplateRoutes(app, createTaskTemplateService({ database, repos }))
    hookRoutes(app, { database, keys: secrets.keys, startRun: blueprints.startRun })
    jobRoutes(app, aliases)
    taskConfigRoutes(app, aliases)
    systemRoutes(app, createSystemService(deps))
    analyticsRoutes(app, { database, repos })
    pullRequestRoutes(app, createPullRequestService({ database, tasks, repos, commands }))
    taskPartRoutes(app, { database, commands, repos, tasks, agentTypes })
    secretRoutes(app, createSecretManagement({ database, secrets, repos, blueprints }))
    issueRoutes(
      app,
      createIssueService({
        ...{ database, commands, repos, tasks, agentTypes },
        issuesOf: (row) => repos.forgeOf(row).issues ?? null,
        refOf: repos.refOf,
      }),
    )
    githubRoutes(app, { database, repos, github: createGithubService(deps) })
    setupRoutes(app, createSetupService(deps))
    retentionRoutes(app, createRetentionService({ database }))
  }
}
