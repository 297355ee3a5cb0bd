import type { ForgeIssues } from '@optio/forges'
import type { EngineContext, FeatureJobs } from './engine/context.ts'
import { createCommands } from './engine/create-engine.ts'
import { createBlueprintService } from './features/blueprints/service.ts'
import { createDeliveryJobs } from './features/github/jobs.ts'
import type { Github } from './features/github/service.ts'
import { createIssueJobs } from './features/issues/jobs.ts'
import { createRepoService } from './features/repos/service.ts'

interface JobSettings {
  readonly agentTypes: ReadonlySet<string>
  /** Between two readings of a repository's issues, in milliseconds. */
  readonly issueSyncMs: number
  readonly github: Pick<Github, 'serverUrl' | 'repository'>
}

/** What features have done by the queue, on the engine's own connections. */
export function assembleJobs(
  context: EngineContext,
  { agentTypes, issueSyncMs, github }: JobSettings,
): FeatureJobs {
  const { database, config, log } = context
  const commands = createCommands(context)
  const place = { database, commands, agentTypes, path: config.inheritedEnv.PATH ?? '' }
  const repos = createRepoService({
    ...place,
    forgeFor: context.forge,
    mirrorDir: (repositoryId) => context.workspaces.mirrorDir(repositoryId),
    unfinishedRunIds: async () => [],
    wake: (runId) => commands.wake(runId),
  })
  const { startRun } = createBlueprintService({ ...place, repos })
  const issues = createIssueJobs({
    ...{ database, commands, agentTypes, log, startRun },
    issuesOf: (row): ForgeIssues | null => repos.forgeOf(row).issues ?? null,
    refOf: repos.refOf,
    intervalMs: issueSyncMs,
  })
  const deliveries = createDeliveryJobs({
    ...{ database, log, serverUrl: github.serverUrl, watchMs: config.watchMs },
    ask: (row) => github.repository(repos.refOf(row)),
  })
  return {
    tasks: { ...issues.tasks, ...deliveries.tasks },
    async sweep() {
      await issues.sweep()
      await deliveries.sweep()
    },
  }
}
